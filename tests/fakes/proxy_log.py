"""What was asked of the proxy: every request, counted by operation, and waiting for one to come."""

import fnmatch
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.proxy_s3 import Meaning


@dataclass
class Exchange:
    """One request. Lengths are bytes on the wire; times are `time.monotonic()`; header names lower-case.

    `status` stays None when no answer was sent; `forwarded` tells whether the server got the whole
    request; `digests` names the digests of the body that were declared and found right (or wrong: 400).
    """

    number: int
    method: str
    target: str
    op: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    status: int | None = None
    request_length: int = 0
    response_length: int = 0
    forwarded: bool = False
    digests: tuple[str, ...] = ()
    error: str = ""


class Log:
    """The exchanges so far, in order of arrival; safe to ask from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exchanges: list[Exchange] = []

    def begin(
        self, method: str, target: str, meaning: Meaning, headers: Mapping[str, str]
    ) -> Exchange:
        """Used by the proxy when the head of a request has arrived."""
        with self._changed:
            exchange = Exchange(
                len(self._exchanges) + 1,
                method,
                target,
                meaning.op,
                meaning.bucket,
                meaning.key,
                meaning.query,
                headers,
            )
            self._exchanges.append(exchange)
            self._changed.notify_all()
        return exchange

    def finish(self, exchange: Exchange) -> None:
        """Used by the proxy when nothing more will happen to a request."""
        with self._changed:
            exchange.ended = time.monotonic()
            self._changed.notify_all()

    def exchanges(self, op: str = "*", key: str = "*") -> list[Exchange]:
        """Requests so far whose operation and key match the globs."""
        with self._changed:
            return self._matching(op, key)

    def _matching(self, op: str, key: str) -> list[Exchange]:
        return [
            exchange
            for exchange in self._exchanges
            if fnmatch.fnmatchcase(exchange.op, op) and fnmatch.fnmatchcase(exchange.key, key)
        ]

    def count(self, op: str = "*", key: str = "*") -> int:
        """How many requests matched so far."""
        return len(self.exchanges(op, key))

    def counts(self) -> dict[str, int]:
        """Requests by operation."""
        return dict(Counter(exchange.op for exchange in self.exchanges()))

    def reset(self) -> None:
        """Start counting anew."""
        with self._changed:
            self._exchanges.clear()

    def expect(self, wanted: Mapping[str, int]) -> None:
        """Exactly these requests came, or AssertionError that says what differs and names the targets."""
        found = self.counts()
        lines = [
            f"{op}: {found.get(op, 0)} instead of {wanted.get(op, 0)}"
            for op in sorted({*found, *wanted})
            if found.get(op, 0) != wanted.get(op, 0)
        ]
        if not lines:
            return
        extra = [e for e in self.exchanges() if found[e.op] > wanted.get(e.op, 0)]
        shown = [f"  {e.number}. {e.method} {e.target} -> {e.status}" for e in extra[-20:]]
        raise AssertionError("\n".join(["requests differ:", *lines, *shown]))

    def wait_for(
        self, op: str, number: int = 1, timeout: float = 10.0, *, key: str = "*", done: bool = False
    ) -> Exchange:
        """Wait for the n-th matching request (`done`: until it is over) and return it; else AssertionError."""

        def come() -> list[Exchange]:
            return [e for e in self._matching(op, key) if e.ended is not None or not done]

        with self._changed:
            if not self._changed.wait_for(lambda: len(come()) >= number, timeout):
                found = Counter(e.op for e in self._exchanges)
                raise AssertionError(
                    f"no {number}. {op} within {timeout} s; there were {dict(found)}"
                )
            return come()[number - 1]
