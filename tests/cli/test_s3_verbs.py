"""The verbs on S3: requests are counted at the server's side."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Spawn, Tfm, ended
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, FlipRequest, FlipResponse
from tests.servers.server import Server

MIB = 1 << 20


@pytest.fixture
def bucket(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


def put(server: Server, bucket: str, *keys: str) -> None:
    for key in keys:
        server.client().put_object(Bucket=bucket, Key=key, Body=key.encode())


def test_ls(tfm: Tfm, moto_server: Server, bucket: str, proxy: Proxy) -> None:
    put(moto_server, bucket, "a", "b/c", "odd//x", "%2e")
    assert tfm("ls", f"s3://{bucket}").text == "b/\nodd/\n%2e\na\n"
    proxy.expect({"ListObjectsV2": 1})
    proxy.reset()
    assert tfm("ls", f"s3://{bucket}/odd//").text == "x\n"
    proxy.expect({"ListObjectsV2": 1})
    assert f"{bucket}/\n" in tfm("ls", "s3://").text
    assert tfm("ls", f"s3://{bucket}/b").text == "c\n"
    assert tfm("ls", f"s3://{bucket}/a").text == f"s3://{bucket}/a\n"
    missing = tfm("ls", f"s3://{bucket}/nope")
    assert missing.code == 1 and "nope" in missing.err
    rows = json.loads(tfm("ls", "--json", f"s3://{bucket}").out)
    assert {row["place"] for row in rows} >= {f"s3://{bucket}/a", f"s3://{bucket}/b/"}
    assert all(row["etag"] for row in rows if row["kind"] == "file")


def test_mkdir_with_parents_makes_no_bucket_and_says_so(
    tfm: Tfm, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    assert tfm("mkdir", "-p", f"s3://{bucket}").code == 0
    ran = tfm("mkdir", "-p", f"s3://{bucket}-of-nobody")
    assert ran.code == 1 and "does not make buckets" in ran.err
    assert tfm("mkdir", "-p", f"s3://{bucket}/a/b/").code == 0
    assert tfm("ls", f"s3://{bucket}/a/").text == "b/\n"


def test_up_and_down_keeps_bytes_names_and_times(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    # moto refuses a line feed in a key; the contract suite has it on the other servers
    odd = ["%2e", " lead", "trail ", "名前 é", "-dash", "a;b", "plain", "esc\x1b"]
    for number, name in enumerate(odd):
        path = here / "src" / "deep" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(str(number).encode() * 1000)
        os.utime(path, ns=(1, 1_600_000_000_123_456_789 + number))
    (here / "src" / "empty").mkdir()
    ran = tfm("cp", "-r", "src", f"s3://{bucket}/p/")
    assert ran.code == 0, ran.err
    keys = {f"p/src/deep/{name}" for name in odd} | {"p/src/empty/"}
    assert set(moto_server.keys(bucket)) == keys
    ran = tfm("cp", "-r", f"s3://{bucket}/p/src", "back")
    assert ran.code == 0, ran.err
    for name in odd:
        one, two = here / "src" / "deep" / name, here / "back" / "deep" / name
        assert one.read_bytes() == two.read_bytes()
        assert one.stat().st_mtime_ns == two.stat().st_mtime_ns
    assert (here / "back" / "empty").is_dir()


def test_the_floor_for_a_hundred_small_files(
    tfm: Tfm, here: Path, bucket: str, proxy: Proxy
) -> None:
    for number in range(100):
        (here / "src").mkdir(exist_ok=True)
        (here / "src" / f"{number:03}").write_bytes(os.urandom(500))
    assert tfm("cp", "-r", "src", f"s3://{bucket}/").code == 0
    counts = proxy.counts()
    assert counts.pop("PutObject") == 100
    assert set(counts) <= {"ListObjectsV2"}
    proxy.reset()
    assert tfm("cp", "-r", f"s3://{bucket}/src/", "back").code == 0
    counts = proxy.counts()
    assert counts.pop("GetObject") == 100
    assert set(counts) <= {"ListObjectsV2"} and counts["ListObjectsV2"] <= 2
    proxy.reset()
    assert tfm("rm", "-r", "--yes", f"s3://{bucket}/src/").code == 0
    counts = proxy.counts()
    assert counts.pop("DeleteObjects") == 1
    assert set(counts) <= {"ListObjectsV2", "HeadObject", "PutObject"}, counts


def test_a_slash_decides_between_an_object_and_a_directory(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    (here / "f").write_text("f")
    put(moto_server, bucket, "dir/x", "both", "both/y")
    assert tfm("cp", "f", f"s3://{bucket}/dir").code == 0  # the directory receives
    assert tfm("cp", "f", f"s3://{bucket}/new").code == 0  # a new name
    assert tfm("cp", "f", f"s3://{bucket}/fresh/").code == 0  # a new directory
    assert tfm("cp", "f", f"s3://{bucket}/both").code == 3  # the object wins, and stands there
    assert tfm("cp", "f", f"s3://{bucket}/both/").code == 0
    assert tfm("cp", "f", f"s3://{bucket}").code == 0
    assert set(moto_server.keys(bucket)) == {
        *("dir/x", "both", "both/y", "dir/f", "new", "fresh/f", "both/f", "f"),
    }
    proxy.reset()
    assert tfm("cp", "f", f"s3://{bucket}/floor/").code == 0
    assert proxy.counts().get("PutObject") == 1


def test_a_prefix_is_never_taken_for_a_directory(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "foo/1", "foo2/1", "foobar")
    assert tfm("rm", "-r", "--yes", f"s3://{bucket}/foo").code == 0
    assert set(moto_server.keys(bucket)) >= {"foo2/1", "foobar"}
    assert "foo/1" not in moto_server.keys(bucket)
    assert tfm("ls", f"s3://{bucket}/fo").code == 1


def test_moves_both_ways_and_within(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    (here / "d").mkdir()
    (here / "d" / "f").write_text("content")
    assert tfm("mv", "d", f"s3://{bucket}/").code == 0
    assert not (here / "d").exists() and moto_server.keys(bucket) == ["d/f"]
    assert tfm("mv", f"s3://{bucket}/d/f", f"s3://{bucket}/e/g").code == 0
    assert "GetObject" not in proxy.counts()
    assert tfm("mv", f"s3://{bucket}/e/g", "home").code == 0
    assert (here / "home").read_text() == "content"
    assert [key for key in moto_server.keys(bucket) if not key.endswith("/")] == []


def test_a_large_file_goes_up_and_comes_down_in_parts(
    tfm: Tfm, here: Path, bucket: str, proxy: Proxy
) -> None:
    (here / "big").write_bytes(os.urandom(20 * MIB))
    assert tfm("cp", "big", f"s3://{bucket}/big").code == 0
    assert proxy.counts()["UploadPart"] == 3
    assert tfm("cp", f"s3://{bucket}/big", "back").code == 0
    assert (here / "big").read_bytes() == (here / "back").read_bytes()
    assert proxy.open_uploads() == []


def test_a_flipped_byte_is_a_failure_and_publishes_nothing(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    (here / "f").write_bytes(b"x" * 10_000)
    proxy.rule("PutObject", FlipRequest(5000))
    ran = tfm("cp", "f", f"s3://{bucket}/f")
    assert ran.code == 3 and ran.err
    assert moto_server.keys(bucket) == []
    proxy.clear_rules()
    assert tfm("cp", "f", f"s3://{bucket}/f").code == 0
    proxy.rule("GetObject", FlipResponse(5000))
    assert tfm("cp", f"s3://{bucket}/f", "g").code == 3
    assert sorted(path.name for path in here.iterdir()) == ["f"]


def test_streams(
    tfm: Tfm, spawn: Spawn, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    data = os.urandom(12 * MIB)
    ran = ended(spawn("cp", "-", f"s3://{bucket}/k"), data)
    assert (ran.code, ran.err) == (0, "")
    assert proxy.open_uploads() == []
    proxy.reset()
    assert tfm("cat", f"s3://{bucket}/k").out == data
    proxy.expect({"GetObject": 1})
    assert tfm("cp", f"s3://{bucket}/k", "-").out == data
    assert ended(spawn("cp", "-", f"s3://{bucket}/k"), b"other").code == 1
    assert tfm("cat", f"s3://{bucket}/k").out == data


def test_nothing_is_overwritten_unasked(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "f")
    (here / "f").write_text("mine")
    assert tfm("cp", "f", f"s3://{bucket}/").code == 3
    assert tfm("cat", f"s3://{bucket}/f").out == b"f"
    assert tfm("cp", "--on-conflict", "overwrite", "f", f"s3://{bucket}/").code == 0
    assert tfm("cat", f"s3://{bucket}/f").out == b"mine"


def test_mkdir_makes_a_directory_that_exists(
    tfm: Tfm, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    assert tfm("mkdir", f"s3://{bucket}/d").code == 0
    assert moto_server.keys(bucket) == ["d/"]
    assert tfm("mkdir", f"s3://{bucket}/d").code == 1
    assert tfm("mkdir", "-p", f"s3://{bucket}/d").code == 0
    assert tfm("ls", f"s3://{bucket}/d").code == 0


@pytest.mark.parametrize("place", ["s3://no-such-bucket-here/", "s3://no-such-bucket-here/x"])
def test_a_bucket_that_is_not_there(tfm: Tfm, proxy: Proxy, place: str) -> None:
    ran = tfm("ls", place)
    assert ran.code == 1 and "no-such-bucket-here" in ran.err


def test_no_credentials_is_told_with_what_to_do(
    tfm: Tfm, bucket: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    ran = tfm("ls", f"s3://{bucket}/")
    assert ran.code == 1
    assert "aws configure" in ran.err
    assert proxy.counts() == {}


def test_no_secret_and_no_traceback_in_an_error(
    tfm: Tfm, here: Path, bucket: str, proxy: Proxy, moto_server: Server
) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    fault = Answer(403, "SignatureDoesNotMatch", f"AWSAccessKeyId={secret}&X-Amz-Signature=0123abc")
    proxy.rule("*", fault)
    log = here / "log"
    ran = tfm("ls", f"s3://{bucket}/", "--log", log, "--debug")
    assert ran.code == 1
    for text in (ran.err, log.read_text()):
        assert secret not in text and "0123abc" not in text
    assert "Traceback" not in ran.err


def test_debug_writes_one_line_for_each_request(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "a")
    log = here / "log"
    assert tfm("cat", f"s3://{bucket}/a", "--log", log, "--debug").code == 0
    lines = [line for line in log.read_text().splitlines() if "tfm.s3" in line]
    assert len(lines) == 1 and "get_object" in lines[0] and "id=" in lines[0]
    assert moto_server.secret_key not in log.read_text()
    assert "botocore" not in log.read_text()
    log.unlink()
    assert tfm("cat", f"s3://{bucket}/a", "--log", log).code == 0
    assert "get_object" not in log.read_text()


def test_what_was_asked_is_told_at_the_end(
    tfm: Tfm, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "a")
    ran = tfm("cat", "--stats", f"s3://{bucket}/a")
    assert (ran.code, ran.out) == (0, b"a")
    row = next(line for line in ran.err.splitlines() if line.startswith("GetObject"))
    assert row.split()[1:6] == ["1", "0", "0", "0", "1"]
    assert "GetObject" not in tfm("cat", f"s3://{bucket}/a").err


def test_endpoint_on_the_command_line(
    tfm: Tfm, moto_server: Server, bucket: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert tfm("ls", "--endpoint-url", proxy.endpoint_url, f"s3://{bucket}/").code == 0
    proxy.expect({"ListObjectsV2": 1})


def test_an_endpoint_that_is_down(tfm: Tfm, moto_server: Server, proxy: Proxy, here: Path) -> None:
    ran = tfm("ls", "s3://bucket-x/", "--endpoint-url", "http://127.0.0.1:1")
    assert ran.code == 1 and "endpoint cannot be reached" in ran.err


def test_a_hundred_sources_ask_no_more_than_needed(
    tfm: Tfm, here: Path, bucket: str, proxy: Proxy
) -> None:
    for number in range(10):
        (here / f"{number}").write_text("x")
    assert tfm("cp", *map(str, range(10)), f"s3://{bucket}/into/").code == 0
    counts = proxy.counts()
    assert counts.pop("PutObject") == 10
    assert counts in ({}, {"ListObjectsV2": 1})


def test_a_bucket_is_emptied_but_stays_and_that_is_said(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "a", "d/b")
    ran = tfm("rm", "-r", "--yes", f"s3://{bucket}")
    assert ran.code == 3 and "buckets themselves stay" in ran.err
    assert moto_server.keys(bucket) == []
    put(moto_server, bucket, "a")
    ran = tfm("mv", f"s3://{bucket}", "moved")
    assert ran.code == 3 and "buckets themselves stay" in ran.err
    assert (here / "moved" / "a").read_bytes() == b"a"
    assert tfm("ls", f"s3://{bucket}").code == 0


def test_nothing_is_moved_from_a_connection_that_is_read_only(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "a")
    connection = {"endpoint_url": proxy.endpoint_url, "read_only": True}
    (here / "config.py").write_text(f"S3_CONNECTIONS = {{'old': {connection}}}\n")
    (here / "to").mkdir()
    ran = tfm("mv", "--config", "config.py", f"s3://old@{bucket}/a", "to")
    assert ran.code == 1 and "read-only" in ran.err
    assert list((here / "to").iterdir()) == []
    assert tfm("cp", "--config", "config.py", f"s3://old@{bucket}/a", "to").code == 0


def test_nothing_is_fetched_that_may_not_be_written(
    tfm: Tfm, here: Path, moto_server: Server, bucket: str, proxy: Proxy
) -> None:
    put(moto_server, bucket, "a")
    ran = tfm("cp", "--read-only", f"s3://{bucket}/a", "b")
    assert ran.code == 3 and "--read-only" in ran.err
    assert proxy.count("GetObject") == 0
    assert list(here.iterdir()) == []
