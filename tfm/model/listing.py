"""The entries of one directory, as far as they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style

# below this many rows a search is quick, and an index would take a quarter of their room again
_FEW = 32


@dataclass(frozen=True, slots=True)
class Listing:
    """What one directory held at `taken_at` (seconds since 1970).

    Incomplete while pages still arrive, after a cancel, and after an error; `error` then says why.
    """

    where: Location
    entries: tuple[Entry, ...]
    taken_at: float
    complete: bool = True
    error: StorageError | None = None
    _index: dict[tuple[str, bool], Entry] = field(
        default_factory=dict, compare=False, repr=False, hash=False
    )

    def location(self, entry: Entry) -> Location:
        """The place of one of the entries."""
        return self.where.child(entry.name, directory=entry.is_directory)

    def find(self, name: str, *, directory: bool | None = None) -> Entry | None:
        """The entry called `name`; `directory` chooses where `a` and `a/` both exist."""
        either = directory is None or self.where.root.style is Style.PATH
        kinds = (False, True) if either else (bool(directory),)
        if not self._index and len(self.entries) <= _FEW:
            return self._search(name, kinds)
        index = self.index()
        return next((index[name, kind] for kind in kinds if (name, kind) in index), None)

    def _search(self, name: str, kinds: tuple[bool, ...]) -> Entry | None:
        for kind in kinds:
            for entry in self.entries:
                if entry.name == name and entry.is_directory is kind:
                    return entry
        return None

    def index(self) -> Mapping[tuple[str, bool], Entry]:
        """Entries by (name, is directory); built at the first question.

        Two threads that ask at once build the same mapping twice, which harms nobody.
        """
        if not self._index and self.entries:
            self._index.update({(e.name, e.is_directory): e for e in self.entries})
        return self._index
