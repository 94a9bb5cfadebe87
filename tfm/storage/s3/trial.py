"""A trial of what only a write can show: two small objects under names nobody has, removed again.

Nothing stays: every version that was written is removed by its id, and looked for afterwards.
"""

from __future__ import annotations

from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Denied, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.digest import base64_text, new_md5
from tfm.storage.s3.errors import code_of, sdk_errors, status_of
from tfm.storage.s3.facts import etag_of, hides_md5
from tfm.storage.s3.keys import names
from tfm.storage.s3.manners import UNKNOWN_REQUEST
from tfm.storage.s3.publish import NO_ETAG
from tfm.storage.server_facets import Can

_VERB = "try writing in"
_FIRST, _SECOND = b"tfm: a trial, may be deleted\n", b"tfm: the same, another time\n"
_FAILED = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")
_TAGS = {"TagSet": [{"Key": "tfm", "Value": "trial"}]}


class Trial:
    """Writes at two places, and tells `Manners` what came of it."""

    def __init__(self, calls: Calls, one: Location, two: Location, cancel: CancelToken) -> None:
        self._calls = calls
        self._one = one
        self._two = two
        self._cancel = cancel
        self._written: list[dict[str, str]] = []

    def run(self) -> list[Location]:
        """All of it; what could not be removed. Raises StorageError if nothing could be written."""
        self._check_removable()
        try:
            self._try_conditions()
            self._try_copies()
            self._try_tags()
            self._try_parts()
            self._try_batch()
        finally:
            left = self._remove()
        return left

    def _check_removable(self) -> None:
        """Raise Unsupported where the bucket holds everything that is written for a time."""
        try:
            answer = self._send("get_object_lock_configuration", self._one, {}, bucket=True)
        except StorageError:
            return  # most buckets and servers have none
        if (answer.get("ObjectLockConfiguration") or {}).get("Rule"):
            raise Unsupported(
                "This bucket locks everything that is written for a time: what a trial writes would stay.",
                place=self._one,
                verb=_VERB,
            )

    def _try_conditions(self) -> None:
        manners = self._calls.manners
        condition = {"IfNoneMatch": "*"}
        try:
            self._put(self._one, _FIRST, condition)
        except _Refused:
            manners.saw("conditions", Can.NO, "it refuses them", sure=True)
            manners.conditions = False
            self._put(self._one, _FIRST, {})
        else:
            try:
                self._put(self._one, _SECOND, condition)
            except _Refused as error:
                if not error.failed:
                    raise self._translated(error) from error
                manners.saw("conditions", Can.YES, sure=True)
            else:
                manners.saw("conditions", Can.NO, "it takes them, and ignores them", sure=True)
                manners.conditions = False
        head = self._calls.head(self._one, _VERB, bulk=True, cancel=self._cancel)
        if not hides_md5(head):
            manners.etag_is_md5 = etag_of(head) in (_md5(_FIRST), _md5(_SECOND))
            manners.saw("etag_md5", Can.YES if manners.etag_is_md5 else Can.NO, sure=True)

    def _try_copies(self) -> None:
        manners = self._calls.manners
        try:
            self._copy({"CopySourceIfMatch": NO_ETAG})
        except _Refused as error:
            if not error.failed:
                self._put(self._two, _FIRST, {})
                return
            manners.saw("copy_conditions", Can.YES, sure=True)
            manners.copies_met = True
            self._copy({})
        else:
            manners.saw("copy_conditions", Can.NO, "it takes them, and ignores them", sure=True)
            manners.copies_met, manners.copy_conditions = True, False

    def _try_tags(self) -> None:
        """On the first object, which is ours: a server that takes tags for the object replaces only that."""
        manners, before = self._calls.manners, self._size()
        try:
            self._send("put_object_tagging", self._one, {"Tagging": _TAGS})
            if self._size() != before:
                manners.saw("subresources", Can.NO, "tags became the object", sure=True)
                manners.saw("tags", Can.NO, "tags became the object", sure=True)
                manners.subresources = False
                return
            told = self._send("get_object_tagging", self._one, {})
        except StorageError as error:
            self._refused("tags", error)
            return
        kept = any(row.get("Key") == "tfm" for row in told.get("TagSet") or ())
        manners.saw("tags", Can.YES if kept else Can.NO, sure=True)
        manners.saw("subresources", Can.YES, sure=True)

    def _try_parts(self) -> None:
        """An upload that is begun, looked for and aborted."""
        manners = self._calls.manners
        try:
            begun = self._send("create_multipart_upload", self._two, {})
        except StorageError as error:
            self._refused("parts", error)
            return
        upload = str(begun.get("UploadId") or "")
        try:
            more = {"Prefix": self._two.inner_key}
            told = self._send("list_multipart_uploads", self._two, more, bucket=True)
            listed = any(row.get("UploadId") == upload for row in told.get("Uploads") or ())
            if not listed:
                manners.saw("uploads", Can.NO, "one that was begun is not listed", sure=True)
        except StorageError as error:
            log.debug("Trial: uploads are not listed: %s", safe_text(str(error)))
        finally:
            self._send("abort_multipart_upload", self._two, {"UploadId": upload}, cancel=NEVER)
        manners.saw("parts", Can.YES, sure=True)

    def _try_batch(self) -> None:
        manners = self._calls.manners
        try:
            told = self._send(
                "delete_objects",
                self._one,
                {"Delete": {"Objects": self._written, "Quiet": False}},
                bucket=True,
            )
        except StorageError as error:
            self._refused("delete_many", error)
            return
        works = not told.get("Errors") and not any(map(self._is_there, (self._one, self._two)))
        manners.saw("delete_many", Can.YES if works else Can.NO, sure=True)

    def _refused(self, name: str, error: StorageError) -> None:
        """The server has not got it, or this login must not; a server that is away is no answer."""
        if isinstance(error, Unsupported) or error.code in UNKNOWN_REQUEST:
            self._calls.manners.saw(name, Can.NO, f"it answers {error.code}", sure=True)
        elif isinstance(error, Denied):
            self._calls.manners.saw(name, Can.DENIED)
        else:
            log.info("Trial of %s: %s", name, safe_text(str(error)))

    def _remove(self) -> list[Location]:
        """Singly, whatever the batch has left; looked for afterwards."""
        places = {place.inner_key: place for place in (self._one, self._two)}
        for item in self._written:
            place = places[item["Key"]]
            version = {"VersionId": item["VersionId"]} if "VersionId" in item else {}
            try:
                self._send("delete_object", place, version, cancel=NEVER)
            except NotFound:
                continue
            except StorageError as error:
                log.warning("What was made for a trial is left: %s", safe_text(str(error)))
        keys = {item["Key"] for item in self._written}
        return [place for key, place in places.items() if key in keys and self._is_there(place)]

    # -- requests ----------------------------------------------------------------------------------

    def _put(self, place: Location, data: bytes, condition: dict[str, str]) -> None:
        md5 = new_md5()
        md5.update(data)
        more = {"Body": data, "ContentMD5": base64_text(md5.digest()), **condition}
        self._wrote(place, self._try("put_object", place, more))

    def _copy(self, condition: dict[str, str]) -> None:
        more = {"CopySource": names(self._one), **condition}
        self._wrote(self._two, self._try("copy_object", self._two, more))

    def _wrote(self, place: Location, answer: dict[str, Any]) -> None:
        item = {"Key": place.inner_key}
        if version := str(answer.get("VersionId") or ""):
            item["VersionId"] = version
        if item not in self._written:
            self._written.append(item)

    def _try(self, operation: str, place: Location, more: dict[str, Any]) -> dict[str, Any]:
        """Raises _Refused where the server answered that it will not, and says what kind of no."""
        try:
            return self._calls.send_raw(
                operation, place, bulk=True, cancel=self._cancel, **names(place), **more
            )
        except sdk_errors() as error:
            code = code_of(error) or str(status_of(error))
            if status_of(error) in (400, 405, 409, 412, 501):
                raise _Refused(error, failed=code in _FAILED) from error
            raise self._calls.translated(error, place, _VERB) from error

    def _translated(self, refused: _Refused) -> StorageError:
        return self._calls.translated(refused.error, self._one, _VERB)

    def _send(
        self,
        operation: str,
        place: Location,
        more: dict[str, Any],
        *,
        bucket: bool = False,
        cancel: CancelToken | None = None,
    ) -> dict[str, Any]:
        where = {"Bucket": place.container} if bucket else names(place)
        return self._calls.send(
            operation, place, _VERB, bulk=True, cancel=cancel or self._cancel, **where, **more
        )

    def _size(self) -> int:
        return int(self._calls.head(self._one, _VERB, bulk=True).get("ContentLength") or 0)

    def _is_there(self, place: Location) -> bool:
        try:
            self._calls.head(place, _VERB, bulk=True)
        except NotFound:
            return False
        except StorageError as error:
            log.warning("Not known whether a trial is left: %s", safe_text(str(error)))
        return True


class _Refused(Exception):
    """The server will not do that; `failed` if it was the condition that did not hold."""

    def __init__(self, error: Exception, *, failed: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.failed = failed


def _md5(data: bytes) -> str:
    md5 = new_md5()
    md5.update(data)
    return md5.digest().hex()
