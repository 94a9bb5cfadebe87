"""Servers and connections that fail in the middle: never a wrong success, never half a thing."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import far_side
from tests.e2e.program import Program, Ran
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Action, Answer, CutResponse, DropAnswer, ReplaceBody, Reset
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

MIB = 1 << 20
SMALL = b"small and sound " * 10_000
LARGE = b"".join(b"%015d\n" % number for number in range(12 * MIB // 16))


@dataclass(frozen=True)
class Far:
    """A bucket on MiniStack, seen by the program through a proxy; the program keeps a log."""

    proxy: Proxy
    server: Server
    bucket: str
    program: Program
    here: Path

    @property
    def place(self) -> str:
        return f"s3://{self.bucket}/"

    def put(self, **objects: bytes) -> None:
        far_side.put_all(self.server, self.bucket, objects)

    def body(self, key: str) -> bytes | None:
        return far_side.body(self.server, self.bucket, key)

    def objects(self) -> list[str]:
        return self.server.keys(self.bucket)

    def names(self) -> list[str]:
        """Every file here, temporary or not."""
        return sorted(
            str(path.relative_to(self.here)) for path in self.here.rglob("*") if path.is_file()
        )

    def run(self, *arguments: object) -> Ran:
        return self.program.run(*arguments)


@pytest.fixture
def far(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Proxy], Program],
    here: Path,
) -> Far:
    proxy = proxy_for(ministack_server)
    return Far(proxy, ministack_server, new_bucket(ministack_server), program_for(proxy), here)


def outcome(ran: Ran) -> dict[str, Any]:
    """The one row of a report."""
    (row,) = ran.report["items"]
    assert isinstance(row, dict)
    return row


# -- what passes by itself -----------------------------------------------------------------------------

SLOW = Answer(503, "SlowDown")
PASSING: dict[str, tuple[str, Action]] = {
    "throttled": ("PutObject", SLOW),
    "reset-in-a-body": ("PutObject", Reset(after_request=5000)),
    "reset-at-once": ("PutObject", Reset()),
    "answer-lost": ("PutObject", DropAnswer()),
    "part-throttled": ("UploadPart", SLOW),
    "part-reset": ("UploadPart", Reset(after_request=MIB)),
    "part-answer-lost": ("UploadPart", DropAnswer()),
    "begin-throttled": ("CreateMultipartUpload", SLOW),
    "completion-throttled": ("CompleteMultipartUpload", SLOW),
    "completion-answer-lost": ("CompleteMultipartUpload", DropAnswer()),
    "completion-fails-late": (
        "CompleteMultipartUpload",
        ReplaceBody(b"<Error><Code>InternalError</Code><Message>late</Message></Error>", 200),
    ),
    "completion-says-nothing": ("CompleteMultipartUpload", ReplaceBody(b"", 200)),
}


@pytest.mark.parametrize(("op", "action"), PASSING.values(), ids=PASSING)
def test_an_upload_outlives_what_passes(far: Far, op: str, action: Action) -> None:
    data = SMALL if op == "PutObject" else LARGE
    (far.here / "one").write_bytes(data)
    times = 2 if (op, action) == PASSING["throttled"] else 1
    rule = far.proxy.rule(op, action, times=times)
    ran = far.run("mv", "--json", "one", far.place).ended(0)
    assert rule.hits == times
    assert outcome(ran)["outcome"] == "done"
    assert far.objects() == ["one"] and far.body("one") == data
    assert far.names() == []
    assert far.server.uploads(far.bucket) == []
    assert far.proxy.open_uploads() == []


@pytest.mark.parametrize(
    "action",
    [SLOW, Reset(), Reset(after_response=5000), CutResponse(7000), Answer(500, "InternalError")],
    ids=["throttled", "reset-at-once", "reset-in-the-body", "cut-short", "internal-error"],
)
@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_download_outlives_what_passes(far: Far, action: Action, data: bytes) -> None:
    far.put(one=data)
    times = 2 if data is SMALL else 1
    rule = far.proxy.rule("GetObject", action, times=times)
    ran = far.run("cp", "--json", f"{far.place}one", ".").ended(0)
    assert rule.hits == times
    assert outcome(ran)["outcome"] == "done"
    assert far.names() == ["one"]
    assert (far.here / "one").read_bytes() == data


@pytest.mark.slow
def test_a_throttled_delete_and_copy_and_listing(far: Far) -> None:
    far.put(**{f"d/{number}": b"x" for number in range(5)})
    for op in ("ListObjectsV2", "CopyObject", "DeleteObjects"):
        far.proxy.rule(op, SLOW, times=1)
    far.run("cp", "-r", f"{far.place}d", f"{far.place}e/").ended(0)
    far.run("rm", "-r", "--yes", f"{far.place}d").ended(0)
    assert far.objects() == [f"e/d/{number}" for number in range(5)]


# -- success that is none ------------------------------------------------------------------------------

EMPTY = ReplaceBody(b"", 200)


def test_an_empty_success_of_a_copy_is_proved_or_none(far: Far) -> None:
    far.put(one=SMALL)
    far.proxy.rule("CopyObject", EMPTY)
    ran = far.run("cp", "--json", f"{far.place}one", f"{far.place}two")
    if ran.code == 0:  # then a HEAD has shown that it is there
        assert far.proxy.count("HeadObject", "two") >= 2
        assert far.body("two") == SMALL
    else:
        assert outcome(ran.ended(3))["outcome"] == "failed"


@pytest.mark.slow
def test_a_success_without_an_act_is_never_believed(far: Far) -> None:
    """The server says 200 and did nothing at all."""
    (far.here / "small").write_bytes(SMALL)
    (far.here / "large").write_bytes(LARGE)
    far.put(there=SMALL)
    nothing = Answer(200, body=b"")
    for op in ("PutObject", "CompleteMultipartUpload", "CopyObject", "DeleteObjects"):
        far.proxy.rule(op, nothing)
    for arguments in (
        ("mv", "small", far.place),
        ("mv", "large", far.place),
        ("mv", "-T", f"{far.place}there", f"{far.place}new"),
        ("rm", "--yes", f"{far.place}there"),
    ):
        ran = far.run(arguments[0], "--json", *arguments[1:]).ended(3)
        assert outcome(ran)["outcome"] == "failed", arguments
    assert far.objects() == ["there"]
    assert far.names() == ["large", "small"]
    assert far.server.uploads(far.bucket) == []


def test_a_delete_that_leaves_some_unmentioned(far: Far) -> None:
    far.put(**{f"d/{number}": b"x" for number in range(3)})
    answer = (
        b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<Deleted><Key>d/1</Key></Deleted></DeleteResult>"
    )
    far.proxy.rule("DeleteObjects", Answer(200, body=answer))
    ran = far.run("rm", "-r", "--yes", "--json", f"{far.place}d").ended(3)
    assert ran.outcomes() == {
        f"{far.place}d/0": "failed",
        f"{far.place}d/1": "done",
        f"{far.place}d/2": "failed",
    }


# -- what does not pass --------------------------------------------------------------------------------


def test_five_of_a_hundred_are_denied(far: Far) -> None:
    (far.here / "up").mkdir()
    for number in range(100):
        (far.here / "up" / f"f{number:03}").write_bytes(b"%d" % number)
    for number in (3, 14, 15, 92, 65):
        far.proxy.rule("PutObject", Answer(403, "AccessDenied"), key=f"*/f{number:03}")
    ran = far.run("mv", "--json", "up", far.place).ended(3)
    failed = ["f003", "f014", "f015", "f065", "f092"]
    outcomes = ran.outcomes()
    top = str(far.here / "up")
    assert outcomes.pop(top) == "skipped"
    assert sorted(s.rpartition("/")[2] for s, o in outcomes.items() if o == "failed") == failed
    assert list(outcomes.values()).count("done") == 95
    assert all(f"/{name}:" in ran.err for name in failed)
    assert far.names() == [f"up/{name}" for name in failed]
    assert len(far.objects()) == 95


def test_five_of_a_hundred_are_not_deleted(far: Far) -> None:
    far.put(**{f"d/f{number:03}": b"x" for number in range(100)})
    denied = [f"d/f{number:03}" for number in (3, 14, 15, 65, 92)]
    deleted = [key for key in far.objects() if key not in denied]
    said = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in deleted) + "".join(
        f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
        for key in denied
    )
    far.proxy.rule("DeleteObjects", ReplaceBody(f"<DeleteResult>{said}</DeleteResult>".encode()))
    ran = far.run("rm", "-r", "--yes", "--json", f"{far.place}d").ended(3)
    outcomes = ran.outcomes()
    assert sorted(s for s, o in outcomes.items() if o == "failed") == [
        far.place + k for k in denied
    ]
    assert list(outcomes.values()).count("done") == 95
    assert all(key in ran.err for key in denied)


def test_an_archived_object_fails_alone_and_stays(far: Far) -> None:
    far.put(**{f"d/f{number}": b"%d" % number for number in range(5)})
    far.proxy.rule("GetObject", Answer(403, "InvalidObjectState"), key="d/f2")
    ran = far.run("mv", "--json", f"{far.place}d", ".").ended(3)
    outcomes = ran.outcomes()
    assert outcomes[f"{far.place}d/f2"] == "failed"
    assert far.names() == ["d/f0", "d/f1", "d/f3", "d/f4"]
    assert [key for key in far.objects() if not key.endswith("/")] == ["d/f2"]
    assert "archived" in ran.err and "Restore it from the archive first" in ran.err


@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_a_login_that_runs_out_in_the_middle(far: Far, verb: str) -> None:
    far.put(**{f"d/f{number:02}": b"%d" % number for number in range(30)})
    far.proxy.rule("GetObject", Answer(400, "ExpiredToken"), key="d/f[12]*")
    recursive = ["-r"] if verb == "cp" else []
    ran = far.run(verb, "--json", *recursive, f"{far.place}d", ".").ended(3)
    assert "expired" in ran.err.lower() and "log in again" in ran.err.lower()
    outcomes = ran.outcomes()
    done = {place.rpartition("/")[2] for place, word in outcomes.items() if word == "done"}
    files = {path.name: path.read_bytes() for path in (far.here / "d").iterdir()}
    assert set(files) == done - {""}
    assert all(data == b"%d" % int(name[1:]) for name, data in files.items())
    lost = {f"d/f{n:02}" for n in range(30)} - set(far.objects())
    assert lost == ({f"d/{name}" for name in files} if verb == "mv" else set())
    # asking on with a login that is known to be dead only costs
    assert far.proxy.count("GetObject") < 30 + 12


def test_a_login_that_was_dead_before(far: Far) -> None:
    (far.here / "one").write_bytes(b"one")
    far.proxy.rule("*", Answer(400, "ExpiredToken"))
    for arguments in (
        ("cp", "one", far.place),
        ("ls", far.place),
        ("rm", "--yes", f"{far.place}x"),
    ):
        ran = far.run(*arguments)
        assert ran.code in (1, 3)
        assert "expired" in ran.err.lower() and "log in again" in ran.err.lower()


@pytest.mark.slow
def test_half_a_listing_is_no_tree(far: Far) -> None:
    """Page two cannot be had: a delete is not done, and a move keeps what it did not see."""
    far_side.put_all(far.server, far.bucket, {f"d/f{number:04}": b"x" for number in range(1005)})
    far.proxy.rule("ListObjectsV2", Answer(403, "AccessDenied"), page=2)
    ran = far.run("ls", f"{far.place}d/")
    assert ran.code == 1 and "access denied" in ran.err and ran.out == b""
    ran = far.run("mv", "--dry-run", f"{far.place}d", ".").ended(1)
    assert f"{far.place}d/" in ran.err
    ran = far.run("rm", "-r", "--yes", "--json", f"{far.place}d").ended(3)
    assert ran.outcomes()[f"{far.place}d/"] == "failed"
    assert f"{far.place}d/" in ran.err
    left = far.objects()
    assert {f"d/f{number:04}" for number in range(1000, 1005)} <= set(left)
    reported = {s for s, o in ran.outcomes().items() if o == "done"}
    assert reported == {far.place + f"d/f{n:04}" for n in range(1005)} - {
        far.place + k for k in left
    }


def test_a_dead_server_leaves_what_was_there(far: Far) -> None:
    far.put(one=LARGE)
    (far.here / "one").write_bytes(b"older")
    far.proxy.rule("GetObject", Answer(403, "AccessDenied"), nth=2)
    ran = far.run("cp", "--json", "--on-conflict", "overwrite", f"{far.place}one", ".").ended(3)
    assert outcome(ran)["error"]["kind"] == "Denied"
    assert far.names() == ["one"]
    assert (far.here / "one").read_bytes() == b"older"
    assert json.loads(ran.out)["exit"] == 3


def test_a_refused_part_ends_the_upload(far: Far) -> None:
    (far.here / "one").write_bytes(LARGE)
    far.proxy.rule("UploadPart", Answer(403, "AccessDenied"), nth=2)
    ran = far.run("mv", "--json", "one", far.place).ended(3)
    assert outcome(ran)["error"]["kind"] == "Denied"
    assert far.server.uploads(far.bucket) == []
    assert far.objects() == []
    assert (far.here / "one").read_bytes() == LARGE
