"""Whoever swaps a directory for a link while a job runs never leads the job out of its trees.

First each step with the swap exactly before it, then a thread that swaps all the time: it must never find
anything changed in the tree it points to, nor anything of it copied.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.machine import mounted
from tests.ops.local_disk import Untouched, carry, context, ended, temporary
from tfm.model.conflict import Answer
from tfm.model.errors import AlreadyExists, Denied, StorageError, TooLate
from tfm.model.location import local
from tfm.ops import remove
from tfm.ops.context import Meter, OpContext, Outcome, Report
from tfm.ops.plan import pick
from tfm.storage.local.syscalls import REAL

BOTH = pytest.mark.parametrize("move", [False, True], ids=["copy", "move"])
OUTSIDE = b"of the tree outside"


def fill(tree: Path, data: bytes) -> None:
    """`sub/file`, `sub/twin` (one file), `sub/link`, `sub/deep/below`, `sub/deep/empty/`."""
    (tree / "sub" / "deep" / "empty").mkdir(parents=True)
    for name in ("sub/file", "sub/deep/below"):
        (tree / name).write_bytes(data)
    os.link(tree / "sub" / "file", tree / "sub" / "twin")
    (tree / "sub" / "link").symlink_to("file")


@dataclass(frozen=True)
class Scene:
    """A tree to carry, where it goes, and a tree of the same names that is nobody's business."""

    tree: Path
    to: Path
    outside: Path
    aside: Path
    untouched: Untouched

    def swap(self, top: Path, name: str) -> None:
        """Put a link to the directory of that name outside in the place of `top/name`."""
        (top / name).rename(self.aside)
        (top / name).symlink_to(self.outside / name)

    def places(self, name: str) -> list[Path]:
        """Where something of that name stands now, of the trees that are ours."""
        return [
            Path(here) / name
            for top in (self.tree, self.to, self.aside)
            for here, folders, files in os.walk(top)
            if name in (*folders, *files)
        ]

    def check(self) -> None:
        """Nothing outside was changed, and nothing of it was carried."""
        self.untouched.check()
        for folder in (self.tree, self.to, self.aside):
            for here, _folders, files in os.walk(folder):
                for name in files:
                    path = Path(here) / name
                    assert path.is_symlink() or OUTSIDE not in path.read_bytes(), path
        assert temporary(self.tree, self.to, self.aside, self.outside) == []


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    fill(tmp_path / "tree", b"of the tree")
    fill(tmp_path / "outside", OUTSIDE)
    (tmp_path / "outside" / "sub").chmod(0o700)
    (tmp_path / "to" / "tree").mkdir(parents=True)  # a merge: files are carried one by one
    outside = tmp_path / "outside"
    return Scene(
        tmp_path / "tree", tmp_path / "to", outside, tmp_path / "aside", Untouched(outside)
    )


class Acting(Meter):
    """Acts as soon as the plan has so many items: between two listings of a walk."""

    def __init__(self, items: int, act: Callable[[], object]) -> None:
        super().__init__()
        self._left = items
        self._act = act

    def plan(self, items: int, size: int) -> None:
        super().plan(items, size)
        self._left -= items
        if self._left == 0:
            self._act()


@BOTH
def test_between_two_listings(scene: Scene, move: bool) -> None:
    ctx = context()
    meter = Acting(2, lambda: scene.swap(scene.tree, "sub"))  # `tree` and `sub` are known
    report = carry(OpContext(ctx.vfs, meter=meter), scene.tree, scene.to, move=move)
    assert isinstance(ended(report)["sub"].error, TooLate), report.items
    assert "taken its place" in ended(report)["sub"].reason
    assert sorted(ended(report)) == ["sub", "tree"]
    assert len(list(scene.aside.iterdir())) == 4
    scene.check()


def when_made(scene: Scene, ctx: OpContext, made: Path, act: Callable[[], object]) -> None:
    """Act as soon as the job has made that directory."""
    acted: list[bool] = []

    def listener(_change: object) -> None:
        if not acted and made.is_dir():
            acted.append(True)
            act()

    ctx.vfs.subscribe(listener)


@BOTH
def test_between_a_directory_and_the_one_in_it(scene: Scene, move: bool) -> None:
    ctx, made = context(answer=Answer.OVERWRITE), scene.to / "tree" / "sub"
    when_made(scene, ctx, made, lambda: scene.swap(scene.to / "tree", "sub"))
    report = carry(ctx, scene.tree, scene.to, move=move)
    items = {item.source.key.removeprefix(f"{scene.tree}/"): item for item in report.items}
    for name in ("sub/deep", "sub/file", "sub/twin"):
        assert items[name].outcome is Outcome.FAILED
        assert isinstance(items[name].error, TooLate), items[name]
    for name in ("sub/deep/below", "sub/link"):  # a link replaces nothing, wherever it seems to be
        assert items[name].outcome is Outcome.FAILED
    assert list(scene.aside.iterdir()) == []
    assert len(list((scene.tree / "sub").iterdir())) == 4
    scene.check()


@BOTH
@pytest.mark.parametrize("side", ["source", "destination"])
@pytest.mark.parametrize("name", ["sub", "sub/deep"])
@pytest.mark.parametrize("items", range(1, 8))
def test_after_so_many_items(scene: Scene, move: bool, side: str, name: str, items: int) -> None:
    """Before each file, link and further name, then before attributes and removal of each directory."""
    top = scene.tree if side == "source" else scene.to / "tree"
    base = context(answer=Answer.OVERWRITE)
    left = [items]

    def on_item(_item: object) -> None:
        left[0] -= 1
        if left[0] == 0 and (top / name).exists():  # a move has removed it by the end
            scene.swap(top, name)

    ctx = OpContext(base.vfs, resolver=base.resolver, on_item=on_item)
    report = carry(ctx, scene.tree, scene.to, move=move)
    assert len({item.source for item in report.items}) == len(report.items) == 8
    scene.check()
    for kept in ("file", "twin", "link", "below"):
        assert scene.places(kept), f"{kept} is gone"


def test_a_link_to_a_directory_is_never_entered_as_one(scene: Scene) -> None:
    """As `cp` does: an earlier copy may have planted it."""
    (scene.to / "tree" / "sub").symlink_to(scene.outside / "sub")
    ctx = context(answer=Answer.OVERWRITE)
    report = carry(ctx, scene.tree, scene.to)
    told = ended(report)["sub"]
    assert isinstance(told.error, AlreadyExists)
    assert "A symbolic link named sub is in the way" in told.reason
    assert ended(report)["tree"].outcome is Outcome.DONE
    assert {item.outcome for item in report.items} == {Outcome.FAILED, Outcome.DONE}
    scene.check()
    # the directory that the user chose may be a link
    (scene.aside).mkdir()
    (scene.to / "chosen").symlink_to(scene.aside)
    assert carry(context(), scene.tree, scene.to / "chosen").all_done
    assert (scene.aside / "tree" / "sub" / "twin").read_bytes() == b"of the tree"


ROUNDS = 100


@contextmanager
def swapping(directory: Path, parked: Path, to: Path) -> Iterator[list[int]]:
    """A thread that swaps a directory and a link to another all the time, each swap in one step."""
    parked.symlink_to(to)
    stop = threading.Event()
    swaps = [0]
    parent = os.open(directory.parent, os.O_RDONLY)

    def swap() -> None:
        while not stop.is_set():
            try:
                REAL.exchange(parent, directory.name, os.path.relpath(parked, directory.parent))
            except FileNotFoundError:
                continue  # the job has removed it by now
            swaps[0] += 1

    thread = threading.Thread(target=swap)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        yield swaps
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
        os.close(parent)


def delete(scene: Scene) -> Report:
    ctx = context()
    return remove.remove(ctx, pick(ctx, [local(scene.tree)]))


ACTS: dict[str, tuple[str, Callable[[Scene], Report]]] = {
    "copy from it": ("source", lambda scene: carry(context(), scene.tree, scene.to)),
    "copy into it": (
        "destination",
        lambda scene: carry(context(answer=Answer.OVERWRITE), scene.tree, scene.to),
    ),
    "move from it": ("source", lambda scene: carry(context(), scene.tree, scene.to, move=True)),
    "move into it": (
        "destination",
        lambda scene: carry(context(answer=Answer.OVERWRITE), scene.tree, scene.to, move=True),
    ),
    "delete": ("source", delete),
}


@pytest.mark.parametrize("act", ACTS)
def test_while_somebody_swaps_all_the_time(scene: Scene, tmp_path: Path, act: str) -> None:
    side, run = ACTS[act]
    total = 0
    for number in range(ROUNDS):
        name = ("sub", "sub/deep")[number % 2]
        top = scene.tree if side == "source" else scene.to / "tree"
        (top / name).mkdir(parents=True, exist_ok=True)
        parked = tmp_path / "parked"
        with swapping(top / name, parked, scene.outside / name) as swaps:
            try:
                run(scene)
            except StorageError as error:  # refused as a whole is refused
                assert isinstance(error, TooLate | Denied), error
        total += swaps[0]
        scene.untouched.check()
        if parked.is_symlink():
            parked.unlink()
        else:
            parked.rename(scene.aside)
        scene.check()
        for folder in (scene.tree, scene.to, scene.aside):
            if folder.exists():
                shutil.rmtree(folder)
        fill(scene.tree, b"of the tree")
        (scene.to / "tree").mkdir(parents=True)
    assert total > ROUNDS, "the swaps never met the job"


# -- mounts -------------------------------------------------------------------------------------------


def test_a_delete_stops_at_what_is_mounted_inside(scene: Scene) -> None:
    with mounted(scene.tree / "sub" / "deep" / "disk") as disk:
        (disk / "theirs").write_bytes(b"on another disk")
        report = delete(scene)
        (failed,) = [item for item in report.failures if item.source == local(disk)]
        assert isinstance(failed.error, Denied)
        assert "mounted there" in failed.reason and "Unmount it" in failed.reason
        assert (disk / "theirs").read_bytes() == b"on another disk"
        left = sorted(path.name for path in scene.tree.rglob("*"))
        assert left == ["deep", "disk", "sub", "theirs"]
    scene.check()


def test_a_move_copies_what_is_mounted_inside_and_names_the_mount(scene: Scene) -> None:
    """As `mv`: each file there is proved and removed, the mount itself is nobody's to remove."""
    with mounted(scene.tree / "sub" / "deep" / "disk") as disk:
        (disk / "theirs").write_bytes(b"on another disk")
        report = carry(context(), scene.tree, scene.to, move=True)
        told = ended(report)["disk"]
        assert told.outcome is Outcome.FAILED
        assert "mounted there" in told.reason and "unmount" in told.reason
        assert disk.is_mount()
    copied = scene.to / "tree" / "sub" / "deep" / "disk" / "theirs"
    assert copied.read_bytes() == b"on another disk"
    scene.check()
