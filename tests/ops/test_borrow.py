"""Files lent to programs: they go home only changed, and only over the version that was lent."""

from pathlib import Path

import pytest

from tests.ui.rig import write
from tfm.model.errors import AlreadyExists, IsDirectory, NotFound, StorageError, TooLate
from tfm.model.location import parse
from tfm.ops.borrow import borrow, give_back, give_back_anyway, give_back_beside, new_copy
from tfm.ops.context import OpContext
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

HOME = parse("mem://b/dir/notes.txt")


@pytest.fixture
def ctx() -> OpContext:
    root = HOME.root
    vfs = Vfs(storages={root: MemoryStorage(root, {})})
    vfs.mkdir(parse("mem://b/"))
    write(vfs, str(HOME), b"before")
    return OpContext(vfs)


def content(ctx: OpContext, text: str = str(HOME)) -> bytes:
    with ctx.vfs.open_read(parse(text)) as reader:
        return reader.read(100)


def test_the_copy_has_its_name_and_is_nobody_elses(ctx: OpContext, tmp_path: Path) -> None:
    lent = borrow(ctx, HOME, tmp_path)
    assert lent.copy == tmp_path / "notes.txt"
    assert lent.copy.read_bytes() == b"before"
    assert lent.copy.stat().st_mode & 0o600 == 0o600
    assert not lent.changed
    lent.copy.touch()  # a new time is no change
    assert not lent.changed


def test_what_was_changed_goes_home(ctx: OpContext, tmp_path: Path) -> None:
    lent = borrow(ctx, HOME, tmp_path)
    lent.copy.write_bytes(b"after")
    assert lent.changed
    give_back(ctx, lent)
    assert content(ctx) == b"after"


def test_an_editor_that_replaces_the_file_is_understood(ctx: OpContext, tmp_path: Path) -> None:
    lent = borrow(ctx, HOME, tmp_path)
    beside = tmp_path / "notes.txt~"
    beside.write_bytes(b"by rename")
    beside.replace(lent.copy)
    give_back(ctx, lent)
    assert content(ctx) == b"by rename"


@pytest.mark.parametrize("gone", [False, True])
def test_what_somebody_else_did_is_not_overwritten(
    ctx: OpContext, tmp_path: Path, gone: bool
) -> None:
    lent = borrow(ctx, HOME, tmp_path)
    lent.copy.write_bytes(b"mine")
    ctx.vfs.delete(HOME)
    if not gone:
        write(ctx.vfs, str(HOME), b"theirs")
    with pytest.raises(StorageError) as caught:
        give_back(ctx, lent)
    assert isinstance(caught.value, TooLate | NotFound | AlreadyExists)
    if gone:
        assert not ctx.vfs.exists(HOME)
    else:
        assert content(ctx) == b"theirs"
    assert lent.copy.read_bytes() == b"mine"
    place, _written = give_back_beside(ctx, lent)
    if not gone:
        assert str(place) == "mem://b/dir/notes (2).txt"
        assert content(ctx) == b"theirs"
    assert content(ctx, str(place)) == b"mine"
    give_back_anyway(ctx, lent)
    assert content(ctx) == b"mine"


def test_a_new_file_is_made_only_where_there_is_none(ctx: OpContext, tmp_path: Path) -> None:
    new = new_copy(parse("mem://b/dir/new.txt"), tmp_path)
    assert not new.changed  # nothing was saved
    new.copy.write_bytes(b"")
    assert new.changed  # saved empty is saved
    give_back(ctx, new)
    assert content(ctx, "mem://b/dir/new.txt") == b""
    with pytest.raises(AlreadyExists):
        give_back(ctx, new)


def test_names_that_no_disk_can_hold_are_lent_all_the_same(ctx: OpContext, tmp_path: Path) -> None:
    for key in ("mem://b/..", "mem://b/x/..", "mem://b/" + "n" * 300):
        write(ctx.vfs, key, b"odd")
        lent = borrow(ctx, parse(key), tmp_path)
        assert lent.copy.parent == tmp_path
        assert lent.copy.read_bytes() == b"odd"
    assert len(list(tmp_path.iterdir())) == 3


def test_directories_are_not_lent(ctx: OpContext, tmp_path: Path) -> None:
    with pytest.raises(IsDirectory):
        borrow(ctx, parse("mem://b/dir/"), tmp_path)
