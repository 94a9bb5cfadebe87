"""Multipart uploads that nobody completed: listed, weighed, aborted for certain."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import NOTHING, Change
from tfm.model.errors import NotFound, StorageError, TooLate
from tfm.model.location import Location
from tfm.model.past import now
from tfm.model.text import safe_text
from tfm.storage.base import Leftover
from tfm.storage.guard import guarded
from tfm.storage.open_uploads import OpenUpload, PartsHeld
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.facts import answered_at
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.parse import decode, time_ns
from tfm.storage.s3.unfinished import Unfinished, Upload

_LISTING = "list the unfinished uploads of"
_ABORTING = "abort the upload of"
_PAGE = 1000


class OpenUploads:
    """The `Uploads` facet. `page` is how many uploads an answer may list."""

    def __init__(self, calls: Calls, unfinished: Unfinished, page: int = _PAGE) -> None:
        self._calls = calls
        self._unfinished = unfinished
        self._page = page

    def uploads(
        self, place: Location, cancel: CancelToken, *, patient: bool = False
    ) -> Iterator[Sequence[OpenUpload]]:
        """As the protocol: one ListMultipartUploads for each 1,000."""
        place = now(place)
        if place.is_container:
            place = place.as_directory()
        with guarded(place, _LISTING):
            check_place(place, _LISTING)
            deep = place.looks_like_directory
            for answer in self._pages(place, cancel, patient):
                found = _uploads_of(answer, place, encoded=self._calls.manners.encodes(answer))
                yield [each for each in found if deep or each.place.key == place.key]
                if not deep and _text(answer, "NextKeyMarker") != place.inner_key:
                    return  # what follows begins with the key, but is longer

    def _pages(
        self, place: Location, cancel: CancelToken, patient: bool
    ) -> Iterator[Mapping[str, Any]]:
        """Keys come encoded: the control characters that a key may have cannot stand in XML."""
        parameters: dict[str, Any] = {"MaxUploads": self._page, "EncodingType": "url"}
        if place.inner_key:
            parameters["Prefix"] = place.inner_key
        last = ("", "")
        while True:
            cancel.check()
            try:
                answer = self._calls.send(
                    "list_multipart_uploads",
                    place,
                    _LISTING,
                    bulk=patient,
                    cancel=cancel,
                    Bucket=place.container,
                    **parameters,
                )
            except NotFound as error:
                if error.code == "NoSuchUpload":  # how gofakes3 says that there is none
                    return
                raise
            yield answer
            if not answer.get("IsTruncated"):
                return
            following = _text(answer, "NextKeyMarker"), str(answer.get("NextUploadIdMarker") or "")
            if not following[0] or following == last:
                raise StorageError(
                    f"Cannot {_LISTING} {safe_text(str(place))}: "
                    "there are more, but the server does not say where they go on.",
                    place=place,
                    verb=_LISTING,
                )
            last = following
            parameters["KeyMarker"], parameters["UploadIdMarker"] = following
            if not following[1]:
                del parameters["UploadIdMarker"]

    def parts(self, upload: OpenUpload, cancel: CancelToken = NEVER) -> PartsHeld:
        """As the protocol: ListParts."""
        place = now(upload.place)
        with guarded(place, "look at the parts of"):
            rows = self._unfinished.parts_of(Upload(place, upload.id), cancel).values()
            times = [row["LastModified"] for row in rows if _is_time(row.get("LastModified"))]
            return PartsHeld(
                len(rows),
                sum(int(row.get("Size") or 0) for row in rows),
                max(map(time_ns, times), default=None),
            )

    def writes(self, upload: OpenUpload) -> bool:
        """As the protocol."""
        return any(
            (each.location.container, each.location.inner_key, each.upload_id) == upload.name
            for each in self._unfinished.under_way()
        )

    def abort(self, upload: OpenUpload, cancel: CancelToken = NEVER) -> Change:
        """As the protocol: at least one AbortMultipartUpload, and a ListParts that finds nothing."""
        place = now(upload.place)
        with guarded(place, _ABORTING):
            cancel.check()
            if self.writes(upload):
                raise TooLate(
                    f"Cannot {_ABORTING} {safe_text(str(place))}: this tfm is writing it.",
                    place=place,
                    verb=_ABORTING,
                    hint="Cancel that job first.",
                )
            self._unfinished.remove(Leftover(place, upload.id))
            return NOTHING

    def rule(self, directory: Location, days: int) -> str:
        """As the protocol: what PutBucketLifecycleConfiguration takes."""
        prefix = directory.inner_key
        rule = {
            "ID": f"abort-unfinished-uploads-{days}d",
            "Status": "Enabled",
            "Filter": {"Prefix": prefix} if prefix else {},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
        }
        return json.dumps({"Rules": [rule]}, indent=1)


def _uploads_of(answer: Mapping[str, Any], place: Location, *, encoded: bool) -> list[OpenUpload]:
    told = answered_at(answer)
    seen = time.time_ns() if told is None else told
    found = []
    for row in answer.get("Uploads") or ():
        key = str(row.get("Key") or "")
        began = row.get("Initiated")
        found.append(
            OpenUpload(
                Location(place.root, f"{place.container}/{decode(key) if encoded else key}"),
                str(row.get("UploadId") or ""),
                time_ns(began) if isinstance(began, datetime) else None,
                seen,
                str(row.get("StorageClass") or ""),
                _who(row.get("Initiator") or row.get("Owner") or {}),
            )
        )
    return found


def _who(person: Mapping[str, Any]) -> str:
    return str(person.get("DisplayName") or person.get("ID") or "")


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = str(answer.get(name) or "")
    return decode(value) if answer.get("EncodingType") == "url" else value


def _is_time(value: object) -> bool:
    return isinstance(value, datetime)
