"""Locks in memory: the double of what keeps objects of a container from being deleted."""

from __future__ import annotations

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import NOTHING, Change, around
from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import Location
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.shelf import refusal
from tfm.storage.object_locks import MODES, Lock, LockEdit, fault_in

_NONE_HERE = "this container has no locks"


class MemoryLocks:
    """The `Locks` facet of a key store in memory. A container has none until `allow` is called."""

    modes = MODES

    def __init__(self, shelf: FlatShelf) -> None:
        self._shelf = shelf

    def allow(self, container: Location) -> None:
        """From now on its objects can be locked, as if it had been made so. Raises NotFound."""
        with self._shelf.lock:
            found = self._shelf.container(container, "lock")
            found.locks = found.locks or {}

    def refusal(self, location: Location) -> str:
        """As the protocol; it is always known."""
        found = self._shelf.containers.get(location.container)
        return _NONE_HERE if found is not None and found.locks is None else ""

    def lock(self, location: Location, cancel: CancelToken = NEVER) -> Lock:
        """As the protocol."""
        cancel.check()
        with self._shelf.lock:
            return self._held(location, "look at the lock of").get(location.inner_key, Lock())

    def fault(self, before: Lock, edit: LockEdit, now_ns: int) -> str:
        """As the protocol."""
        return fault_in(before, edit, now_ns)

    def set_lock(self, location: Location, edit: LockEdit, cancel: CancelToken = NEVER) -> Change:
        """As the protocol."""
        cancel.check()
        with self._shelf.lock:
            locks = self._held(location, "lock")
            before = locks.get(location.inner_key, Lock())
            if fault := self.fault(before, edit, self._shelf.clock()):
                raise refusal(StorageError, location, "lock", f"{fault}.")
            wanted = edit.applied(before)
            if wanted == before:
                return NOTHING
            locks[location.inner_key] = wanted
            return around(location)

    def _held(self, location: Location, verb: str) -> dict[str, Lock]:
        """Those of the container. Raises NotFound without such an object, Unsupported without locks."""
        self._shelf.content(location, verb)
        locks = self._shelf.container(location, verb).locks
        if locks is None:
            raise refusal(Unsupported, location, verb, f"{_NONE_HERE}.")
        return locks
