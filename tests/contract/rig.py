"""What a backend hands in to be tested, and what a test gets to work on.

`tests/storage/<folder>/rig.py` has a tuple `RIGS`; the suite finds it by the folder. One backend may
have several rigs (a server each).
"""

from __future__ import annotations

import importlib
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import pytest

from tfm.model.cancel import NEVER
from tfm.model.entry import Entry
from tfm.model.location import Location, Style
from tfm.storage.base import Hints, Storage, Work, Written
from tfm.storage.object_locks import Lock

T = TypeVar("T")

STORAGES: Final = Path(__file__).resolve().parents[1] / "storage"


class Ground(ABC):
    """The truth about one directory, told without any code of ours.

    Names are relative to it, with `/` between components; a directory's ends with `/`.
    """

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Put a file there, replacing what was; directories it needs appear as they do there."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """The bytes of a file."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file, or an empty directory with its marker."""

    @abstractmethod
    def make_directory(self, name: str) -> None:
        """Make an empty directory, in a key store a marker."""

    @abstractmethod
    def names(self) -> dict[str, int]:
        """Everything beneath, with sizes; directories that are real, or markers, have size 0."""

    def own_container(self) -> bool:
        """Whether the container is the test's own, to set what it likes."""
        return True

    def keep_versions(self) -> bool:
        """From now on keep what is overwritten and deleted; false where that cannot be had."""
        return False

    def debris(self) -> list[str]:
        """What an unfinished write may leave behind that is no name: open uploads."""
        return []

    def begin_upload(self, name: str, *parts: bytes) -> str:
        """Begin an upload that nobody completes, as another program would; its id."""
        raise NotImplementedError(f"there are no uploads in parts here: {name}")

    def open_uploads(self) -> set[tuple[str, str]]:
        """Names and ids of all uploads that are open now."""
        return set()

    def lockable_file(self) -> Location | None:
        """A new file where files can be locked; None where that cannot be had."""
        return None

    def lock_of(self, place: Location) -> Lock:
        """What keeps it."""
        raise NotImplementedError(f"there are no locks here: {place}")

    def write_many(self, names: Iterable[str], data: bytes) -> None:
        """Put the same bytes under many names."""
        for name in names:
            self.write(name, data)

    def rows(self, directory: str = "") -> set[tuple[str, bool]] | None:
        """(name, is directory) of everything directly inside `directory`, None if it is not there."""
        inside = [name for name in self.names() if name.startswith(directory)]
        if not inside and directory:
            return None
        found = set()
        for name in inside:
            head, slash, _ = name[len(directory) :].partition("/")
            if head or slash:
                found.add((head, bool(slash)))
        return found


@dataclass(frozen=True)
class Bench:
    """One storage with one empty directory `top` in it, and the truth about that directory."""

    storage: Storage
    top: Location
    ground: Ground

    def at(self, name: str) -> Location:
        """The place of a relative name; a trailing slash makes it a directory."""
        if self.top.root.style is Style.KEY:
            return Location(self.top.root, self.top.key + name)
        return Location(self.top.root, f"{self.top.key}/{name}".rstrip("/"))

    def entries(self, directory: str = "") -> list[Entry]:
        """All pages of a scan, asked of the storage."""
        return [e for page in self.storage.scan(self.at(directory), NEVER) for e in page]

    def rows(self, directory: str = "") -> set[tuple[str, bool]]:
        """(name, is directory) of all rows, each of which must come once."""
        rows = [(entry.name, entry.is_directory) for entry in self.entries(directory)]
        assert len(rows) == len(set(rows)), f"a row came twice: {sorted(rows)}"
        return set(rows)

    def row(self, name: str) -> Entry:
        """The one row of the top directory with this name; `x/` is the directory."""
        wanted = (name.rstrip("/"), name.endswith("/"))
        found = [e for e in self.entries() if (e.name, e.is_directory) == wanted]
        assert len(found) == 1, f"{name!r} stands {len(found)} times in the listing"
        return found[0]

    def write(self, name: str, data: bytes, hints: Hints | None = None) -> Written:
        """Write a file through the storage."""
        hints = hints or Hints(size=len(data))
        with self.storage.open_write(self.at(name), hints, Work()) as writer:
            writer.write(data)
            return writer.commit()

    def read(self, name: str, offset: int = 0, *, block: int = 65536) -> bytes:
        """Read a file through the storage, to its end and verified."""
        collected = io.BytesIO()
        with self.storage.open_read(self.at(name), offset) as reader:
            while piece := reader.read(block):
                assert len(piece) <= block
                collected.write(piece)
            reader.verify()
        return collected.getvalue()

    def stat(self, name: str) -> Entry:
        """The facts of one thing, asked of the storage."""
        return self.storage.stat(self.at(name))


Opener = Callable[[pytest.FixtureRequest], AbstractContextManager[Bench]]


@dataclass(frozen=True)
class Rig:
    """One way to run one backend.

    `facts` and `facets` say beforehand what the storage has, because tests are chosen before anything
    is opened; `test_rigs.py` holds them against the storage itself. `deviations` maps a test
    (`TestClass::test_name[parameter]`, without `[…]` for all parameters) to the server's answer and
    the reason: such a test must fail.
    """

    name: str
    scheme: str
    open: Opener
    facts: frozenset[str]
    facets: frozenset[str]
    deviations: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[type[Exception], ...] = ()
    """What the ground raises when the server refuses: these too may be the answer of a deviation."""
    one_name: bool = False
    """Whether this server keeps keys as files, so that `a` and `a/b` cannot both exist."""
    steps: int = 20
    """How long a random sequence of acts may be; few where every act is a request."""
    examples: int = 20

    def has(self, need: Need) -> bool:
        """True if a test with this need can be run here."""
        return (
            need.facts <= self.facts and not need.lacks & self.facts and need.facets <= self.facets
        )


REAL: Final = "real_directories"
FREE: Final = "free_names"
KEEPS_TIME: Final = "stores_mtime"
FACTS: Final = (REAL, FREE, KEEPS_TIME)


@dataclass(frozen=True)
class Need:
    """What a storage must have, and must not have, for a test to make sense."""

    facts: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    facets: frozenset[str] = frozenset()

    def __or__(self, other: Need) -> Need:
        return Need(self.facts | other.facts, self.lacks | other.lacks, self.facets | other.facets)


SUITES: Final[dict[str, list[str]]] = {}
"""Facet → the test classes that ask for it."""


def needs(*facts: str, lacks: str = "", facet: str = "") -> Callable[[T], T]:
    """Run this class or function only where these facts hold and this facet is present."""
    need = Need(
        frozenset(facts), frozenset(filter(None, [lacks])), frozenset(filter(None, [facet]))
    )

    def mark(test: T) -> T:
        if facet and isinstance(test, type):
            SUITES.setdefault(facet, []).append(test.__name__)
        pytest.mark.needs(need)(test)  # marks the very object and hands it back
        return test

    return mark


def all_rigs() -> tuple[Rig, ...]:
    """The rigs of every folder of `tests/storage`."""
    found: list[Rig] = []
    for path in sorted(STORAGES.glob("*/rig.py")):
        module = importlib.import_module(f"tests.storage.{path.parent.name}.rig")
        found.extend(module.RIGS)
    return tuple(found)
