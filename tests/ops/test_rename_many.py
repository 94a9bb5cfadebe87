"""Bulk rename: any permutation, no thing lost whatever fails or ends it, and back again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.conftest import Place, World, disk, key
from tfm.jobs.journal import JournalFile, read
from tfm.jobs.recorder import JobRecorder, past_of
from tfm.model.cancel import CancelToken
from tfm.model.errors import AlreadyExists, Denied
from tfm.model.location import Location, local
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.plan import Picked
from tfm.ops.rename_many import THIRD_NAME, new_spare, rename_many, taken_back
from tfm.ops.rename_plan import State, Wanted, judge
from tfm.storage.vfs import Vfs

PLACES = [key, disk]


def top_of(place: Place) -> Location:
    return place("bucket/") if place is key else place("/bucket")


def filled(place: Place, names: Mapping[str, bool]) -> tuple[World, Location]:
    """A world where every file holds its own name, and every directory a file that does."""
    world, top = World(), top_of(place)
    world.directory(top)
    for name, directory in names.items():
        if directory:
            world.write(top.child(name, directory=True).child("in"), name.encode())
        else:
            world.write(top.child(name), name.encode())
    return world, top


def held(world: World, top: Location) -> dict[str, str]:
    """Which thing has which name now."""
    tree = world.tree(top)
    assert not any(THIRD_NAME in name for name in tree), "a third name stayed"
    return {
        name.removesuffix("/in"): content.decode()
        for name, content in tree.items()
        if content is not None
    }


def picked_of(world: World, top: Location, names: Mapping[str, bool]) -> list[Picked]:
    return world.pick(*(top.child(name, directory=directory) for name, directory in names.items()))


names_in = st.dictionaries(st.sampled_from("abcdefgh"), st.booleans(), min_size=1, max_size=6)


@st.composite
def plans(draw: st.DrawFn) -> tuple[dict[str, bool], dict[str, str]]:
    """Things that are there, and another name for some of them: free ones, and those of each other."""
    names = draw(names_in)
    chosen = draw(st.lists(st.sampled_from(sorted(names)), unique=True, min_size=1))
    free = [*chosen, *"uvwxyz"]
    targets = draw(st.permutations(free))[: len(chosen)]
    wanted = {old: new for old, new in zip(chosen, targets, strict=True) if old != new}
    return names, wanted


def after(names: Mapping[str, bool], wanted: Mapping[str, str]) -> dict[str, str]:
    return {wanted.get(name, name): name for name in names}


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=40, deadline=None)
@given(plan=plans())
def test_any_permutation_and_back_again(place: Place, plan: Any) -> None:
    names, wanted = plan
    if not wanted:
        return
    world, top = filled(place, names)
    picked = picked_of(world, top, {name: names[name] for name in wanted})
    ctx = world.context()
    report = rename_many(ctx, picked, list(wanted.values()), new_spare(), again=False)
    assert report.all_done
    assert sorted(item.source.name for item in report.items) == sorted(wanted)
    assert held(world, top) == after(names, wanted)
    back, olds = taken_back(ctx, picked, report)
    assert len(back) == len(wanted)
    assert rename_many(ctx, back, olds, new_spare(), again=False).all_done
    assert held(world, top) == {name: name for name in names}


class Killed(BaseException):
    """The process ends here."""


class Mortal(Vfs):
    """Ends, or fails, at its n-th change: before it, or just behind it."""

    def arm(self, at: int, *, behind: bool, error: Callable[[], BaseException]) -> None:
        self._left, self._behind, self._error = at, behind, error

    @contextmanager
    def _act(self) -> Iterator[None]:
        self._left -= 1
        if self._left == 0 and not self._behind:
            raise self._error()
        yield
        if self._left == 0:
            raise self._error()

    _left, _behind = 0, False

    def apply(self, *args: Any, **options: Any) -> Any:
        with self._act():
            return super().apply(*args, **options)

    def delete(self, *args: Any, **options: Any) -> Any:
        with self._act():
            return super().delete(*args, **options)

    def mkdir(self, *args: Any, **options: Any) -> Any:
        with self._act():
            return super().mkdir(*args, **options)


CIRCLE = {"a": "b", "b": "c", "c": "a"}
SHIFT = {"a": "b", "b": "c", "c": "d"}


@pytest.mark.parametrize("directories", [False, True])
@pytest.mark.parametrize("wanted", [CIRCLE, SHIFT], ids=["circle", "shift"])
@pytest.mark.parametrize("place", PLACES)
def test_killed_at_any_moment_it_is_taken_up(
    place: Place, wanted: dict[str, str], directories: bool, tmp_path: Path
) -> None:
    names = dict.fromkeys("abc", directories)
    deaths = 0
    for at, behind in itertools.product(range(1, 60), (False, True)):
        world, top = filled(place, names)
        vfs = Mortal(storages=world.storages)
        picked = picked_of(world, top, names)
        order = Order(
            "rename", tuple(picked), names=tuple(wanted[n] for n in names), spare=new_spare()
        )
        file = JournalFile.create(tmp_path)
        vfs.arm(at, behind=behind, error=Killed)
        try:
            order.run(OpContext(vfs, recorder=JobRecorder.begin(file, "t", order, "")))
        except Killed:
            deaths += 1
        else:
            break
        file.close()
        past = past_of(read(file.path))
        assert past is not None
        assert past.order == order
        report = past.order.run_again(
            OpContext(Vfs(storages=world.storages), recorder=JobRecorder(order, past=past))
        )
        assert report.all_done, (at, behind, report.failures)
        assert sorted(item.source.name for item in report.items) == sorted(names)
        assert held(world, top) == after(names, wanted), (at, behind)
    assert deaths >= 6


@pytest.mark.parametrize("directories", [False, True])
@pytest.mark.parametrize("wanted", [CIRCLE, SHIFT], ids=["circle", "shift"])
@pytest.mark.parametrize("place", PLACES)
def test_what_fails_is_told_and_nothing_is_lost(
    place: Place, wanted: dict[str, str], directories: bool
) -> None:
    names = dict.fromkeys("abc", directories)
    failed = 0
    for at, behind in itertools.product(range(1, 60), (False, True)):
        world, top = filled(place, names)
        vfs = Mortal(storages=world.storages)
        picked = picked_of(world, top, names)
        vfs.arm(at, behind=behind, error=lambda: Denied("You may not."))
        report = rename_many(
            OpContext(vfs), picked, [wanted[n] for n in names], new_spare(), again=False
        )
        assert len(report.items) == len(names)
        if report.all_done:
            assert held(world, top) == after(names, wanted)
            if not vfs._left > 0:
                continue
            break
        failed += 1
        now = held(world, top)
        if place is disk:
            assert sorted(now.values()) == sorted(names), (at, behind)
        assert set(now.values()) == set(names), (at, behind, now, [i.reason for i in report.items])
        done = {i.source.name: i.destination for i in report.items if i.outcome is Outcome.DONE}
        for name, target in done.items():
            assert target is not None
            assert now[target.name] == name
        if wanted is CIRCLE and len(now) == len(names):
            assert now == {name: name for name in names}, "a circle is walked whole or not at all"
    assert failed >= 3


@pytest.mark.parametrize("place", PLACES)
def test_cancelled_in_a_circle_it_goes_back(place: Place) -> None:
    names = dict.fromkeys("abc", False)
    world, top = filled(place, names)
    cancel = CancelToken()

    class Cancels(Vfs):
        def apply(self, *args: Any, **options: Any) -> Any:
            done = super().apply(*args, **options)
            cancel.cancel()
            return done

    ctx = OpContext(Cancels(storages=world.storages), cancel=cancel)
    picked = picked_of(world, top, names)
    report = rename_many(ctx, picked, ["b", "c", "a"], new_spare(), again=False)
    assert {item.outcome for item in report.items} == {Outcome.CANCELLED}
    assert held(world, top) == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize("directory", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_a_name_that_was_taken_meanwhile_is_not_replaced(place: Place, directory: bool) -> None:
    names = dict.fromkeys("ab", directory)
    world, top = filled(place, names)
    picked = picked_of(world, top, names)
    world.write(top.child("x", directory=True).child("in") if directory else top.child("x"), b"new")
    report = rename_many(world.context(), picked, ["b", "x"], new_spare(), again=False)
    assert [type(item.error) for item in report.items] == [AlreadyExists, type(None)]
    assert "kept its name" in report.items[1].reason
    assert held(world, top) == {"a": "a", "b": "b", "x": "new"}


def test_another_file_under_the_old_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("shown")
    vfs = Vfs()
    ctx = OpContext(vfs)
    picked = [vfs.resolve(local(tmp_path / "a"), fresh=True)]
    (tmp_path / "other").write_text("another")
    (tmp_path / "other").replace(tmp_path / "a")
    report = rename_many(ctx, picked, ["b"], new_spare(), again=False)
    assert "no longer what was to be renamed" in report.items[0].reason
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_real_disk_with_links_and_hard_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    (tmp_path / "l").symlink_to("nowhere")
    (tmp_path / "d").mkdir()
    ctx = OpContext(Vfs())
    olds, news = ["a", "b", "l", "d"], ["b", "l", "d", "a"]
    picked = [ctx.vfs.resolve(local(tmp_path / name), fresh=True) for name in olds]
    report = rename_many(ctx, picked, news, new_spare(), again=False)
    assert report.all_done, report.failures
    assert (tmp_path / "a").is_dir()
    assert (tmp_path / "d").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "d", "l"]


def test_what_changed_since_is_not_taken_back(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    ctx = OpContext(Vfs())
    picked = [ctx.vfs.resolve(local(tmp_path / name), fresh=True) for name in "ab"]
    report = rename_many(ctx, picked, ["x", "y"], new_spare(), again=False)
    (tmp_path / "y").unlink()
    (tmp_path / "y").write_text("somebody else's")
    things, names = taken_back(ctx, picked, report)
    assert ([place.name for place, _ in things], names) == (["x"], ["a"])


def test_an_order_keeps_others_out_of_its_directory(world: World) -> None:
    world.write(disk("/d/a"))
    order = Order("rename", tuple(world.pick(disk("/d/a"))), names=("b",), spare=new_spare())
    assert order.places == (disk("/d"),)
    assert replace(order, names=(), name="b").places == (disk("/d/a"),)


# -- before anything is done -------------------------------------------------------------------------


def states(place: Place, olds: str, news: list[str], there: str = "") -> list[str]:
    names = dict.fromkeys([*olds, *there], False)
    world, top = filled(place, names)
    picked = picked_of(world, top, dict.fromkeys(olds, False))
    others = {top.child(name) for name in names}
    refuses = world.vfs.features(top).refuses
    return [v.state.value for v in judge(picked, [Wanted(n) for n in news], others, refuses)]


@pytest.mark.parametrize("place", PLACES)
def test_the_four_states(place: Place) -> None:
    assert states(place, "ab", ["b", "a"]) == ["OK", "OK"]
    assert states(place, "abc", ["b", "c", "x"]) == ["OK"] * 3
    assert states(place, "ab", ["b", "b"]) == ["CONFLICT", "UNCHANGED"]
    assert states(place, "ab", ["x", "x"]) == ["CONFLICT", "CONFLICT"]
    assert states(place, "a", ["z"], there="z") == ["CONFLICT"]
    for bad in ("", ".", "..", "a/b", "\0"):
        assert states(place, "a", [bad]) == ["INVALID"], bad


def test_a_name_that_the_storage_refuses_is_invalid(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    vfs = Vfs()
    picked = [vfs.resolve(local(tmp_path / "a"), fresh=True)]
    refuses = vfs.features(picked[0][0]).refuses
    verdict = judge(picked, [Wanted("n" * 300)], set(), refuses)[0]
    assert verdict.state is State.INVALID
    assert verdict.reason
    told = judge(picked, [Wanted("", fault="no time")])[0]
    assert (told.state, told.reason) == (State.INVALID, "no time")


def test_the_report_is_of_the_usual_kind(world: World) -> None:
    world.write(disk("/d/a"))
    seen: list[ItemResult] = []
    ctx = replace(world.context(), on_item=seen.append)
    report: Report = rename_many(ctx, world.pick(disk("/d/a")), ["b"], new_spare(), again=False)
    assert report.items == seen
    assert report.items[0].destination == disk("/d/b")
    totals = ctx.meter.totals()
    assert (totals.items_done, totals.items_total) == (1, 1)
