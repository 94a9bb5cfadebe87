"""Every public name of pathlib.Path exists here and does something sensible on both worlds."""

from __future__ import annotations

import os
import pathlib
import stat
import sys
from collections.abc import Callable

import pytest

from tfm.model.errors import InvalidName, Unsupported
from tfm.path import Path

# what pathlib gained after 3.13 has other names here: copy_to, move_to
LATER = {"copy", "copy_into", "move", "move_into"}
NAMES = {name for name in dir(pathlib.Path) if not name.startswith("_")} - LATER
NAMES |= {"walk", "is_junction", "with_segments", "from_uri", "full_match", "parser", "link_to"}

Check = Callable[[Path, Path], object]
"""Called with a directory and a file in it called `a.tar.gz` that holds `one\\ntwo\\n`."""


def text_of(file: Path) -> str:
    with file.open() as opened:
        return str(opened.read())


def touched(d: Path, f: Path) -> bool:
    (d / "new").touch()
    f.touch()
    return (d / "new").read_bytes() == b"" and f.read_text() == "one\ntwo\n"


def moved(d: Path, f: Path) -> bool:
    return f.rename(d / "b") == d / "b" and not f.exists() and text_of(d / "b") == "one\ntwo\n"


def replaced(d: Path, f: Path) -> bool:
    (d / "b").write_text("old")
    return f.replace(d / "b") == d / "b" and not f.exists() and text_of(d / "b") == "one\ntwo\n"


def made_and_removed(d: Path, f: Path) -> bool:
    (d / "sub").mkdir()
    there = (d / "sub").is_dir()
    (d / "sub").rmdir()
    return there and not (d / "sub").exists()


def chmodded(d: Path, f: Path) -> bool:
    before = f.stat().st_mode
    f.chmod(0o600)
    after = f.stat().st_mode
    return after == before if d.is_remote else stat.S_IMODE(after) == 0o600


def lchmodded(d: Path, f: Path) -> bool:
    try:
        f.lchmod(0o600)
    except NotImplementedError:  # as pathlib's, where the system has no such call
        return not d.is_remote
    return True


def unlinked(d: Path, f: Path) -> bool:
    f.unlink()
    f.unlink(missing_ok=True)
    return not f.exists() and d.is_dir()


BOTH: dict[str, Check] = {
    "absolute": lambda d, f: f.absolute() == f,
    "anchor": lambda d, f: f.anchor == f.parts[0] and str(f).startswith(f.anchor),
    "as_posix": lambda d, f: f.as_posix() == str(f),
    "as_uri": lambda d, f: Path.from_uri(f.as_uri()) == f,
    "chmod": chmodded,
    "cwd": lambda d, f: str(Path.cwd()) == os.getcwd(),
    "drive": lambda d, f: f.drive + f.root == f.anchor,
    "exists": lambda d, f: f.exists() and d.exists() and not (d / "no").exists(),
    "expanduser": lambda d, f: f.expanduser() == f,
    "from_uri": lambda d, f: Path.from_uri(f.as_uri()) == f,
    "full_match": lambda d, f: f.full_match(f"{d}/*.gz".replace("//*", "/*")),
    "glob": lambda d, f: [*d.glob("*.gz")] == [f] and [*d.glob("*.txt")] == [],
    "hardlink_to": lambda d, f: None,
    "home": lambda d, f: str(Path.home()) == os.path.expanduser("~"),
    "info": lambda d, f: next(iter(d.iterdir())).info is not None or not d.is_remote,
    "is_absolute": lambda d, f: f.is_absolute(),
    "is_block_device": lambda d, f: not f.is_block_device(),
    "is_char_device": lambda d, f: not f.is_char_device(),
    "is_dir": lambda d, f: d.is_dir() and not f.is_dir() and not (d / "no").is_dir(),
    "is_fifo": lambda d, f: not f.is_fifo(),
    "is_file": lambda d, f: f.is_file() and not d.is_file() and not (d / "no").is_file(),
    "is_junction": lambda d, f: not f.is_junction(),
    "is_mount": lambda d, f: not f.is_mount(),
    "is_relative_to": lambda d, f: f.is_relative_to(d) and not d.is_relative_to(f),
    "is_reserved": lambda d, f: not f.is_reserved(),
    "is_socket": lambda d, f: not f.is_socket(),
    "is_symlink": lambda d, f: not f.is_symlink(),
    "iterdir": lambda d, f: [*d.iterdir()] == [f],
    "joinpath": lambda d, f: d.joinpath("x", "y") == d / "x" / "y",
    "lchmod": lchmodded,
    "lstat": lambda d, f: f.lstat().st_size == 8,
    "match": lambda d, f: f.match("*.gz") and f.match("top/*") and not f.match("*.txt"),
    "mkdir": made_and_removed,
    "name": lambda d, f: f.name == "a.tar.gz" and d.name == "top",
    "open": lambda d, f: text_of(f) == "one\ntwo\n",
    "parent": lambda d, f: f.parent == d,
    "parents": lambda d, f: f.parents[0] == d and f.parents[-1] == Path(f.anchor),
    "parser": lambda d, f: f.parser is os.path,
    "parts": lambda d, f: f.parts[-2:] == ("top", "a.tar.gz"),
    "read_bytes": lambda d, f: f.read_bytes() == b"one\ntwo\n",
    "read_text": lambda d, f: f.read_text() == "one\ntwo\n",
    "relative_to": lambda d, f: str(f.relative_to(d)) == "a.tar.gz",
    "rename": moved,
    "replace": replaced,
    "resolve": lambda d, f: f.resolve().name == "a.tar.gz" and f.resolve(strict=True).exists(),
    "rglob": lambda d, f: [*d.parent.rglob("*.gz")] == [f],
    "rmdir": made_and_removed,
    "root": lambda d, f: f.root == "/",
    "samefile": lambda d, f: f.samefile(str(f)) and not f.samefile(d),
    "stat": lambda d, f: f.stat().st_size == 8 and stat.S_ISDIR(d.stat().st_mode),
    "stem": lambda d, f: f.stem == "a.tar",
    "suffix": lambda d, f: f.suffix == ".gz",
    "suffixes": lambda d, f: f.suffixes == [".tar", ".gz"],
    "touch": touched,
    "unlink": unlinked,
    "walk": lambda d, f: [*d.walk()] == [(d, [], ["a.tar.gz"])],
    "with_name": lambda d, f: f.with_name("z") == d / "z",
    "with_segments": lambda d, f: f.with_segments(d, "q") == d / "q",
    "with_stem": lambda d, f: f.with_stem("z") == d / "z.gz",
    "with_suffix": lambda d, f: f.with_suffix("") == d / "a.tar",
    "write_bytes": lambda d, f: f.write_bytes(b"xyz") == 3 and f.read_bytes() == b"xyz",
    "write_text": lambda d, f: f.write_text("xyz") == 3 and f.read_text() == "xyz",
}


def owned(d: Path, f: Path) -> bool:
    plain = pathlib.Path(f)
    return f.owner() == plain.owner()


def grouped(d: Path, f: Path) -> bool:
    return f.group() == pathlib.Path(f).group()


def linked(d: Path, f: Path) -> bool:
    (d / "link").symlink_to(f)
    return (d / "link").readlink() == f and (d / "link").is_symlink()


def hard_linked(d: Path, f: Path) -> bool:
    (d / "other").hardlink_to(f)
    return (d / "other").samefile(f)


def linked_to(d: Path, f: Path) -> bool:
    f.link_to(d / "other")
    return (d / "other").samefile(f)


LOCAL_ONLY: dict[str, Check] = {
    "group": grouped,
    "hardlink_to": hard_linked,
    "link_to": linked_to,
    "owner": owned,
    "readlink": linked,
    "symlink_to": linked,
}

REFUSED: dict[str, Check] = {
    "group": lambda d, f: f.group(),
    "hardlink_to": lambda d, f: f.hardlink_to(d / "x"),
    "link_to": lambda d, f: f.link_to(d / "x"),
    "owner": lambda d, f: f.owner(),
    "readlink": lambda d, f: f.readlink(),
    "symlink_to": lambda d, f: f.symlink_to("x"),
}


def works(name: str, top: Path) -> None:
    file = top / "a.tar.gz"
    file.write_text("one\ntwo\n")
    if name in LOCAL_ONLY and top.is_remote:
        with pytest.raises(Unsupported):
            REFUSED[name](top, file)
        return
    check = LOCAL_ONLY.get(name) or BOTH[name]
    assert check(top, file), name


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_of_pathlib_works(name: str, top: Path) -> None:
    assert hasattr(Path, name)
    works(name, top)


def test_no_check_is_for_a_name_that_does_not_exist() -> None:
    assert {*BOTH, *LOCAL_ONLY} - {"info"} <= NAMES
    assert sys.version_info >= (3, 14) or "info" not in NAMES


def test_a_refusal_names_the_storage(bucket: Path) -> None:
    with pytest.raises(Unsupported, match="memory has no symbolic links"):
        (bucket / "x").symlink_to("y")


def test_other_programs_cannot_open_a_remote_path(bucket: Path) -> None:
    with pytest.raises(Unsupported, match="copy_to"):
        open(bucket / "x")  # noqa: SIM115, PTH123 - it is refused


def test_local_paths_are_paths_of_the_system(tmp_path: pathlib.Path) -> None:
    (tmp_path / "x").write_text("hello")
    assert pathlib.Path(Path(tmp_path / "x")).read_text() == "hello"


def test_a_remote_name_is_never_relative(bucket: Path) -> None:
    (bucket / "x").write_text("1")
    with pytest.raises(InvalidName, match="with_name"):
        (bucket / "x").rename("y")
    assert (bucket / "x").exists()
