"""Every answer to "it is already there", in every direction, and the report of it to the letter."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import far_side, odd_names
from tests.e2e.far_side import NO_TIME
from tests.e2e.odd_names import Held
from tests.e2e.program import Program
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

SECOND = 10**9
EARLY, LATE = 1_500_000_000 * SECOND + 7, 1_600_000_000 * SECOND + 8
MINE = {
    "older.txt": Held(b"mine, and older", EARLY),
    "newer.txt": Held(b"mine, and newer", LATE),
    "same.txt": Held(b"the same", EARLY),
    "fresh.txt": Held(b"only mine", EARLY),
}
THEIRS = {
    "older.txt": Held(b"theirs", LATE),
    "newer.txt": Held(b"theirs too", EARLY),
    "same.txt": MINE["same.txt"],
    "theirs.txt": Held(b"only theirs", EARLY),
}
BOTH = {name.replace(".", " (2)."): MINE[name] for name in MINE if name in THEIRS}
DONE, SKIPPED, FAILED = "done", "skipped", "failed"


@dataclass(frozen=True)
class Expected:
    """What an answer leads to: outcomes of mine, and what stands at the destination then."""

    code: int
    older: str
    newer: str
    same: str
    after: Mapping[str, Held]


_PLUS_FRESH = THEIRS | {"fresh.txt": MINE["fresh.txt"]}
ANSWERS = {
    "": Expected(3, FAILED, FAILED, FAILED, _PLUS_FRESH),
    "fail": Expected(3, FAILED, FAILED, FAILED, _PLUS_FRESH),
    "skip": Expected(3, SKIPPED, SKIPPED, SKIPPED, _PLUS_FRESH),
    "overwrite": Expected(0, DONE, DONE, DONE, THEIRS | MINE),
    "keep-both": Expected(0, DONE, DONE, DONE, _PLUS_FRESH | BOTH),
    "newer": Expected(3, SKIPPED, DONE, SKIPPED, _PLUS_FRESH | {"newer.txt": MINE["newer.txt"]}),
    "different": Expected(3, DONE, DONE, SKIPPED, THEIRS | MINE),
}
CASES = [
    (server, way, verb, answer)
    for server, way, verb in (
        ("ministack", "up", "cp"),
        ("ministack", "down", "mv"),
        ("ministack", "inside", "cp"),
        ("moto", "up", "mv"),
        ("rclone", "up", "cp"),
    )
    for answer in ANSWERS
    # the whole table once in each direction; elsewhere what a server may see otherwise
    if server == "ministack" or answer in ("", "overwrite", "newer")
]


class Side:
    """A directory on one side: where the program finds it, and what really is in it."""

    def __init__(self, server: Server, bucket: str, here: Path, name: str, *, far: bool) -> None:
        self._server, self._bucket, self._here = server, bucket, here
        self._name = name
        self._far = far
        self.place = f"s3://{bucket}/{name}" if far else str(here / name)

    def fill(self, files: Mapping[str, Held]) -> None:
        for name, held in files.items():
            if self._far:
                seconds, rest = divmod(held.mtime_ns, SECOND)
                self._server.client().put_object(
                    Bucket=self._bucket,
                    Key=f"{self._name}/{name}",
                    Body=held.data,
                    Metadata={"mtime": f"{seconds}.{rest:09}"},
                )
                continue
            path = self._here / self._name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(held.data)
            os.utime(path, ns=(0, held.mtime_ns))

    def content(self) -> dict[str, Held]:
        if self._far:
            return far_side.held(self._server, self._bucket, f"{self._name}/")[0]
        return odd_names.found(self._here / self._name)[0]


@pytest.mark.parametrize(
    ("s3_server", "way", "verb", "answer"),
    CASES,
    ids=["-".join(word or "unasked" for word in case) for case in CASES],
    indirect=["s3_server"],
)
def test_an_answer_does_what_it_says(
    s3_server: Server,
    bucket: str,
    program_for: Callable[[Server], Program],
    here: Path,
    way: str,
    verb: str,
    answer: str,
) -> None:
    source = Side(s3_server, bucket, here, "d", far=way != "up")
    target = Side(s3_server, bucket, here, "to/d", far=way != "down")
    source.fill(MINE)
    target.fill(THEIRS)
    expected = ANSWERS[answer]
    options = ["--on-conflict", answer] if answer else []
    recursive = ["-r"] if verb == "cp" else []
    above = target.place.removesuffix("d")
    program = program_for(s3_server)
    ran = program.run(verb, "--json", *options, *recursive, source.place, above)
    ran.ended(expected.code)

    assert odd_names.differences(expected.after, target.content()) == []
    outcomes = {
        "older.txt": expected.older,
        "newer.txt": expected.newer,
        "same.txt": expected.same,
        "fresh.txt": DONE,
    }
    stays = {name for name, outcome in outcomes.items() if outcome != DONE or verb == "cp"}
    assert source.content() == {name: MINE[name] for name in stays}
    _check_report(ran.report, source, target, outcomes, verb, answer)
    for name, outcome in outcomes.items():
        assert outcome == DONE or name in ran.err


def _check_report(
    report: Mapping[str, object],
    source: Side,
    target: Side,
    outcomes: Mapping[str, str],
    verb: str,
    answer: str,
) -> None:
    rows = report["items"]
    assert isinstance(rows, list)
    files = {row["source"].rpartition("/")[2]: row for row in rows if not is_top(row, source)}
    (top,) = [row for row in rows if is_top(row, source)]
    assert len(rows) == len(MINE) + 1
    left = [outcome for outcome in outcomes.values() if outcome != DONE]
    assert top["outcome"] == (SKIPPED if verb == "mv" and left else DONE)
    for name, outcome in outcomes.items():
        row = files[name]
        at = name.replace(".", " (2).") if answer == "keep-both" and name in THEIRS else name
        assert row["source"] == f"{source.place}/{name}"
        assert row["destination"] == f"{target.place}/{at}"
        assert row["outcome"] == outcome
        assert row["size"] == (len(MINE[name].data) if outcome == DONE else 0)
        assert bool(row["reason"]) is (outcome != DONE)
        assert (row["error"] or {}).get("kind") == ("AlreadyExists" if outcome == FAILED else None)
    every = [row["outcome"] for row in rows]
    counts = {word: every.count(word) for word in (DONE, SKIPPED, FAILED, "cancelled")}
    code = 3 if left else 0
    assert (report["verb"], report["exit"], report["counts"]) == (verb, code, counts)


def is_top(row: Mapping[str, str], source: Side) -> bool:
    return row["source"].rstrip("/") == source.place


def test_a_file_never_takes_the_place_of_a_directory(
    ministack_server: Server,
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Server], Program],
    here: Path,
) -> None:
    bucket = new_bucket(ministack_server)
    program = program_for(ministack_server)
    (here / "x").write_bytes(b"file")
    (here / "d" / "x").mkdir(parents=True)
    (here / "d" / "x" / "inner").write_bytes(b"inner")
    ran = program.run("cp", "--json", "--on-conflict", "overwrite", "x", "d").ended(3)
    assert ran.report["items"][0]["error"]["kind"] == "AlreadyExists"
    assert (here / "d" / "x" / "inner").read_bytes() == b"inner"
    # in a bucket both can stand side by side
    program.run("cp", "-r", "d/x", f"s3://{bucket}/").ended(0)
    program.run("cp", "-T", "x", f"s3://{bucket}/x").ended(0)
    files, _ = far_side.held(ministack_server, bucket)
    assert {name: held.data for name, held in files.items()} == {"x": b"file", "x/inner": b"inner"}
    assert all(held.mtime_ns != NO_TIME for held in files.values())
