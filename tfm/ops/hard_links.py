"""Names of one file: the first is copied, the others become further names of that copy."""

from __future__ import annotations

from tfm.model.entry import Kind, LocalDetails
from tfm.ops.context import OpContext
from tfm.ops.copy import FileItem, Twin
from tfm.ops.plan import Item
from tfm.storage.base import Written

_Key = tuple[int, int]


class HardLinks:
    """Knows, within one job, which files have more than one name and which of them is copied.

    Names of one file go in rounds: one is carried in each, and once a copy stands the next round
    links the rest to it. If it failed, the next name is carried like a file of its own.
    """

    def __init__(self, ctx: OpContext) -> None:
        self._ctx = ctx
        self._under_way: set[_Key] = set()
        self._copies: dict[_Key, Twin] = {}
        self._waiting: list[Item] = []

    def waits(self, item: Item) -> bool:
        """True if this item must wait for another name of the same file, which goes first."""
        key = self._key(item)
        if key is None or key in self._copies:
            return False
        if key in self._under_way:
            self._waiting.append(item)
            return True
        self._under_way.add(key)
        return False

    def next_round(self) -> list[Item]:
        """Those that waited; empty once nobody did."""
        waiting, self._waiting = self._waiting, []
        self._under_way.clear()
        return waiting

    def copied(self, item: Item | FileItem, written: Written) -> None:
        """A copy of this item was verified and stands."""
        key = self._key(item)
        if key is not None:
            self._copies.setdefault(key, (item.target, written))

    def twin(self, item: Item) -> Twin | None:
        """The copy of the same file under another name, if this job made one."""
        key = self._key(item)
        return None if key is None else self._copies.get(key)

    def _key(self, item: Item | FileItem) -> _Key | None:
        """Which file it is, if it has other names and the destination can have them too."""
        details = item.entry.details
        if (
            not isinstance(details, LocalDetails)
            or details.nlink < 2
            or item.entry.kind not in (Kind.FILE, Kind.LINK)
            or item.source.root != item.target.root
            or self._ctx.vfs.facets(item.target).tree_copy is None
        ):
            return None
        return details.dev, details.ino
