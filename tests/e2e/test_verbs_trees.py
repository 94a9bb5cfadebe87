"""A tree of 300 files with odd names goes to a bucket, through it and back, on every server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import far_side, odd_names
from tests.e2e.odd_names import TREE, Held
from tests.e2e.program import Program
from tests.servers.server import Server

Programs = Callable[[Server], Program]

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_tree_is_what_it_promises() -> None:
    assert len(TREE) == odd_names.COUNT
    assert max(len(path.encode()) for path in TREE) < 1024
    assert len({file.mtime_ns for file in TREE.values()}) == len(TREE)


@dataclass(frozen=True)
class Refused:
    """A name that a server does not take, its answer as tfm tells it, and what must be there before."""

    name: str
    answer: str
    is_directory: bool = False
    beside: str = ""


_NO_EMPTY = "this server keeps no empty directories"
REFUSED: Mapping[str, tuple[Refused, ...]] = {
    # its table of addresses stops at a line break
    "moto": (Refused("line\nbreak", "nothing is there"),),
    "ministack": (),
    # keys are names on its disk: it makes one form of them, and shows a directory only with a file
    "rclone": (
        Refused(odd_names.NFD, "is already there", beside=odd_names.NFC),
        *(Refused(name, _NO_EMPTY, True) for name in ("empty", " d i r ", ".hidden-empty")),
    ),
}


def refused_by(server: Server) -> set[str]:
    return {row.name for row in REFUSED[server.name]}


@pytest.mark.parametrize(
    ("s3_server", "row"),
    [(server, row) for server, rows in REFUSED.items() for row in rows],
    indirect=["s3_server"],
)
@pytest.mark.parametrize("verb", [["cp", "-r"], ["mv"]])
def test_what_a_server_refuses_is_never_called_done(
    s3_server: Server, bucket: str, program_for: Programs, here: Path, row: Refused, verb: list[str]
) -> None:
    program = program_for(s3_server)
    if row.beside:
        (here / row.beside).write_bytes(b"first")
        program.run("cp", row.beside, f"s3://{bucket}/x/").ended(0)
    source = here / row.name
    if row.is_directory:
        source.mkdir()
    else:
        source.write_bytes(b"second")
    ran = program.run(*verb, "--json", source, f"s3://{bucket}/x/").ended(3)
    (item,) = ran.report["items"]
    assert item["outcome"] == "failed"
    assert row.answer in item["reason"] and row.answer in ran.err
    assert source.exists()
    assert [far_side.body(s3_server, bucket, key) for key in s3_server.keys(bucket)] == (
        [b"first"] if row.beside else []
    )


def test_a_copy_there_through_and_back_is_identical(
    s3_server: Server, new_bucket: Callable[[Server], str], program_for: Programs, here: Path
) -> None:
    first, second = new_bucket(s3_server), new_bucket(s3_server)
    program = program_for(s3_server)
    wanted, empty = odd_names.plant(here / "tree", refused_by(s3_server))
    program.run("cp", "-r", "tree", f"s3://{first}/").ended(0)
    assert_there(s3_server, first, "tree/", wanted, empty)

    program.run("cp", "-r", "-T", f"s3://{first}/tree", f"s3://{first}/a copy/").ended(0)
    program.run("cp", "-r", f"s3://{first}/tree", f"s3://{second}/x/").ended(0)
    assert_there(s3_server, first, "a copy/", wanted, empty)
    assert_there(s3_server, second, "x/tree/", wanted, empty)

    program.run("cp", "-r", f"s3://{second}/x/tree/", "back/").ended(1)  # it is not there
    (here / "back").mkdir()
    program.run("cp", "-r", f"s3://{second}/x/tree/", "back/").ended(0)
    assert_here(here / "back/tree", wanted, empty)
    assert_here(here / "tree", wanted, empty)


def test_a_move_there_through_and_back_leaves_nothing_behind(
    s3_server: Server, new_bucket: Callable[[Server], str], program_for: Programs, here: Path
) -> None:
    first, second = new_bucket(s3_server), new_bucket(s3_server)
    program = program_for(s3_server)
    wanted, empty = odd_names.plant(here / "tree", refused_by(s3_server))
    program.run("mv", "tree", f"s3://{first}/").ended(0)
    assert list(here.iterdir()) == []
    assert_there(s3_server, first, "tree/", wanted, empty)

    program.run("mv", "-T", f"s3://{first}/tree", f"s3://{second}/renamed/").ended(0)
    assert s3_server.keys(first) == []
    assert_there(s3_server, second, "renamed/", wanted, empty)

    program.run("mv", f"s3://{second}/renamed", ".").ended(0)
    assert s3_server.keys(second) == []
    assert_here(here / "renamed", wanted, empty)


def assert_there(
    server: Server, bucket: str, prefix: str, wanted: Mapping[str, Held], empty: set[str]
) -> None:
    files, markers = far_side.held(server, bucket, prefix)
    assert odd_names.differences(wanted, files) == []
    assert markers == empty
    assert server.uploads(bucket) == []


def assert_here(top: Path, wanted: Mapping[str, Held], empty: set[str]) -> None:
    files, without_files = odd_names.found(top)
    assert odd_names.differences(wanted, files) == []
    assert without_files == empty
