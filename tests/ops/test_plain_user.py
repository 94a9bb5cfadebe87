"""What a user without rights may not do is said, item by item, and nothing is lost over it.

Root is refused nothing, so each test runs in a process of another user.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.machine import mounted, open_directory, run
from tests.fakes.rich_tree import access_list, set_access_list
from tests.ops.local_disk import Untouched, temporary

JOB = """
from pathlib import Path
from tests.ops.local_disk import carry, context, ended
from tfm.model.conflict import Answer
from tfm.ops.context import Outcome
here = Path(sys.argv[1])
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory everybody may write to, with an empty `to` that belongs to everybody too."""
    with open_directory() as path:
        (path / "to").mkdir()
        (path / "to").chmod(0o777)
        yield path


def check(script: str, place: Path) -> None:
    """Run it as another user."""
    done = run(script, place, nobody=True, first=JOB)
    assert done.returncode == 0, done.stderr
    assert temporary(place) == []


def test_what_cannot_be_kept_is_in_the_note_of_its_item(place: Path) -> None:
    tree = place / "tree"
    tree.mkdir()
    (tree / "file").write_bytes(b"x")
    (tree / "link").symlink_to("file")
    (tree / "set-id").write_bytes(b"x")
    (tree / "directory").mkdir()
    for name in ("set-id", "directory"):
        (tree / name).chmod(0o6755)
    for path in (tree, *tree.iterdir()):
        os.utime(path, ns=(5, 1_234_567_890_000_000_001), follow_symlinks=False)
    before = Untouched(tree)
    check(
        """
        foreign = os.lstat(here / "tree").st_uid != os.geteuid()
        report = carry(context(), here / "tree", here / "to")
        assert report.all_done, report.items
        for name, item in ended(report).items():
            assert item.note == ("Owner or group was not kept." if foreign else ""), item
        for name in ("tree", "tree/file", "tree/link", "tree/directory"):
            assert os.lstat(here / "to" / name).st_mtime_ns == 1_234_567_890_000_000_001, name
        # a set-id bit would lend the rights of another owner than the one it was given for
        for name in ("tree/set-id", "tree/directory"):
            mode = os.lstat(here / "to" / name).st_mode & 0o7777
            assert mode == (0o755 if foreign else 0o6755), (name, oct(mode))
        """,
        place,
    )
    before.check()


def test_a_disk_without_attributes_and_access_lists(place: Path) -> None:
    tree = place / "tree"
    (tree / "directory").mkdir(parents=True)
    for name in ("file", "plain", "listed"):
        (tree / name).write_bytes(b"x")
    names = ["file", "directory", "listed"]
    try:
        for name in ("file", "directory"):
            os.setxattr(tree / name, "user.colour", b"blue")
    except (AttributeError, OSError):
        pytest.skip("needs a disk with access lists")
    if not set_access_list(tree / "listed", access_list(user=6, group=4, mask=6, named=(1234, 6))):
        pytest.skip("needs a disk with access lists")
    if os.geteuid() == 0:
        for path in (tree, *tree.iterdir()):
            os.chown(path, 65534, 65534)
    before = Untouched(tree)
    with mounted(place / "bare", "mode=777", kind="ramfs"):
        check(
            f"""
            report = carry(context(), here / "tree", here / "bare")
            assert report.all_done, report.items
            notes = {{name: item.note for name, item in ended(report).items() if item.note}}
            assert set(notes) == set({names}), notes
            for name in ("file", "directory"):
                assert notes[name] == "Extended attributes were not kept: user.colour.", notes
            assert notes["listed"] == "Access list (ACL) was not kept.", notes
            # its group bits were the mask of the list: they are not granted to the group
            assert os.lstat(here / "bare" / "tree" / "listed").st_mode & 0o777 == 0o640
            """,
            place,
        )
    before.check()


@pytest.mark.parametrize("move", [False, True], ids=["copy", "move"])
def test_what_may_not_be_read_stays_and_the_rest_goes(place: Path, move: bool) -> None:
    """A merge, so that a move goes file by file too."""
    tree = place / "tree"
    for name in ("closed", "open"):
        (tree / name).mkdir(parents=True)
        (tree / name / f"in {name}").write_bytes(b"x")
    (tree / "sealed").write_bytes(b"secret")
    (tree / "readable").write_bytes(b"x")
    for path in (tree, tree / "open"):
        path.chmod(0o777)
    (tree / "sealed").chmod(0)
    (tree / "closed").chmod(0)
    (place / "to" / "tree").mkdir()
    (place / "to" / "tree").chmod(0o777)
    check(
        f"""
        report = carry(context(), here / "tree", here / "to", move={move})
        found = ended(report)
        for name in ("sealed", "closed"):
            item = found[name]
            assert item.outcome is Outcome.FAILED and isinstance(item.error, Denied), item
            assert "permission denied" in item.reason and "ls -ld" in item.reason, item
            assert str(here / "tree" / name) in item.reason, item
        for name in ("readable", "in open", "open"):
            assert found[name].outcome is Outcome.DONE, found[name]
        assert found["tree"].outcome is (Outcome.SKIPPED if {move} else Outcome.DONE)
        assert not os.path.lexists(here / "to" / "tree" / "sealed")
        """,
        place,
    )
    assert (tree / "sealed").stat().st_mode & 0o777 == 0
    assert (tree / "sealed").stat().st_size == 6
    assert (tree / "closed").is_dir()
    assert (tree / "readable").exists() is not move
    assert (place / "to" / "tree" / "open" / "in open").read_bytes() == b"x"
    (tree / "closed").chmod(0o700)
    assert (tree / "closed" / "in closed").read_bytes() == b"x"


@pytest.mark.parametrize("move", [False, True], ids=["copy", "move"])
def test_a_destination_that_may_not_be_written_to(place: Path, move: bool) -> None:
    tree, there = place / "tree", place / "to" / "tree"
    tree.mkdir()
    there.mkdir()
    (tree / "link").symlink_to("x")
    for folder, data in ((tree, b"new"), (there, b"old")):
        (folder / "file").write_bytes(data)
        (folder / "file").chmod(0o666)  # may be written, but its directory takes no other name
    tree.chmod(0o777)
    there.chmod(0o555)
    before, old = Untouched(tree), Untouched(there)
    check(
        f"""
        ctx = context(answer=Answer.OVERWRITE)
        report = carry(ctx, here / "tree", here / "to", move={move})
        for name in ("file", "link"):
            item = ended(report)[name]
            assert item.outcome is Outcome.FAILED and isinstance(item.error, Denied), item
            assert "permission denied" in item.reason and "directory too" in item.reason, item
            assert str(here / "to" / "tree" / name) in item.reason, item
        """,
        place,
    )
    before.check()
    old.check()


def test_a_directory_that_may_not_be_made(place: Path) -> None:
    (place / "tree").mkdir()
    (place / "tree" / "file").write_bytes(b"x")
    (place / "to").chmod(0o555)
    before = Untouched(place / "tree")
    check(
        """
        report = carry(context(), here / "tree", here / "to")
        found = ended(report)
        assert isinstance(found["tree"].error, Denied), found
        assert "ls -ld" in found["tree"].reason, found
        assert found["file"].outcome is Outcome.FAILED
        """,
        place,
    )
    before.check()
    assert list((place / "to").iterdir()) == []


def test_a_source_that_may_not_be_removed_after_a_good_copy(place: Path) -> None:
    """On another device, so that the move is a copy. The names in a read-only directory stay."""
    with mounted(place / "disk", "size=4m,mode=777"):
        tree = place / "disk" / "tree"
        (tree / "free").mkdir(parents=True)
        (tree / "fixed").mkdir()
        for name in ("free", "fixed"):
            (tree / name / f"{name} file").write_bytes(name.encode())
            (tree / name / f"{name} link").symlink_to("x")
        os.link(tree / "fixed" / "fixed file", tree / "fixed" / "fixed twin")
        for path in (tree, tree / "free"):
            path.chmod(0o777)
        (tree / "fixed").chmod(0o555)
        fixed = Untouched(tree / "fixed")
        check(
            """
            report = carry(context(), here / "disk" / "tree", here / "to", move=True)
            found = ended(report)
            for name in ("fixed file", "fixed link", "fixed twin"):
                item = found[name]
                assert item.outcome is Outcome.FAILED and isinstance(item.error, Denied), item
                assert item.note == "copied; the source was kept", item
                assert str(here / "disk" / "tree" / "fixed" / name) in item.reason, item
                assert "directory too" in item.reason, item
                assert os.path.lexists(here / "to" / "tree" / "fixed" / name)
            for name in ("free file", "free link", "free"):
                assert found[name].outcome is Outcome.DONE, found[name]
            for name in ("fixed", "tree"):
                assert found[name].outcome is Outcome.SKIPPED, found[name]
            """,
            place,
        )
        fixed.check()
        assert sorted(path.name for path in tree.iterdir()) == ["fixed"]
    copied = place / "to" / "tree"
    assert (copied / "fixed" / "fixed file").read_bytes() == b"fixed"
    assert (copied / "fixed" / "fixed twin").samefile(copied / "fixed" / "fixed file")
    assert (copied / "free" / "free file").read_bytes() == b"free"


def test_files_are_given_away_by_root_alone(place: Path) -> None:
    mine, foreign = place / "mine", place / "foreign"
    for path in (mine, foreign):
        path.write_bytes(b"x")
    if os.geteuid() == 0:
        os.chown(mine, 65534, 65534)
    before, other = mine.lstat(), foreign.lstat()
    check(
        """
        from tfm.ops.change_attributes import change_attributes
        from tfm.ops.plan import pick
        from tfm.storage.facets import Ownership
        from tfm.model.location import local
        def give(name, user, group):
            ctx = context()
            picked = pick(ctx, [local(here / name)])
            (item,) = change_attributes(
                ctx, picked, owner=Ownership(user, group), recursive=False
            ).items
            return item
        item = give("mine", 0, None)
        assert isinstance(item.error, Denied), item
        assert "Only root may give files away." in item.reason, item
        item = give("mine", None, 1)
        assert isinstance(item.error, Denied), item
        assert "groups you are in" in item.reason, item
        item = give("foreign", os.geteuid(), None)
        if os.lstat(here / "foreign").st_uid != os.geteuid():
            assert isinstance(item.error, Denied), item
        item = give("mine", os.geteuid(), os.getegid())
        assert item.outcome is Outcome.DONE, item
        """,
        place,
    )
    assert (mine.lstat(), foreign.lstat()) == (before, other)


def test_a_rename_that_is_not_allowed(place: Path) -> None:
    (place / "fixed" / "tree").mkdir(parents=True)
    (place / "fixed" / "tree" / "file").write_bytes(b"x")
    (place / "fixed").chmod(0o555)
    before = Untouched(place / "fixed")
    check(
        """
        report = carry(context(), here / "fixed" / "tree", here / "to", move=True)
        (item,) = report.items
        assert item.outcome is Outcome.FAILED and isinstance(item.error, Denied), item
        assert "ls -ld" in item.reason, item
        """,
        place,
    )
    before.check()
    assert list((place / "to").iterdir()) == []
