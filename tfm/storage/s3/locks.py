"""Object Lock: retention and legal hold of the current version of an object."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import NOTHING, Change, around
from tfm.model.errors import Denied, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.object_locks import MODES, Lock, LockEdit, Retention, fault_in
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.keys import check_place, names
from tfm.storage.s3.parse import time_ns

_NS = 10**9
_LOOKING, _LOCKING = "look at the lock of", "lock"
_NONE_HERE = "this bucket has no object lock: it is chosen when a bucket is made"
_NONE_AT_ALL = "this server has no object lock"
_UNLOCKED = ("NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError")


class ObjectLocks:
    """The `Locks` facet."""

    modes = MODES

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: dict[str, tuple[str, float]] = {}

    def refusal(self, location: Location) -> str:
        """As the protocol."""
        return self._known.get(location.container, ("", 0.0))[0]

    def lock(self, location: Location, cancel: CancelToken = NEVER) -> Lock:
        """As the protocol: a HEAD."""
        with guarded(location, _LOOKING):
            check_place(location, _LOOKING)
            self._check_bucket(location, _LOOKING, cancel)
            return _lock_of(self._calls.head(location, _LOOKING, cancel=cancel, checksums=False))

    def fault(self, before: Lock, edit: LockEdit, now_ns: int) -> str:
        """As the protocol."""
        return fault_in(before, edit, now_ns)

    def set_lock(self, location: Location, edit: LockEdit, cancel: CancelToken = NEVER) -> Change:
        """As the protocol: a HEAD, a PUT for each of retention and hold, and a HEAD. Pinned to the version
        that the first HEAD shows: what is stored meanwhile is not locked instead.
        """
        with guarded(location, _LOCKING):
            check_place(location, _LOCKING)
            self._check_bucket(location, _LOCKING, cancel)
            head = self._calls.head(location, _LOCKING, bulk=True, cancel=cancel, checksums=False)
            before = _lock_of(head)
            if fault := self.fault(before, edit, time.time_ns()):
                raise StorageError(
                    f"Cannot {_LOCKING} {safe_text(str(location))}: {fault}.",
                    place=location,
                    verb=_LOCKING,
                )
            wanted = edit.applied(before)
            where = names(location)
            if head.get("VersionId"):
                where["VersionId"] = head["VersionId"]
            if wanted == before:
                return NOTHING
            if wanted.retention != before.retention:
                self._retain(location, where, wanted.retention, edit, cancel)
            if wanted.hold != before.hold:
                status = {"Status": "ON" if wanted.hold else "OFF"}
                self._send("put_object_legal_hold", location, cancel, where, LegalHold=status)
            if not self._holds(location, where, before, wanted, cancel):
                raise StorageError(
                    f"The server said yes, but the lock of {safe_text(str(location))} is not as wanted.",
                    place=location,
                    verb=_LOCKING,
                    hint="Look at its details before you rely on it.",
                )
            return around(location)

    def _check_bucket(self, location: Location, verb: str, cancel: CancelToken) -> None:
        """Raise Unsupported where there are certainly no locks. What knows no subresources might take the
        retention for the object itself: such a server gets none.
        """
        bucket = location.container
        refusal, until = self._known.get(bucket, ("", 0.0))
        if time.monotonic() >= until:
            refusal = self._ask(location, verb, cancel)
            self._known[bucket] = refusal, time.monotonic() + self._calls.options.cache_ttl
        if refusal:
            raise Unsupported(
                f"Cannot {verb} {safe_text(str(location))}: {refusal}.", place=location, verb=verb
            )

    def _ask(self, location: Location, verb: str, cancel: CancelToken) -> str:
        try:
            answer = self._calls.send(
                "get_object_lock_configuration",
                location,
                verb,
                cancel=cancel,
                Bucket=location.container,
            )
        except Unsupported:
            return _NONE_AT_ALL
        except Denied:
            if not self._calls.on_aws:
                raise
            return ""  # whether there are any is not told; each object answers for itself
        except StorageError as error:
            if error.code in _UNLOCKED:
                return _NONE_HERE
            raise
        told = answer.get("ObjectLockConfiguration") or {}
        return "" if told.get("ObjectLockEnabled") == "Enabled" else _NONE_HERE

    def _retain(
        self,
        location: Location,
        where: dict[str, Any],
        wanted: Retention,
        edit: LockEdit,
        cancel: CancelToken,
    ) -> None:
        given: dict[str, Any] = {}
        if wanted.mode:
            until = datetime.fromtimestamp(wanted.until_ns // _NS, UTC)
            given = {"Mode": wanted.mode, "RetainUntilDate": until}
        more = {"BypassGovernanceRetention": True} if edit.bypass else {}
        self._send("put_object_retention", location, cancel, where | more, Retention=given)

    def _holds(
        self,
        location: Location,
        where: dict[str, Any],
        before: Lock,
        wanted: Lock,
        cancel: CancelToken,
    ) -> bool:
        """Whether the server shows the lock as wanted. A HEAD hides it from those who may not look."""
        now = _lock_of(self._send("head_object", location, cancel, where))
        if wanted.retention not in (before.retention, now.retention):
            told = self._told("get_object_retention", location, cancel, where, "Retention")
            if told is not None and wanted.retention != _retention(
                told.get("Mode"), told.get("RetainUntilDate")
            ):
                return False
        if wanted.hold not in (before.hold, now.hold):
            told = self._told("get_object_legal_hold", location, cancel, where, "LegalHold")
            return told is None or (told.get("Status") == "ON") == wanted.hold
        return True

    def _told(
        self,
        operation: str,
        location: Location,
        cancel: CancelToken,
        where: dict[str, Any],
        field: str,
    ) -> Mapping[str, Any] | None:
        """What the server says now; None where one may change it, but not look."""
        try:
            answer = self._send(operation, location, cancel, where)
        except Denied:
            return None
        except StorageError as error:
            if error.code in _UNLOCKED:
                return {}
            raise
        told = answer.get(field)
        return told if isinstance(told, dict) else {}

    def _send(
        self,
        operation: str,
        location: Location,
        cancel: CancelToken,
        where: dict[str, Any],
        **given: Any,
    ) -> dict[str, Any]:
        return self._calls.send(
            operation, location, _LOCKING, bulk=True, cancel=cancel, **where, **given
        )


def _lock_of(head: Mapping[str, Any]) -> Lock:
    return Lock(
        _retention(head.get("ObjectLockMode"), head.get("ObjectLockRetainUntilDate")),
        str(head.get("ObjectLockLegalHoldStatus") or "").upper() == "ON",
    )


def _retention(mode: object, until: object) -> Retention:
    """To the second, as it is sent."""
    if not mode or not isinstance(until, datetime):
        return Retention()
    return Retention(str(mode), time_ns(until) // _NS * _NS)
