"""Which multipart uploads are open, and how they are aborted for certain.

An open upload is invisible and billed. So each is known here from the moment the server names it
until it is completed or its abort is confirmed, and the program aborts the rest when it is ended.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.parse import time_ns

ABORTS = 3
"""A part that arrives just after an abort keeps the upload alive, so one abort may not do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One open multipart upload."""

    location: Location
    upload_id: str

    def __str__(self) -> str:
        return f"{safe_text(str(self.location))} (upload {safe_text(self.upload_id)})"


class Unfinished:
    """The open uploads of one storage; shared by all threads."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._open: set[Upload] = set()
        self._closing = False

    def all(self) -> tuple[Upload, ...]:
        """Those that are open now."""
        with self._lock:
            return tuple(self._open)

    def add(self, upload: Upload) -> None:
        """Remember one that was just begun."""
        with self._lock:
            self._open.add(upload)

    def forget(self, upload: Upload) -> None:
        """It was completed, or its abort confirmed."""
        with self._lock:
            self._open.discard(upload)

    @property
    def closing(self) -> bool:
        """True once the program ends: no further part is sent."""
        return self._closing

    def abort(self, upload: Upload) -> bool:
        """Abort one until the server no longer knows it; True if that is certain."""
        if self._aborted(upload):
            self.forget(upload)
            return True
        log.warning("An unfinished upload is left behind: %s", upload)
        return False

    def abort_nameless(self, ours: Upload, since: int) -> None:
        """Abort what earlier attempts to begin `ours` left open, whose answers were lost.

        An upload has no mark by which we could know it. So it must be of the same key, hold no part
        yet, and have begun no earlier than our first attempt (`since`: ns by the server's clock).
        """
        place = ours.location
        try:
            answer = self._calls.send(
                "list_multipart_uploads",
                place,
                "look for lost uploads of",
                Bucket=place.container,
                Prefix=place.inner_key,
            )
            for row in answer.get("Uploads", ()):
                found = Upload(place, str(row.get("UploadId")))
                began = row.get("Initiated")
                if (
                    row.get("Key") == place.inner_key
                    and found not in self._open
                    and isinstance(began, datetime)
                    and time_ns(began) >= since
                    and not self._parts_of(found)
                ):
                    self.add(found)
                    self.abort(found)
        except StorageError as error:
            log.warning("An unfinished upload may be left behind: %s", safe_text(str(error)))

    def _parts_of(self, upload: Upload) -> bool:
        answer = self._calls.send(
            "list_parts",
            upload.location,
            "look for lost uploads of",
            MaxParts=1,
            **_names(upload),
        )
        return bool(answer.get("Parts"))

    def abort_all(self, seconds: float) -> list[str]:
        """Abort every open upload from threads of its own; what is left after `seconds`, as text."""
        self._closing = True
        deadline = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self.abort, args=(upload,), daemon=True, name="tfm-abort")
            for upload in self.all()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return sorted(str(upload) for upload in self.all())

    def _aborted(self, upload: Upload) -> bool:
        place = upload.location
        names = _names(upload)
        for _ in range(ABORTS):
            try:
                self._calls.send("abort_multipart_upload", place, "abort upload of", **names)
            except NotFound:
                return True
            except StorageError as error:
                log.warning("Abort of %s failed: %s", upload, safe_text(str(error)))
                continue
            self.forget(upload)  # confirmed: whoever leaves now need not name it
            try:
                self._calls.send("list_parts", place, "abort upload of", MaxParts=1, **names)
            except NotFound:
                return True
            except StorageError:
                return True  # the abort itself was confirmed; looking again is not allowed here
            self.add(upload)
        return False


def _names(upload: Upload) -> dict[str, Any]:
    """The parameters that name an upload."""
    place = upload.location
    return {
        "Bucket": place.container,
        "Key": place.inner_key,
        "UploadId": upload.upload_id,
    }
