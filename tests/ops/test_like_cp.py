"""A copy is what `cp -a` makes, a move across devices what `mv` leaves: compared name by name."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.machine import mounted
from tests.fakes.rich_tree import SPECIAL, access_list, build, set_access_list
from tests.fakes.tree_differ import Difference, differences, facts_of_tree
from tests.ops.local_disk import carry
from tfm.jobs.lane import Lane
from tfm.ops.context import OpContext, Outcome, Report
from tfm.storage.vfs import Vfs

NEEDS_GNU = "needs GNU cp and mv"


def gnu(*command: str | Path) -> None:
    """Run `cp` or `mv` of the GNU coreutils, which are the measure."""
    program = shutil.which(str(command[0]))
    told = subprocess.run(
        [program or "false", "--version"], capture_output=True, text=True, check=False, timeout=20
    )
    if "GNU coreutils" not in told.stdout:
        pytest.skip(NEEDS_GNU)
    subprocess.run([program, *command[1:]], check=True, timeout=60)  # type: ignore[list-item]


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system on another device than `tmp_path`."""
    with mounted(tmp_path / "disk") as path:
        yield path


@pytest.fixture(params=[False, True], ids=["one by one", "at once"])
def ctx(request: pytest.FixtureRequest) -> Iterator[OpContext]:
    """One item after the other, and several at once."""
    lane = Lane("test", 4)
    yield OpContext(Vfs(), fan_out=lane.fan_out) if request.param else OpContext(Vfs())
    lane.close()


def left_out(found: list[Difference], top: Path) -> list[Difference]:
    """The differences that are no design. Declared: FIFOs, sockets and devices have no bytes; making
    another one under the same name would promise a connection that is not there.
    """
    special = {name for name in SPECIAL if os.path.lexists(top / os.fsdecode(name))}
    declared = {one.name for one in found if one.aspect == "missing" and one.name in special}
    assert declared == special
    return [one for one in found if one.name not in declared]


def skipped(report: Report, top: Path) -> set[bytes]:
    return {
        os.fsencode(item.source.key).removeprefix(os.fsencode(top) + b"/")
        for item in report.items
        if item.outcome is Outcome.SKIPPED
    }


def test_a_copy_is_what_cp_makes(tmp_path: Path, ctx: OpContext) -> None:
    source = tmp_path / "tree"
    build(source)
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    before = facts_of_tree(source)
    gnu("cp", "-a", source, tmp_path / "theirs")
    assert facts_of_tree(source) == before
    report = carry(ctx, source, tmp_path / "ours")
    found = differences(tmp_path / "theirs" / "tree", tmp_path / "ours" / "tree")
    assert left_out(found, source) == []
    assert left_out(differences(source, tmp_path / "ours" / "tree"), source) == []
    assert facts_of_tree(source) == before
    assert skipped(report, source) == {
        n for n in SPECIAL if os.path.lexists(source / os.fsdecode(n))
    }
    assert report.failures == []
    assert {item.note for item in report.items} == {""}


def test_a_copy_into_a_directory_that_passes_its_rights_on(tmp_path: Path, ctx: OpContext) -> None:
    """What the directory would give new files is not what the copied ones had."""
    source = tmp_path / "tree"
    build(source)
    heirs = access_list(user=7, group=7, mask=7, named=(1234, 7))
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
        if not set_access_list(tmp_path / name, heirs, default=True):
            pytest.skip("needs a disk with access lists")
        (tmp_path / name).chmod(0o2777)
    gnu("cp", "-a", source, tmp_path / "theirs")
    assert carry(ctx, source, tmp_path / "ours").failures == []
    assert left_out(differences(source, tmp_path / "ours" / "tree"), source) == []
    # declared: cp leaves directories the set-gid bit that they got from above; ours are as the source
    for one in left_out(
        differences(tmp_path / "theirs" / "tree", tmp_path / "ours" / "tree"), source
    ):
        assert one.aspect == "mode"
        assert isinstance(one.one, int) and one.one & ~stat.S_ISGID == one.other


def test_a_copy_into_a_tree_that_is_there(tmp_path: Path, ctx: OpContext) -> None:
    source = tmp_path / "tree"
    build(source)
    for name in ("theirs", "ours"):
        old = tmp_path / name / "tree"
        (old / "rights" / "attributed").mkdir(parents=True)
        (old / "rights" / "attributed" / "kept").write_bytes(b"was there before")
        (old / "rights").chmod(0o700)
        os.setxattr(old / "rights" / "attributed", "user.older", b"1")
        set_access_list(old / "rights", access_list(user=7, group=0, mask=7, named=(9, 7)))
        os.utime(old / "rights" / "attributed" / "kept", ns=(1, 1))
    gnu("cp", "-a", source, tmp_path / "theirs")
    assert carry(ctx, source, tmp_path / "ours").failures == []
    found = differences(tmp_path / "theirs" / "tree", tmp_path / "ours" / "tree")
    assert left_out(found, source) == []


def test_a_move_to_another_device_is_what_mv_makes(
    tmp_path: Path, other_disk: Path, ctx: OpContext
) -> None:
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
        (other_disk / name).mkdir()
        build(tmp_path / name / "tree")
    before = facts_of_tree(tmp_path / "ours" / "tree")
    gnu("mv", tmp_path / "theirs" / "tree", other_disk / "theirs")
    report = carry(ctx, tmp_path / "ours" / "tree", other_disk / "ours", move=True)
    found = differences(other_disk / "theirs" / "tree", other_disk / "ours" / "tree")
    special = {one.name for one in found if one.aspect == "missing"}
    assert special == SPECIAL & before.keys()
    assert [one for one in found if one.name not in special] == []
    # what is not carried stays where it was, and so does every directory above it
    assert set(facts_of_tree(tmp_path / "ours")) == {b".", b"tree", b"tree/odd"} | {
        b"tree/" + name for name in special
    }
    assert skipped(report, tmp_path / "ours" / "tree") == special | {
        b"odd",
        os.fsencode(tmp_path / "ours" / "tree"),
    }
    assert report.failures == []


def test_a_move_of_regular_things_leaves_nothing(tmp_path: Path, other_disk: Path) -> None:
    build(tmp_path / "tree")
    for name in SPECIAL:
        (tmp_path / "tree" / os.fsdecode(name)).unlink(missing_ok=True)
    before = facts_of_tree(tmp_path / "tree")
    report = carry(OpContext(Vfs()), tmp_path / "tree", other_disk, move=True)
    assert report.all_done
    assert not os.path.lexists(tmp_path / "tree")
    after = facts_of_tree(other_disk / "tree")
    assert after.keys() == before.keys()
    assert [
        n for n in before if replace(after[n], allocated=0) != replace(before[n], allocated=0)
    ] == []
