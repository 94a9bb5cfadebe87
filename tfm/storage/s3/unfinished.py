"""Which multipart uploads are open, and how they are aborted for certain.

An open upload is invisible and billed. So each is known here from the moment the server names it
until it is completed or its abort is confirmed, and the program aborts the rest when it is ended.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import NO_TRAIL, Leftover, Trail
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.facts import answered_at
from tfm.storage.s3.parse import time_ns

_CLOCKS_DIFFER = 300 * 10**9
"""What our clock and a server's may be apart, in nanoseconds."""

ABORTS = 3
"""A part that arrives just after an abort keeps the upload alive, so one abort may not do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One open multipart upload."""

    location: Location
    upload_id: str
    trail: Trail = field(default=NO_TRAIL, compare=False)

    def __str__(self) -> str:
        return f"{safe_text(str(self.location))} (upload {safe_text(self.upload_id)})"


class Unfinished:
    """The open uploads of one storage; shared by all threads."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._open: set[Upload] = set()
        self._behind: set[Upload] = set()
        self._closing = False

    def all(self) -> tuple[Upload, ...]:
        """Those that are open now."""
        with self._lock:
            return tuple(self._open)

    def under_way(self) -> tuple[Upload, ...]:
        """Those that somebody is writing now: open, and not left behind by an abort that failed."""
        with self._lock:
            return tuple(self._open - self._behind)

    def add(self, upload: Upload) -> None:
        """Remember one that was just begun."""
        with self._lock:
            self._open.add(upload)
            self._behind.discard(upload)

    def forget(self, upload: Upload) -> None:
        """It was completed, or its abort confirmed."""
        with self._lock:
            self._open.discard(upload)
            self._behind.discard(upload)

    @property
    def closing(self) -> bool:
        """True once the program ends: no further part is sent."""
        return self._closing

    def abort(self, upload: Upload, faults: list[StorageError] | None = None) -> bool:
        """Abort one until the server no longer knows it; True if that is certain.

        `faults` gets what the server said against it.
        """
        if self._aborted(upload, [] if faults is None else faults):
            self.forget(upload)
            return True
        with self._lock:
            self._behind.add(upload)
        log.warning("An unfinished upload is left behind: %s", upload)
        return False

    def abort_nameless(self, place: Location, first: int) -> bool:
        """Abort what attempts to begin an upload to `place` left open, whose answers were lost.

        An upload has no mark by which we could know it. So it must be of the same key, hold no part
        yet, and have begun no earlier than our first attempt (`first`: by `time.monotonic_ns`). True if
        for certain none is left.
        """
        try:
            answer = self._listed(place)
            told = answered_at(answer)
            if told is None:
                return False
            # by the server's clock; the time of an answer is in whole seconds
            since = told - (time.monotonic_ns() - first) - 10**9
            ended = True
            for found in self._without_parts(answer, place, since):
                if found not in self.all():
                    self.add(found)
                    ended = self.abort(found) and ended
        except StorageError as error:
            log.warning("An unfinished upload may be left behind: %s", safe_text(str(error)))
            return False
        return ended

    def remove(self, leftover: Leftover) -> None:
        """As the `Unfinished` facet. An upload that was never named must be of the same key, hold no
        part, and have begun no earlier than it was asked for.
        """
        place = leftover.place
        if leftover.name:
            uploads = [Upload(place, leftover.name)]
        else:
            uploads = self._without_parts(
                self._listed(place), place, leftover.since - _CLOCKS_DIFFER
            )
        for upload in uploads:
            self.add(upload)
            faults: list[StorageError] = []
            if not self.abort(upload, faults):
                why = f": {faults[-1].reason}" if faults else ": it is there again each time."
                raise StorageError(
                    f"{upload} could not be aborted{why}",
                    place=place,
                    verb="abort upload of",
                    hint="Try again, or let a lifecycle rule of the bucket clear it up.",
                    code=faults[-1].code if faults else "",
                )

    def _listed(self, place: Location) -> dict[str, Any]:
        return self._calls.send(
            "list_multipart_uploads",
            place,
            "look for lost uploads of",
            Bucket=place.container,
            Prefix=place.inner_key,
        )

    def _without_parts(self, answer: dict[str, Any], place: Location, since: int) -> list[Upload]:
        """Uploads of exactly this key that hold nothing and began at `since` or later."""
        found = [
            Upload(place, str(row.get("UploadId")))
            for row in answer.get("Uploads", ())
            if row.get("Key") == place.inner_key
            and isinstance(began := row.get("Initiated"), datetime)
            and time_ns(began) >= since
        ]
        return [upload for upload in found if not self._page_of(upload, MaxParts=1).get("Parts")]

    def parts_of(self, upload: Upload, cancel: CancelToken = NEVER) -> dict[int, dict[str, Any]]:
        """What the server says of each part it holds. Raises NotFound if it has no such upload."""
        parts: dict[int, dict[str, Any]] = {}
        marker: dict[str, Any] = {}
        while True:
            cancel.check()
            answer = self._page_of(upload, **marker)
            parts.update({int(row["PartNumber"]): row for row in answer.get("Parts", ())})
            following = int(answer.get("NextPartNumberMarker") or 0)
            if not answer.get("IsTruncated") or following <= marker.get("PartNumberMarker", 0):
                return parts
            marker = {"PartNumberMarker": following}

    def _page_of(self, upload: Upload, **more: Any) -> dict[str, Any]:
        return self._calls.send(
            "list_parts", upload.location, "look at the parts of", **_names(upload), **more
        )

    def abort_all(self, seconds: float) -> list[str]:
        """Abort every open upload from threads of its own; what is left after `seconds`, as text.

        Those that a journal keeps for a later run are left open, and are not told.
        """
        self._closing = True
        deadline = time.monotonic() + seconds
        for upload in self.all():
            if upload.trail.stays:
                self.forget(upload)
        threads = [
            threading.Thread(target=self.abort, args=(upload,), daemon=True, name="tfm-abort")
            for upload in self.all()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return sorted(str(upload) for upload in self.all())

    def _aborted(self, upload: Upload, faults: list[StorageError]) -> bool:
        place = upload.location
        names = _names(upload)
        for _ in range(ABORTS):
            try:
                self._calls.send("abort_multipart_upload", place, "abort upload of", **names)
            except NotFound:
                return True
            except StorageError as error:
                log.warning("Abort of %s failed: %s", upload, safe_text(str(error)))
                faults.append(error)
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
