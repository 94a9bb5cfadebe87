"""What the proxy does to chosen requests: a `Rule` says which, its actions say what.

    proxy.rule("PutObject", Answer(503, "SlowDown"), key="dir/*", nth=2)
    hold = Hold(); proxy.rule("ListObjectsV2", hold, page=2); hold.wait_reached(); hold.release()

Actions: Answer, Hold, FlipRequest, FlipResponse, CutResponse, Reset, DropAnswer, EditHeaders, ReplaceBody.
Several actions of one rule, and several rules, apply together.
"""

import fnmatch
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from tests.fakes.proxy_s3 import Meaning

WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """Answer instead of the server, which never sees the request. Without `body`, S3's error document."""

    status: int
    code: str = ""
    message: str = "injected"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Hold:
    """Keep the request waiting until `release()`; it ends by itself when the proxy closes.

    Where: before its body is read and the server sees it ("request"), after the server did it but
    before the answer leaves ("response"), or after `after` bytes of the answer's body ("body").
    """

    where: Literal["request", "response", "body"] = "request"
    after: int = 0
    reached: threading.Event = field(default_factory=threading.Event, compare=False)
    released: threading.Event = field(default_factory=threading.Event, compare=False)

    def wait_reached(self, timeout: float = WAIT_SECONDS) -> None:
        """Wait until a request is held here; AssertionError when none came."""
        assert self.reached.wait(timeout), f"nothing was held within {timeout} s"

    def release(self) -> None:
        """Let the held request, and all later ones, pass."""
        self.released.set()

    def pause(self) -> None:
        """Used by the proxy."""
        self.reached.set()
        self.released.wait()


@dataclass(frozen=True)
class FlipRequest:
    """Change one byte of the object in the request body, before digests are checked."""

    offset: int
    mask: int = 0x01


@dataclass(frozen=True)
class FlipResponse:
    """Change one byte of the answer's body. Offsets count from the start of this answer."""

    offset: int
    mask: int = 0x01


@dataclass(frozen=True)
class CutResponse:
    """Send `at` bytes of the answer's body under the true Content-Length, then close the connection."""

    at: int


@dataclass(frozen=True)
class Reset:
    """Reset the connection (RST): after so many bytes of the request body, else of the answer's body.

    With neither, at once, before anything is read. With `after_request` the server sees nothing.
    """

    after_request: int | None = None
    after_response: int | None = None


@dataclass(frozen=True)
class DropAnswer:
    """Let the server do it, then reset the connection without an answer."""


@dataclass(frozen=True)
class EditHeaders:
    """Set headers, or remove those whose value is None, on the way to the server and back."""

    request: Mapping[str, str | None] = field(default_factory=dict)
    response: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ReplaceBody:
    """Let the server do it, then answer with this body (and status) instead of its own."""

    body: bytes
    status: int | None = None


Action = (
    Answer
    | Hold
    | FlipRequest
    | FlipResponse
    | CutResponse
    | Reset
    | DropAnswer
    | EditHeaders
    | ReplaceBody
)

A = TypeVar("A")


def of_kind(actions: tuple[Action, ...], kind: type[A]) -> list[A]:
    """The actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


@dataclass
class Rule:
    """Which requests; `hits` counts those acted on. `nth` and `times` count the requests that match."""

    op: str
    actions: tuple[Action, ...]
    key: str = "*"
    bucket: str = "*"
    nth: int | None = None
    times: int | None = None
    page: Literal[1, 2] | None = None
    when: Callable[[Meaning, Mapping[str, str]], bool] | None = None
    matched: int = 0
    hits: int = 0

    def applies(self, meaning: Meaning, headers: Mapping[str, str]) -> bool:
        """Decide and count; the proxy calls it under its lock, once per request."""
        if not (
            fnmatch.fnmatchcase(meaning.op, self.op)
            and fnmatch.fnmatchcase(meaning.key, self.key)
            and fnmatch.fnmatchcase(meaning.bucket, self.bucket)
        ):
            return False
        if self.page is not None and ("continuation-token" in meaning.query) != (self.page == 2):
            return False
        if self.when is not None and not self.when(meaning, headers):
            return False
        self.matched += 1
        if self.nth is not None and self.matched != self.nth:
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True
