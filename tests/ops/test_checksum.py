"""Checksums of files, and lists of them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.conftest import Place, World, disk, key
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import local
from tfm.ops.checksum import (
    Algorithm,
    Expected,
    Sum,
    algorithm_of,
    check_list,
    checksums,
    read_list,
    stored_digest,
    write_list,
)
from tfm.ops.context import OpContext, Outcome
from tfm.ops.plan import pick
from tfm.storage.vfs import Vfs

TEXT = b"123456789"


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        (Algorithm.MD5, hashlib.md5(TEXT).hexdigest()),
        (Algorithm.SHA1, hashlib.sha1(TEXT).hexdigest()),
        (Algorithm.SHA256, hashlib.sha256(TEXT).hexdigest()),
        (Algorithm.CRC32, f"{zlib.crc32(TEXT):08x}"),
        (Algorithm.CRC32C, "e3069283"),
        (Algorithm.CRC64NVME, "ae8b14860a799888"),
    ],
)
@pytest.mark.parametrize("place", [key, disk])
def test_every_algorithm(place: Place, algorithm: Algorithm, digest: str) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.write(top.child("a"), TEXT)
    sums: list[Sum] = []
    report = checksums(world.context(), world.pick(top.child("a")), algorithm, told=sums.append)
    assert report.all_done
    assert [(one.name, one.digest) for one in sums] == [("a", digest)]
    assert not sums[0].stored


def test_directories_are_walked_and_what_has_no_bytes_is_named(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "f").write_bytes(TEXT)
    (tmp_path / "d" / "g").write_bytes(b"")
    (tmp_path / "d" / "link").symlink_to("g")
    ctx = OpContext(Vfs())
    sums: list[Sum] = []
    picked = pick(ctx, [local(tmp_path / "d")])
    report = checksums(ctx, picked, Algorithm.MD5, told=sums.append)
    assert sorted(one.name for one in sums) == ["d/e/f", "d/g"]
    assert [item.source.name for item in report.failures] == ["link"]
    typed = {picked[0][0]: "./d/"}
    checksums(ctx, picked, Algorithm.MD5, told=sums.append, names=typed)
    assert sums[-1].name.startswith("./d/")


def test_what_the_storage_keeps_is_told_without_reading() -> None:
    kept = ObjectDetails(checksums=(("CRC32", "NhCmhg=="), ("SHA256", "not base64")))
    entry = Entry("a", Kind.FILE, 3, 0, kept)
    assert stored_digest(entry, Algorithm.CRC32) == "3610a686"
    assert stored_digest(entry, Algorithm.SHA256) == ""
    assert stored_digest(entry, Algorithm.MD5) == ""
    assert stored_digest(replace(entry, details=None), Algorithm.CRC32) == ""

    class Keeps(Vfs):
        def stat(self, location, *, fresh=False):  # type: ignore[no-untyped-def]
            return replace(entry, name=location.name)

        def open_read(self, *_args, **_options):  # type: ignore[no-untyped-def]
            raise AssertionError("nothing is to be read")

    sums: list[Sum] = []
    report = checksums(
        OpContext(Keeps()), [(key("bucket/a"), entry)], Algorithm.CRC32, told=sums.append
    )
    assert report.all_done
    assert [(one.digest, one.stored) for one in sums] == [("3610a686", True)]


def test_a_list_is_verified(world: World) -> None:
    for name in ("good", "bad", "sub/in"):
        world.write(disk(f"/d/{name}"), TEXT)
    digest = hashlib.md5(TEXT).hexdigest()
    expected = [
        Expected("./good", digest, Algorithm.MD5),
        Expected("bad", "0" * 32, Algorithm.MD5),
        Expected("sub/in", digest, Algorithm.MD5),
        Expected("gone", digest, Algorithm.MD5),
        Expected("/d/good", digest, Algorithm.MD5),
    ]
    report = check_list(world.context(), disk("/d"), expected)
    outcomes = {str(item.source.key): item.outcome for item in report.items}
    assert outcomes == {
        "/d/good": Outcome.DONE,
        "/d/bad": Outcome.FAILED,
        "/d/sub/in": Outcome.DONE,
        "/d/gone": Outcome.FAILED,
    }
    assert len(report.items) == 5
    assert any("and not 0000" in item.reason for item in report.failures)


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(names, st.sampled_from(Algorithm), st.booleans())
def test_what_is_written_is_read_again(name: str, algorithm: Algorithm, bsd: bool) -> None:
    digits = "0123456789abcdef" * 4
    size = {"md5": 32, "sha1": 40, "sha256": 64, "crc64nvme": 16}.get(algorithm.value, 8)
    text = write_list([Sum(disk("/x"), name, digits[:size])], algorithm, bsd=bsd)
    assert text.count("\n") == 1
    found, bad = read_list(text, algorithm)
    assert (found, bad) == ([Expected(name, digits[:size], algorithm)], 0)


def test_lists_of_other_programs() -> None:
    md5, sha = "d41d8cd98f00b204e9800998ecf8427e", "a" * 64
    text = (
        f"# made somewhere\r\n{md5.upper()} *two words.txt\r\n\\{md5}  line\\nbreak\n"
        f"SHA256 (x (1).txt) = {sha}\nSHA-1 (y) = {sha}\nnonsense\n\n"
    )
    found, bad = read_list(text)
    assert found == [
        Expected("two words.txt", md5, Algorithm.MD5),
        Expected("line\nbreak", md5, Algorithm.MD5),
        Expected("x (1).txt", sha, Algorithm.SHA256),
    ]
    assert bad == 2


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("x.iso.sha256", Algorithm.SHA256),
        ("SHA256SUMS", Algorithm.SHA256),
        ("md5sums.txt", Algorithm.MD5),
        ("checksums.crc32c", Algorithm.CRC32C),
        ("a.crc32", Algorithm.CRC32),
        ("notes.txt", None),
        ("sha256.py", None),
    ],
)
def test_which_files_are_lists(name: str, algorithm: Algorithm | None) -> None:
    assert algorithm_of(name) is algorithm


def test_the_usual_programs_take_our_list(tmp_path: Path) -> None:
    program = shutil.which("sha256sum")
    assert program is not None
    for name in ("plain", "two\nlines", "back\\slash"):
        (tmp_path / name).write_bytes(TEXT)
    ctx = OpContext(Vfs())
    sums: list[Sum] = []
    picked = pick(ctx, [local(path) for path in tmp_path.iterdir()])
    checksums(ctx, picked, Algorithm.SHA256, told=sums.append)
    (tmp_path / "list").write_text(write_list(sums, Algorithm.SHA256))
    ran = subprocess.run(
        [program, "--check", "--strict", "list"], cwd=tmp_path, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_many_files_get_their_names_in_no_time() -> None:
    world = World()
    for number in range(3000):
        world.write(key(f"bucket/{number}"), b"")
    picked = world.pick(*(key(f"bucket/{number}") for number in range(3000)))
    sums: list[Sum] = []
    began = time.monotonic()
    checksums(world.context(), picked, Algorithm.CRC32, told=sums.append)
    assert time.monotonic() - began < 4
    assert [one.name for one in sums] == [str(number) for number in range(3000)]
