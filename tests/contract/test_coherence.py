"""What a pane shows is what is there: random acts through the `Vfs`, checked after each.

After every act everything is asked of the `Vfs` (which knows most of it from before the act) and must
be what the ground truth says. This is the guarantee that no act forgets to say what it touched.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contract.rig import Bench, Rig
from tfm.model.change import Change, around
from tfm.model.errors import NotDirectory, NotFound, StorageError
from tfm.model.listing import Listing
from tfm.model.location import Location, Style
from tfm.storage.base import Hints, Removal, Work
from tfm.storage.cache import ListingCache
from tfm.storage.vfs import Vfs

FILES = ("a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "e/a", "a/b")
DIRECTORIES = ("a/", "d/", "d/e/", "e/")
EVERYWHERE = ("", *DIRECTORIES)

files = st.sampled_from(FILES)
directories = st.sampled_from(DIRECTORIES)
places = st.sampled_from((*FILES, *DIRECTORIES))
contents = st.sampled_from((b"", b"1", b"22", b"333"))


@dataclass(frozen=True)
class _Removals:
    """The answer of a bulk delete together with what it touched, as `ops` hands it to the Vfs."""

    removals: tuple[Removal, ...]
    change: Change


class Machine(RuleBasedStateMachine):
    """Random acts on one directory; `opened` is a fresh bench for each run."""

    opener: Callable[[], contextlib.AbstractContextManager[Bench]]
    one_name: bool

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self.bench = self._stack.enter_context(type(self).opener())
        root = self.bench.top.root
        # a clock that stands still: nothing is right only because it expired
        cache = ListingCache(clock=lambda: 0.0)
        self.vfs = Vfs(cache=cache, storages={root: self.bench.storage})
        self.published: list[Change] = []
        self.vfs.subscribe(self.published.append)

    def teardown(self) -> None:
        self._stack.close()

    # -- acting ----------------------------------------------------------------------------------

    @rule(name=files, data=contents, replace=st.booleans())
    def write(self, name: str, data: bytes, replace: bool) -> None:
        if self._is_refused_slowly(name):
            return
        with contextlib.suppress(StorageError):
            place = self.bench.at(name)
            shown = self.vfs.stat(place, fresh=True) if replace else None
            with self.vfs.open_write(place, Hints(size=len(data), replaces=shown)) as writer:
                writer.write(data)
                writer.commit()

    @rule(name=files)
    def write_and_abort(self, name: str) -> None:
        with (
            contextlib.suppress(StorageError),
            self.vfs.open_write(self.bench.at(name)) as writer,
        ):
            writer.write(b"half")

    @rule(name=directories)
    def mkdir(self, name: str) -> None:
        with contextlib.suppress(StorageError):
            self.vfs.mkdir(self.bench.at(name))

    @rule(name=places)
    def delete(self, name: str) -> None:
        with contextlib.suppress(StorageError):
            self.vfs.delete(self.bench.at(name))

    @rule(names=st.lists(files, min_size=1, max_size=4, unique=True))
    def delete_many(self, names: list[str]) -> None:
        facet = self.bench.storage.facets.delete_many
        if facet is None:
            return
        items = [self.bench.at(name) for name in names]

        def act(_storage: object) -> _Removals:
            removals = tuple(facet.delete_many([(item, None) for item in items]))
            return _Removals(removals, around(*items))

        self.vfs.apply(act, *items)

    @rule(source=places, to=places, replace=st.booleans())
    def rename(self, source: str, to: str, replace: bool) -> None:
        facet = self.bench.storage.facets.rename
        if facet is None:
            return
        here, there = self.bench.at(source), self.bench.at(to)
        with contextlib.suppress(StorageError):
            shown = self.vfs.stat(there, fresh=True) if replace else None
            self.vfs.apply(lambda _s: facet.rename(here, there, replaces=shown), here, there)

    @rule(source=files, to=files, replace=st.booleans())
    def server_copy(self, source: str, to: str, replace: bool) -> None:
        facet = self.bench.storage.facets.server_copy
        if facet is None or self._is_refused_slowly(to):
            return
        here, there = self.bench.at(source), self.bench.at(to)
        with contextlib.suppress(StorageError):
            entry = self.vfs.stat(here, fresh=True)
            shown = self.vfs.stat(there, fresh=True) if replace else None
            hints = Hints(replaces=shown)
            self.vfs.apply(lambda _s: facet.copy(here, entry, there, hints, Work()), there)

    @rule(name=directories)
    def delete_tree(self, name: str) -> None:
        facet = self.bench.storage.facets.delete_tree
        if facet is None:
            return
        place = self.bench.at(name)
        with contextlib.suppress(StorageError):
            self.vfs.apply(
                lambda _s: facet.delete_tree(place, Work(), lambda _r: None, lambda _p: False),
                place,
            )

    @rule(name=files, data=contents)
    def somebody_else_writes(self, name: str, data: bytes) -> None:
        if self._fits(name):
            self.bench.ground.write(name, data)
            self._somebody_else_changed(name)

    @rule(name=files)
    def somebody_else_deletes(self, name: str) -> None:
        if name in self.bench.ground.names():
            self.bench.ground.remove(name)
            self._somebody_else_changed(name)

    def _fits(self, name: str) -> bool:
        """Whether the ground can take a file there: a disk has one thing of a name."""
        if not self.one_name:
            return True
        there = self.bench.ground.names()
        parents = [name[:cut] for cut, letter in enumerate(name) if letter == "/"]
        if any(parent in there for parent in parents):
            return False
        return not any(other.startswith(name + "/") for other in there)

    def _is_refused_slowly(self, name: str) -> bool:
        """A server that has a fault with clashing names is asked again and again: leave it alone."""
        return self.bench.top.root.style is Style.KEY and not self._fits(name)

    def _somebody_else_changed(self, name: str) -> None:
        place = self.bench.at(name)
        self.vfs.touch(*[p for p in place.ancestors() if p == self.bench.top or self._inside(p)])

    def _inside(self, place: Location) -> bool:
        return self.bench.top.holds(place)

    # -- the truth -------------------------------------------------------------------------------

    @invariant()
    def every_listing_shown_is_true(self) -> None:
        truth = self.bench.ground.names()
        for directory in EVERYWHERE:
            # what is not known is asked for, and then has to stay right through the next act
            try:
                shown = self.vfs.scan(self.bench.at(directory))
            except (NotFound, NotDirectory):
                shown = None
            assert (shown is not None) == self._is_directory(directory, truth), (
                f"{directory!r} is told as {shown}"
            )
            if shown is not None:
                self._check(shown, directory, truth)

    def _check(self, shown: Listing, directory: str, truth: dict[str, int]) -> None:
        rows = {(entry.name, entry.is_directory) for entry in shown.entries}
        assert rows == (self.bench.ground.rows(directory) or set()), (
            f"stale listing of {directory!r}"
        )
        for entry in shown.entries:
            if not entry.is_directory:
                assert entry.size == truth[directory + entry.name], f"stale size of {entry.name!r}"

    @staticmethod
    def _is_directory(directory: str, truth: dict[str, int]) -> bool:
        return not directory or any(name.startswith(directory) for name in truth)

    @invariant()
    def every_fact_told_is_true(self) -> None:
        truth = self.bench.ground.names()
        for name in (*FILES, *DIRECTORIES):
            try:
                entry = self.vfs.stat(self.bench.at(name))
            except (NotFound, NotDirectory):
                entry = None
            assert (entry is not None) == self._is_there(name, truth), (
                f"{name!r} is told as {entry}"
            )
            if entry is not None and not entry.is_directory:
                assert entry.size == truth[name.rstrip("/")], f"stale size of {name!r}"

    def _is_there(self, name: str, truth: dict[str, int]) -> bool:
        if self.bench.top.root.style is Style.KEY:
            return name in truth or (name.endswith("/") and self._is_directory(name, truth))
        bare = name.rstrip("/")
        return bare in truth or bare + "/" in truth


@pytest.mark.slow
def test_what_is_shown_is_what_is_there(rig: Rig, request: pytest.FixtureRequest) -> None:
    class MachineOfThisRig(Machine):
        pass

    MachineOfThisRig.opener = staticmethod(lambda: rig.open(request))
    MachineOfThisRig.one_name = rig.one_name or "real_directories" in rig.facts
    # where an act costs requests, a failure is shown as it was met, not sought in its shortest form
    local = rig.scheme != "s3"
    run_state_machine_as_test(
        MachineOfThisRig,
        settings=settings(
            max_examples=rig.examples,
            stateful_step_count=rig.steps,
            deadline=None,
            database=None,
            print_blob=False,
            phases=(Phase.generate, Phase.shrink) if local else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
