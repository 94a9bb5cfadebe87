"""One request sent, and what is kept of it: its figures, and one line in the log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.asked import why_asked
from tfm.storage.s3.counts import api_name, charge_of
from tfm.storage.s3.errors import (
    attempts_of,
    code_of,
    expired_told,
    is_slow,
    sdk_errors,
    status_of,
)
from tfm.storage.statistics import Tally

log = logging.getLogger("tfm.s3")

_COUNTED = "tfm_counted"
"""Set in an answer whose body was measured: the parsers of listings leave the SDK another one."""


class Ledger:
    """Sends the requests of one storage and writes them down; any thread."""

    def __init__(self) -> None:
        self.tally = Tally(charge_of)
        self._arriving = threading.local()

    def watch(self, client: Any) -> None:
        """Measure the bodies that this client gets; what is streamed is measured where it is read."""
        for kind in ("ListObjectsV2", "ListObjects", "ListObjectVersions"):
            # before the parsers of pages, whose names begin so, too
            client.meta.events.register_first(f"before-parse.*.{kind}", self._measure)
        client.meta.events.register_first("before-parse.s3", self._measure)

    def _measure(self, response_dict: dict[str, Any], **_more: Any) -> None:
        body = response_dict.get("body")
        if isinstance(body, bytes) and not response_dict.get(_COUNTED):
            response_dict[_COUNTED] = True
            self._arriving.size = getattr(self._arriving, "size", 0) + len(body)

    def ask(
        self, client: Any, operation: str, location: Location, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Send it; what botocore raises comes out as it is."""
        self._arriving.size = 0
        began = time.monotonic()
        try:
            with expired_told():
                answer: dict[str, Any] = getattr(client, operation)(**parameters)
        except sdk_errors() as error:
            told = getattr(error, "response", None)
            self._enter(operation, location, time.monotonic() - began, parameters, told, error)
            raise
        self._enter(operation, location, time.monotonic() - began, parameters, answer)
        return answer

    def _enter(
        self,
        operation: str,
        location: Location,
        seconds: float,
        parameters: Mapping[str, Any],
        told: object,
        error: BaseException | None = None,
    ) -> None:
        metadata = told.get("ResponseMetadata", {}) if isinstance(told, Mapping) else {}
        status = int(metadata.get("HTTPStatusCode") or (status_of(error) if error else 0))
        followed = int(metadata.get("RetryAttempts") or (attempts_of(error) if error else 0))
        code = "" if error is None else code_of(error) or type(error).__name__
        self.tally.note(
            api_name(operation),
            seconds,
            attempts=1 + followed,
            bytes_up=_size_of(parameters) if status else 0,
            bytes_down=getattr(self._arriving, "size", 0),
            error=code,
            throttled=is_slow(code, status),
            charged=0 < status < 500,
        )
        if log.isEnabledFor(logging.DEBUG):
            log.debug(
                "%s %s %s %d ms id=%s retries=%d cache=%s %s",
                operation,
                safe_text(str(location)),
                status or "-",
                seconds * 1000,
                metadata.get("RequestId") or "-",
                followed,
                why_asked(),
                code,
            )


def _size_of(parameters: Mapping[str, Any]) -> int:
    """Bytes of the body that was sent; documents that the SDK itself writes are not counted."""
    body = parameters.get("Body")
    if body is None:
        return 0
    return len(body) if isinstance(body, bytes) else int(parameters.get("ContentLength") or 0)
