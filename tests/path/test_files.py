"""Reading and writing on both worlds: whole or not at all."""

from __future__ import annotations

import gc
import io
import os
import pathlib
import warnings
from collections.abc import Callable
from functools import partial

import pytest

from tests.storage.counting import Counting
from tfm.model.errors import ReadOnly, TooLate, Unsupported
from tfm.model.location import S3
from tfm.path import Path, set_default_vfs
from tfm.storage.vfs import Vfs


def test_text_and_bytes_come_back(top: Path) -> None:
    file = top / "x"
    assert file.write_text("é\n", encoding="utf-8") == 2
    assert file.read_bytes() == b"\xc3\xa9\n"
    assert file.write_bytes(bytearray(b"\0\xff")) == 2
    assert file.read_bytes() == b"\0\xff"
    with pytest.raises(TypeError):
        file.write_text(b"x")  # type: ignore[arg-type]
    assert file.read_bytes() == b"\0\xff"


@pytest.mark.parametrize("newline", [None, "", "\n", "\r\n"])
def test_newlines_are_those_of_pathlib(
    top: Path, tmp_path: pathlib.Path, newline: str | None
) -> None:
    text = "a\nb\r\nc"
    (tmp_path / "theirs").write_text(text, newline=newline)
    expected = (tmp_path / "theirs").read_bytes()
    (top / "x").write_text(text, newline=newline)
    assert (top / "x").read_bytes() == expected
    with (top / "x").open("w", newline=newline) as file:
        file.write(text)
    assert (top / "x").read_bytes() == expected
    with (tmp_path / "theirs").open(newline=newline) as file:
        lines = file.readlines()
    with (top / "x").open(newline=newline) as file:
        assert file.readlines() == lines


@pytest.mark.parametrize("mode", ["w", "wb"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_a_block_that_raises_publishes_nothing(top: Path, mode: str, before: bytes | None) -> None:
    file = top / "x"
    if before is not None:
        file.write_bytes(before)
    with pytest.raises(KeyError), file.open(mode) as opened:
        opened.write("half" if mode == "w" else b"half")
        opened.flush()
        raise KeyError
    assert (file.read_bytes() if before is not None else file.exists()) == (before or False)
    assert [path.name for path in top.iterdir()] == (["x"] if before is not None else [])


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_nothing_is_seen_before_the_end(top: Path, mode: str) -> None:
    file = top / "x"
    file.write_bytes(b"old")
    with file.open(mode) as opened:
        opened.write("new" if mode == "w" else b"new")
        opened.flush()
        assert file.read_bytes() == b"old"
    assert file.read_bytes() == b"new"


def test_a_file_that_was_forgotten_is_not_published(top: Path) -> None:
    opened = (top / "x").open("w")
    opened.write("half")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        del opened
        gc.collect()
    assert not (top / "x").exists()
    assert any("not closed" in str(warning.message) for warning in told)


def test_x_never_replaces(top: Path) -> None:
    with (top / "x").open("xb") as file:
        file.write(b"first")
    with pytest.raises(FileExistsError):
        (top / "x").open("x")
    assert (top / "x").read_bytes() == b"first"


def test_w_does_not_replace_what_somebody_else_wrote_meanwhile(bucket: Path) -> None:
    file = bucket / "x"
    file.write_text("1")
    opened = file.open("w")
    opened.write("mine")
    file.write_text("theirs")
    with pytest.raises(TooLate):
        opened.close()
    assert file.read_text() == "theirs"


def test_a_directory_is_no_file(top: Path) -> None:
    (top / "d").mkdir()
    for mode in ("r", "w", "rb", "wb"):
        with pytest.raises(IsADirectoryError if mode != "w" or top.is_remote else OSError):
            directory = top / ("d/" if top.is_remote else "d")
            directory.open(mode)
    with pytest.raises(IsADirectoryError):
        (top / "d").read_bytes()
    with pytest.raises(FileNotFoundError):
        (top / "no").read_text()


@pytest.mark.parametrize("mode", ["a", "ab", "r+", "w+b", "x+"])
def test_objects_are_only_written_whole(bucket: Path, mode: str) -> None:
    with pytest.raises(Unsupported, match="write it back"):
        (bucket / "x").open(mode)
    assert not (bucket / "x").exists()


def test_local_files_are_changed_in_place(tmp_path: pathlib.Path, vfs: Vfs) -> None:
    file = Path(tmp_path / "x")
    heard: list[object] = []
    vfs.subscribe(heard.append)
    with file.open("a") as opened:
        opened.write("one\n")
    with file.open("ab", buffering=0) as opened:
        opened.write(b"two\n")
    with file.open("r+") as opened:
        assert opened.read() == "one\ntwo\n"
        opened.seek(0)
        opened.write("ONE")
    with file.open("w+b") as opened:
        opened.write(b"abc")
        opened.seek(1)
        assert opened.read() == b"bc"
    assert file.read_text() == "abc"
    assert len(heard) >= 4


def test_a_link_is_written_through(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    Path(tmp_path / "link").write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_file_that_its_owner_protected_is_not_replaced(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(tmp_path / "x")
    file.write_text("old")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root may write everything
    with pytest.raises(PermissionError, match="permission denied"):
        file.write_text("new")
    assert file.read_text() == "old"


def test_devices_are_written_into() -> None:
    assert Path("/dev/null").write_text("gone") == 4
    with Path("/dev/null").open("w") as file:
        file.write("gone")
    assert Path("/dev/null").is_char_device()


def test_seeking_in_an_object(bucket: Path, storage: Counting) -> None:
    file = bucket / "x"
    file.write_bytes(bytes(range(256)) * 40)
    storage.taken()
    with file.open("rb", buffering=16) as opened:
        assert opened.read(3) == b"\0\1\2"
        assert opened.seek(-2, io.SEEK_END) == 256 * 40 - 2
        assert opened.read() == b"\xfe\xff"
        assert opened.read() == b""
        opened.seek(1)
        assert opened.read(2) == b"\1\2"
        assert opened.tell() == 3
    assert storage.taken() == {"read": 3}


def test_reading_on_after_a_change_is_noticed(bucket: Path) -> None:
    file = bucket / "x"
    file.write_bytes(b"a" * 100)
    with file.open("rb", buffering=0) as opened:
        opened.read(10)
        file.write_bytes(b"b" * 100)
        opened.seek(50)
        with pytest.raises(TooLate):
            opened.read(10)


def test_lines_and_zip_files(top: Path) -> None:
    import zipfile

    with zipfile.ZipFile((top / "z.zip").open("wb"), "w") as archive:
        archive.writestr("a", "hello")
        target = archive.fp
    assert target is not None
    target.close()
    with zipfile.ZipFile((top / "z.zip").open("rb")) as archive:
        assert archive.read("a") == b"hello"
        opened = archive.fp
    assert opened is not None
    opened.close()


@pytest.mark.parametrize(
    ("mode", "how"),
    [
        ("rw", {}),
        ("z", {}),
        ("", {}),
        ("rbt", {}),
        ("rb", {"encoding": "utf-8"}),
        ("r", {"buffering": 0}),
    ],
)
def test_wrong_modes_are_the_builtin_errors(top: Path, mode: str, how: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        (top / "x").open(mode, **how)  # type: ignore[arg-type]


def test_an_encoding_that_does_not_exist_publishes_nothing(top: Path) -> None:
    (top / "x").write_text("old")
    for mode in ("r", "w"):
        with pytest.raises(LookupError):
            (top / "x").open(mode, encoding="no-such-code")
    gc.collect()
    assert (top / "x").read_text() == "old"


def test_touch_never_writes_over_an_object(bucket: Path, storage: Counting) -> None:
    (bucket / "x").write_text("1")
    storage.taken()
    (bucket / "x").touch()
    assert "write" not in storage.taken()
    with pytest.raises(FileExistsError):
        (bucket / "x").touch(exist_ok=False)
    assert (bucket / "x").read_text() == "1"


def test_mkdir_knows_what_is_there(top: Path) -> None:
    (top / "d").mkdir()
    assert (top / "d").is_dir()
    (top / "d").mkdir(exist_ok=True)
    (top / "a" / "b" / "c").mkdir(parents=True)
    assert (top / "a" / "b").is_dir()
    (top / "f").touch()
    for name in ("d", "f"):
        with pytest.raises(FileExistsError):
            (top / name).mkdir()
    with pytest.raises(FileExistsError):
        (top / "f").mkdir(exist_ok=True)


def test_mkdir_with_a_slash_makes_it_and_rmdir_removes_it(bucket: Path) -> None:
    directory = bucket / "new-folder/"
    directory.mkdir()
    assert [str(path) for path in bucket.iterdir()] == ["s3://bucket/new-folder/"]
    assert [*directory.iterdir()] == []
    directory.rmdir()
    assert not directory.exists()


def test_rmdir_and_unlink_refuse_the_wrong_thing(top: Path) -> None:
    (top / "d").mkdir()
    (top / "d" / "f").touch()
    with pytest.raises(OSError, match="not empty") as caught:
        (top / "d").rmdir()
    assert caught.value.errno is not None
    with pytest.raises(NotADirectoryError):
        (top / "d" / "f").rmdir()
    with pytest.raises(IsADirectoryError):
        (top / "d").unlink()
    with pytest.raises(FileNotFoundError):
        (top / "no").unlink()
    (top / "no").unlink(missing_ok=True)
    assert (top / "d" / "f").exists()


def test_a_directory_that_unlink_emptied_stays(bucket: Path) -> None:
    (bucket / "d" / "f").write_text("1")
    (bucket / "d" / "f").unlink()
    assert (bucket / "d").is_dir()


def test_modes_of_local_files_are_those_of_pathlib(tmp_path: pathlib.Path) -> None:
    Path(tmp_path / "x").write_text("1")
    (tmp_path / "y").write_text("1")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "y").stat().st_mode


def test_read_only_refuses_every_way_to_change(
    storage: Counting, bucket: Path, tmp_path: pathlib.Path
) -> None:
    (bucket / "x").write_text("1")
    (tmp_path / "x").write_text("1")
    set_default_vfs(Vfs(storages={S3: storage}, read_only=True))
    for top in (bucket, Path(tmp_path)):
        x, y = top / "x", top / "y"
        acts: list[Callable[[], object]] = [
            partial(x.write_text, "2"),
            partial(y.open, "x"),
            y.touch,
            y.mkdir,
            x.unlink,
            partial(x.rename, y),
            partial(x.replace, y),
            partial(x.copy_to, y),
            partial(x.move_to, y),
        ]
        if not top.is_remote:
            acts += [
                partial(x.open, "a"),
                partial(x.chmod, 0o777),
                partial(y.symlink_to, "x"),
                partial(y.hardlink_to, x),
            ]
        for act in acts:
            with pytest.raises(ReadOnly):
                act()
        assert x.read_text() == "1"
        assert not y.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
