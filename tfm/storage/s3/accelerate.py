"""Transfers by Amazon's accelerated endpoints: where that is wanted and can be, else by the plain ones.

Only what carries the bytes of objects goes that way. What the bucket says about it is asked once; a
refusal of the endpoint itself also ends it for this bucket, and the reason is told once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from tfm.model.location import Location
from tfm.storage.s3.errors import code_of
from tfm.storage.s3.options import S3Options

CARRYING = frozenset(("get_object", "put_object", "upload_part"))
DOTS = "its name has dots, which accelerated endpoints do not take"
OFF = "acceleration is switched off for the bucket"
_REFUSALS = ("InvalidRequest", "MethodNotAllowed", "400", "405")
_UNREACHED = ("EndpointConnectionError", "ConnectTimeoutError", "SSLError", "ProxyConnectionError")

Ask = Callable[[str], Mapping[str, Any] | None]
"""The state of a bucket as the server tells it; None where it may not be asked."""


class Accelerator:
    """Knows for each bucket whether its transfers are accelerated."""

    def __init__(self, options: S3Options) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._plain: dict[str, str] = {}
        self._asked: set[str] = set()
        self._untold: dict[str, str] = {}

    def carries(self, operation: str, bucket: str, ask: Ask) -> bool:
        """Whether this request goes to the accelerated endpoint; the first one of a bucket asks."""
        if operation not in CARRYING or not self._options.of_bucket(bucket).accelerate:
            return False
        if bucket not in self._plain and bucket not in self._asked:
            self._look(bucket, ask)
        return bucket not in self._plain

    def _look(self, bucket: str, ask: Ask) -> None:
        if "." in bucket:
            self.give_up(bucket, DOTS)
            return
        told = ask(bucket)
        with self._lock:
            self._asked.add(bucket)
        if told is not None and told.get("Status") != "Enabled":
            self.give_up(bucket, OFF)

    def refused(self, bucket: str, error: BaseException) -> bool:
        """Whether it was the endpoint that refused: then the plain one is to be asked instead."""
        code, kind = code_of(error), type(error).__name__
        answer = getattr(error, "response", None) or {}
        words = str(answer.get("Error", {}).get("Message", "")).lower()
        if kind in _UNREACHED:
            self.give_up(bucket, "the accelerated endpoint cannot be reached")
        elif code in _REFUSALS and "accelerat" in words:
            self.give_up(bucket, OFF)
        else:
            return False
        return True

    def give_up(self, bucket: str, why: str) -> None:
        """From now on the plain endpoint, as long as the program runs."""
        with self._lock:
            if bucket not in self._plain:
                self._plain[bucket] = self._untold[bucket] = why

    def forget(self, location: Location) -> None:
        """It may have been switched on or off: the next transfer asks."""
        with self._lock:
            for known in (self._plain, self._untold):
                known.pop(location.container, None)
            self._asked.discard(location.container)

    def told_once(self, bucket: str) -> tuple[str, ...]:
        """Why transfers of this bucket are not accelerated, the first time somebody asks."""
        with self._lock:
            why = self._untold.pop(bucket, "")
        return (f"Not accelerated: {why}.",) if why else ()
