"""Names of one file stay names of one file, and of nothing else."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ops.local_disk import carry, context, ended, outcomes, temporary
from tfm.jobs.lane import Lane
from tfm.model.conflict import Answer
from tfm.model.errors import Cancelled, TooLate
from tfm.ops.context import ItemResult, OpContext, Outcome
from tfm.storage.local.syscalls import System


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """`a` and `b` with names of two files, three and two each; an empty `to`."""
    for name in ("a", "b", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "1").write_bytes(b"one file")
    (tmp_path / "a" / "x").write_bytes(b"another")
    for name in ("a/2", "b/3"):
        os.link(tmp_path / "a" / "1", tmp_path / name)
    os.link(tmp_path / "a" / "x", tmp_path / "b" / "y")
    return tmp_path


def inodes(*paths: Path) -> list[int]:
    return [path.lstat().st_ino for path in paths]


@pytest.mark.parametrize("workers", [0, 4])
def test_groups_across_what_was_picked(here: Path, workers: int) -> None:
    lane = Lane("test", 4)
    ctx = context()
    if workers:
        ctx = OpContext(ctx.vfs, fan_out=lane.fan_out)
    report = carry(ctx, [here / "a", here / "b"], here / "to")
    lane.close()
    assert report.all_done
    to = here / "to"
    assert len(set(inodes(to / "a/1", to / "a/2", to / "b/3"))) == 1
    assert len(set(inodes(to / "a/x", to / "b/y"))) == 1
    assert (to / "a/1").stat().st_nlink == 3
    assert (to / "b/3").read_bytes() == b"one file"
    assert (here / "a/1").stat().st_nlink == 3
    totals = ctx.meter.totals()
    assert (totals.items_done, totals.bytes_done) == (totals.items_total, totals.bytes_total)


def test_one_name_of_many_is_a_file_of_its_own(here: Path) -> None:
    assert carry(context(), here / "b" / "3", here / "to").all_done
    assert (here / "to" / "3").stat().st_nlink == 1
    assert carry(context(), here / "a" / "1", here / "to").all_done  # another job, another file
    assert (here / "to" / "3").stat().st_nlink == 1


class NoLinks(System):
    """A disk that knows one name for each file."""

    def __init__(self, code: int) -> None:
        self.code = code

    def link(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize("code", [errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EXDEV])
def test_where_there_are_no_hard_links_each_name_is_a_file(here: Path, code: int) -> None:
    report = carry(context(NoLinks(code)), [here / "a", here / "b"], here / "to")
    assert report.all_done
    for name in ("a/1", "a/2", "b/3"):
        assert (here / "to" / name).read_bytes() == b"one file"
        assert (here / "to" / name).stat().st_nlink == 1
    assert temporary(here) == []


class FailsFirst(System):
    """The first copies do not reach the disk."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def close(self, fd: int) -> None:
        super().close(fd)
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EIO, "Input/output error")


def test_after_a_failure_the_next_name_is_copied_and_the_rest_linked_to_it(here: Path) -> None:
    (here / "a" / "x").unlink()
    (here / "b" / "y").unlink()
    os.link(here / "a" / "1", here / "b" / "4")
    report = carry(context(FailsFirst(2)), [here / "a", here / "b"], here / "to")
    assert sorted(item.outcome.value for item in report.items) == ["done"] * 4 + ["failed"] * 2
    made = [path for path in (here / "to").rglob("*") if path.is_file()]
    assert len(made) == 2
    assert len(set(inodes(*made))) == 1
    assert {path.read_bytes() for path in made} == {b"one file"}
    assert temporary(here) == []


def test_a_name_that_is_taken_fails_alone(here: Path) -> None:
    """The others are copied, and are never a further name of what was there."""
    (here / "to" / "a").mkdir()
    for name in ("1", "2"):
        (here / "to" / "a" / name).write_bytes(b"theirs")
    report = carry(context(), [here / "a", here / "b"], here / "to")
    assert {name for name, item in ended(report).items() if item.outcome is Outcome.FAILED} == {
        "1",
        "2",
    }
    assert (here / "to" / "b" / "3").read_bytes() == b"one file"
    assert (here / "to" / "a" / "1").read_bytes() == b"theirs"
    assert (here / "to" / "b" / "3").stat().st_nlink == 1


def test_what_may_be_replaced_becomes_a_further_name(here: Path) -> None:
    for name in ("a", "b"):
        (here / "to" / name).mkdir()
    for name in ("a/1", "a/2", "b/3"):
        (here / "to" / name).write_bytes(b"old")
    report = carry(context(answer=Answer.OVERWRITE), [here / "a", here / "b"], here / "to")
    assert report.all_done
    assert len(set(inodes(*(here / "to" / name for name in ("a/1", "a/2", "b/3"))))) == 1
    assert (here / "to" / "b/3").read_bytes() == b"one file"
    assert temporary(here) == []


class Meddler(System):
    """Lets somebody act before the first hard link is made."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act: Callable[[], object] | None = act

    def link(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        if self.act:
            self.act()
            self.act = None
        super().link(source_dir, source, target_dir, target)


@pytest.mark.parametrize("how", ["another file", "written to", "a link"])
def test_only_the_copy_that_this_job_made_gets_further_names(here: Path, how: str) -> None:
    source, to = here / "a", here / "to"
    (source / "x").unlink()
    (to / "secret").write_bytes(b"somebody else's")

    def meddle() -> None:
        (first,) = [path for path in (to / "a").iterdir() if not path.name.startswith(".tfm-")]
        if how == "written to":
            first.write_bytes(b"ONE FILE")
            os.utime(first, ns=(5, 5))
            return
        first.unlink()
        if how == "another file":
            os.link(to / "secret", first)
        else:
            first.symlink_to(to / "secret")

    report = carry(context(Meddler(meddle)), source, to)
    assert report.all_done, report.items
    names = {path.name: path for path in (to / "a").iterdir()}
    assert sorted(names) == ["1", "2"]
    copies = [path for path in names.values() if path.read_bytes() == b"one file"]
    assert len(copies) == 1
    assert copies[0].stat().st_nlink == 1
    assert (to / "secret").stat().st_nlink == (2 if how == "another file" else 1)
    assert temporary(here) == []


def test_a_move_takes_each_source_name_after_its_own_proof(here: Path) -> None:
    """By way of a merge, so that files are carried one by one; the source changes in the middle."""
    (here / "to" / "a").mkdir()
    source = here / "a"
    (source / "x").unlink()
    ctx = context()
    seen: list[ItemResult] = []

    def change(item: ItemResult) -> None:
        if not seen:  # the first name was moved; the file has still two more
            (here / "b" / "3").write_bytes(b"written meanwhile")
            os.utime(here / "b" / "3", ns=(7, 7))
        seen.append(item)

    report = carry(OpContext(ctx.vfs, on_item=change), source, here / "to", move=True)
    first, second = seen[0], seen[1]
    assert (first.outcome, second.outcome) == (Outcome.DONE, Outcome.FAILED)
    assert isinstance(second.error, TooLate)
    left = [path.name for path in source.iterdir()]
    assert left == [second.source.name]
    assert (source / left[0]).read_bytes() == b"written meanwhile"
    assert (here / "to" / "a" / first.source.name).read_bytes() == b"one file"
    assert sorted(path.name for path in (here / "to" / "a").iterdir()) == [first.source.name]
    assert outcomes(report)["a"] is Outcome.SKIPPED


def test_a_moved_group_is_a_group(here: Path) -> None:
    for name in ("a", "b"):
        (here / "to" / name).mkdir()
    report = carry(context(), [here / "a", here / "b"], here / "to", move=True)
    assert report.all_done, report.items
    assert sorted(path.name for path in here.iterdir()) == ["to"]
    assert len(set(inodes(*(here / "to" / name for name in ("a/1", "a/2", "b/3"))))) == 1
    assert (here / "to" / "a/1").stat().st_nlink == 3


def test_a_cancel_ends_those_that_wait(here: Path) -> None:
    ctx = context()

    def cancel(_item: ItemResult) -> None:
        ctx.cancel.cancel()

    report = carry(
        OpContext(ctx.vfs, cancel=ctx.cancel, on_item=cancel), [here / "a", here / "b"], here / "to"
    )
    found = sorted(outcomes(report).values(), key=lambda one: one.value)
    assert found == [Outcome.CANCELLED] * 6 + [Outcome.DONE]
    assert temporary(here) == []
    with pytest.raises(Cancelled):
        ctx.cancel.check()
