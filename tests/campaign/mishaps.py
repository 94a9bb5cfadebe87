"""A proxy that makes a share of all requests fail, in all the ways requests fail, by a seed.

What happens to a request depends on the seed, on what it asks for and on how many times that was asked
before: never on the order in which threads arrive, so that a run can be repeated.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Action, Answer, CutResponse, DropAnswer, ReplaceBody, Reset
from tests.fakes.proxy_s3 import Meaning
from tests.servers.server import Server

ERROR_IN_SUCCESS: Final = b"<Error><Code>InternalError</Code><Message>late</Message></Error>"
PROVING: Final = ("CompleteMultipartUpload", "CopyObject", "UploadPartCopy", "DeleteObjects")
"""Requests whose success is told in the body: a 200 without it says nothing."""
STORING: Final = (*PROVING, "PutObject", "UploadPart")
GATEWAY: Final = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """What a mishap may look at; `sent` and `asked` are lengths of bodies in bytes, 0 if unknown."""

    op: str
    server: str
    sent: int
    asked: int

    @property
    def answers_with_body(self) -> bool:
        """True if the answer has bytes that can be cut."""
        return self.op in ("GetObject", "ListObjectsV2", *PROVING)

    def somewhere(self, dice: random.Random) -> int:
        """A place inside the answer's body; its length is known only of a range."""
        return dice.randrange(max(1, min(self.asked or 64, 1 << 20)))


Make = Callable[[Request, random.Random], Action]


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way to fail, and which requests fail that way."""

    make: Make
    fits: Callable[[Request], bool] = lambda _request: True


def _says(status: int, code: str, body: bytes | None = None) -> Make:
    return lambda _request, _dice: Answer(status, code, body=body)


def _is_proving(request: Request) -> bool:
    return request.op in PROVING


def _is_storing(request: Request) -> bool:
    return request.op in STORING


def _sends(request: Request) -> bool:
    return request.sent > 0


def _has_body(request: Request) -> bool:
    return request.answers_with_body


def _can_be_found(request: Request) -> bool:
    """An upload whose name was lost is found by its time, and moto tells none."""
    return request.op != "CreateMultipartUpload" or request.server != "moto"


MISHAPS: Final[Mapping[str, Mishap]] = {
    "500 InternalError": Mishap(_says(500, "InternalError")),
    "502 from a gateway": Mishap(_says(502, "BadGateway", GATEWAY)),
    "503 SlowDown": Mishap(_says(503, "SlowDown")),
    "503 ServiceUnavailable": Mishap(_says(503, "ServiceUnavailable")),
    "504 from a gateway": Mishap(_says(504, "GatewayTimeout", GATEWAY)),
    "429 TooManyRequests": Mishap(_says(429, "TooManyRequests")),
    "400 RequestTimeout": Mishap(_says(400, "RequestTimeout"), _sends),
    "409 OperationAborted": Mishap(_says(409, "OperationAborted"), _is_storing),
    "reset before it was read": Mishap(lambda _request, _dice: Reset()),
    "reset in its body": Mishap(
        lambda request, dice: Reset(after_request=dice.randint(1, request.sent)), _sends
    ),
    "reset in the answer": Mishap(
        lambda request, dice: Reset(after_response=request.somewhere(dice)), _has_body
    ),
    "answer cut short": Mishap(
        lambda request, dice: CutResponse(request.somewhere(dice)), _has_body
    ),
    "done, answer lost": Mishap(lambda _request, _dice: DropAnswer(), _can_be_found),
    "done, 200 with an error": Mishap(
        lambda _request, _dice: ReplaceBody(ERROR_IN_SUCCESS, 200), _is_proving
    ),
    "not done, 200 with an error": Mishap(_says(200, "", ERROR_IN_SUCCESS), _is_proving),
    "done, 200 empty": Mishap(lambda _request, _dice: ReplaceBody(b"", 200), _is_proving),
    "not done, 200 empty": Mishap(_says(200, "", b""), _is_storing),
}


class Mishaps(Proxy):
    """`rate` of all requests meet with a mishap while `on`; `injected` and `asked` count."""

    def __init__(self, server: Server, seed: int, rate: float) -> None:
        self.seed = seed
        self.rate = rate
        self.on = False
        self.injected: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._dice = threading.Lock()
        self._times: Counter[str] = Counter()
        super().__init__(server)

    def actions(self, meaning: Meaning, headers: Mapping[str, str]) -> tuple[Action, ...]:
        """What is to be done to this request: rules first, then fate."""
        actions = super().actions(meaning, headers)
        with self._dice:
            if not self.on:
                return actions
            self.asked[meaning.op] += 1
            drawn = self._draw(meaning, headers)
            if drawn is None:
                return actions
            name, action = drawn
            self.injected[name] += 1
        return (*actions, action)

    def _draw(self, meaning: Meaning, headers: Mapping[str, str]) -> tuple[str, Action] | None:
        query = meaning.query
        asked_for = [meaning.op, meaning.key, query.get("prefix", ""), query.get("partNumber", "")]
        asked_for += [headers.get("range", ""), query.get("max-keys", "")]
        name = "\0".join(asked_for)
        self._times[name] += 1
        dice = random.Random(f"{self.seed}\0{name}\0{self._times[name]}")
        if dice.random() >= self.rate:
            return None
        sent, asked = int(headers.get("content-length", 0)), _range(headers.get("range", ""))
        request = Request(meaning.op, self.server.name, sent, asked)
        fitting = [name for name, mishap in MISHAPS.items() if mishap.fits(request)]
        chosen = dice.choice(fitting)
        return chosen, MISHAPS[chosen].make(request, dice)


def _range(header: str) -> int:
    """How many bytes a range asks for; 0 if that is not said."""
    first, dash, last = header.removeprefix("bytes=").partition("-")
    return int(last) - int(first) + 1 if dash and first.isdigit() and last.isdigit() else 0
