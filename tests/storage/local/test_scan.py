"""What a directory shows."""

import os
import socket
from pathlib import Path

import pytest

from tests.storage.local.asking import at, entries, names
from tfm.model.cancel import CancelToken
from tfm.model.entry import Kind, LocalDetails
from tfm.model.errors import Cancelled, Denied, InvalidName, NotDirectory, NotFound
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Hints, Work
from tfm.storage.local.storage import LocalStorage


def test_every_kind_is_told_apart_and_only_files_have_a_size(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "dir").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "to-dir").symlink_to("dir")
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as sock:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path must be short
        try:
            sock.bind("sock")
        finally:
            os.chdir(here)
        found = entries(disk, top)
    assert {name: entry.kind for name, entry in found.items()} == {
        "file": Kind.FILE,
        "dir": Kind.DIRECTORY,
        "fifo": Kind.FIFO,
        "sock": Kind.SOCKET,
        "to-dir": Kind.LINK,
        "to-file": Kind.LINK,
        "dangling": Kind.LINK,
        "loop": Kind.LINK,
    }
    assert {name: entry.size for name, entry in found.items() if entry.size is not None} == {
        "file": 5
    }
    assert found["to-dir"].opens_as_directory
    assert not found["to-file"].opens_as_directory
    details = found["dangling"].details
    assert isinstance(details, LocalDetails)
    assert details.target == "nowhere"
    assert entries(disk, at(Path("/dev")))["null"].kind is Kind.DEVICE


def test_scan_and_stat_say_the_same(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path)
    for name, entry in entries(disk, top).items():
        assert disk.stat(top.child(name)) == entry


def test_pages_hold_a_thousand_and_a_cancel_ends_between_them(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    for number in range(2100):
        (tmp_path / str(number)).touch()
    cancel = CancelToken()
    pages = disk.scan(top, cancel)
    assert len(next(pages)) == 1000
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(pages)
    assert len(names(disk, top)) == 2100


def test_what_vanishes_while_it_is_listed_is_left_out(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    for number in range(1500):
        (tmp_path / str(number)).touch()
    pages = disk.scan(top, CancelToken())
    first = {entry.name for entry in next(pages)}
    for path in tmp_path.iterdir():
        if path.name not in first:
            path.unlink()
    assert [entry.name for page in pages for entry in page] == []


def test_any_bytes_make_a_name(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    hostile = [
        b"\xff\xfe",
        b"-rf",
        b"a\nb",
        b"\x1b[2J",
        b"trailing ",
        "é".encode(),
        b"%2e",
        b"x" * 255,
    ]
    for name in hostile:
        (tmp_path / os.fsdecode(name)).touch()
    found = names(disk, top)
    assert sorted(os.fsencode(name) for name in found) == sorted(hostile)
    for text in found:
        assert disk.stat(top.child(text)).name == text


def test_what_cannot_be_listed_says_why(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(NotFound):
        names(disk, top.child("missing"))
    for name in ("file", "fifo"):
        with pytest.raises(NotDirectory):
            names(disk, top.child(name))


def test_a_link_to_a_directory_lists_the_directory(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "x").touch()
    (tmp_path / "link").symlink_to("dir")
    assert names(disk, top.child("link")) == ["x"]
    assert disk.stat(top.child("link").child("x")).kind is Kind.FILE


def test_an_unfinished_file_of_ours_is_not_shown_one_left_by_others_is(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / ".tfm-0123456789ab.part").touch()
    writer = disk.open_write(top.child("new"), Hints(), Work())
    writer.write(b"half")
    assert len(list(tmp_path.iterdir())) == 2
    assert names(disk, top) == [".tfm-0123456789ab.part"]
    writer.abort()
    assert [path.name for path in tmp_path.iterdir()] == [".tfm-0123456789ab.part"]


def test_a_place_beneath_a_file_does_not_exist(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    beneath = top.child("file").child("x")
    with pytest.raises(NotFound):
        disk.stat(beneath)
    with pytest.raises(NotFound):
        disk.open_read(beneath)
    with pytest.raises(NotFound):
        disk.delete(beneath)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", ".", "..", "", "x" * 256])
def test_impossible_names_are_refused_before_anything_happens(
    disk: LocalStorage, top: Location, tmp_path: Path, name: str
) -> None:
    place = top.child(name)
    assert disk.features.refuses(place, 1) != ""
    with pytest.raises(InvalidName):
        disk.open_write(place, Hints(), Work())
    with pytest.raises(InvalidName):
        disk.mkdir(place)
    assert list(tmp_path.iterdir()) == []


def test_the_root_directory_is_shown_and_never_changed(disk: LocalStorage) -> None:
    root = Location(LOCAL, "/")
    assert disk.stat(root).kind is Kind.DIRECTORY
    assert "dev" in names(disk, root)
    with pytest.raises(Denied):
        disk.delete(root)
    tree = disk.facets.delete_tree
    assert tree is not None
    with pytest.raises(Denied):
        tree.delete_tree(root, Work(), lambda _r: None, lambda _l: False)


def test_columns_describe_a_row(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    (tmp_path / "f").chmod(0o640)
    os.utime(tmp_path / "f", ns=(0, 0))
    entry = disk.stat(top.child("f"))
    texts = {column.id: column.text(entry) for column in disk.columns}
    assert texts["size"] == "3"
    assert texts["mode"] == "rw-r-----"
    assert texts["time"] == "1970-01-01 00:00"
    assert all(len(text) <= c.width for c, text in zip(disk.columns, texts.values(), strict=True))
