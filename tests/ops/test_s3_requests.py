"""What copies, moves and deletes cost at the far side: counted by a proxy before a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer as Deny
from tests.fakes.proxy_rules import FlipResponse
from tests.servers.server import Server
from tfm.jobs.lane import Lane
from tfm.model.conflict import Answer, Policy
from tfm.model.errors import Corrupt
from tfm.model.location import S3, Location, local
from tfm.model.verify import Level
from tfm.ops import remove, tree
from tfm.ops.context import OpContext
from tfm.ops.plan import pick
from tfm.ops.search import Hit, Query, Syntax, estimate, search
from tfm.storage.vfs import Vfs

COUNT = 100


class Far:
    """A bucket behind a counting proxy, and a directory beside it."""

    def __init__(self, proxy: Proxy, server: Server, bucket: str, here: Path) -> None:
        self.proxy = proxy
        self.server = server
        self.bucket = bucket
        self.here = here
        self.client = server.client()
        self.vfs = Vfs({"s3": {"endpoint_url": proxy.endpoint_url}})
        self.lane = Lane("parts", 4)

    def place(self, key: str) -> Location:
        return Location(S3, f"{self.bucket}/{key}")

    def ctx(self, answer: Answer = Answer.FAIL) -> OpContext:
        return OpContext(self.vfs, resolver=Policy(answer), fan_out=self.lane.fan_out)

    def keys(self) -> list[str]:
        found: list[str] = []
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            found += [row["Key"] for row in page.get("Contents", ())]
        return found

    def body(self, key: str) -> bytes:
        answer: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return answer

    def fill(self, prefix: str, count: int = COUNT) -> None:
        for number in range(count):
            self.client.put_object(
                Bucket=self.bucket, Key=f"{prefix}f{number:03}", Body=b"%d" % number
            )

    def fill_local(self, name: str, count: int = COUNT) -> Location:
        top = self.here / name
        top.mkdir()
        for number in range(count):
            (top / f"f{number:03}").write_bytes(b"%d" % number)
            os.utime(top / f"f{number:03}", ns=(0, 1_500_000_000_123_456_789 + number))
        return local(top)

    def other_than_lists(self) -> dict[str, int]:
        counts = dict(self.proxy.counts())
        counts.pop("ListObjectsV2", None)
        return counts


class TestReadBack:
    """A server that gives back other bytes than it was sent."""

    @pytest.mark.parametrize("allowed", [True, False])
    def test_the_version_before_stands_there_again(self, far: Far, allowed: bool) -> None:
        """A plain delete would hide it together with the damaged one."""
        kept = {"Status": "Enabled"}
        far.client.put_bucket_versioning(Bucket=far.bucket, VersioningConfiguration=kept)
        far.client.put_object(Bucket=far.bucket, Key="f", Body=b"the good one")
        (far.here / "f").write_bytes(
            bytes(11 << 20)
        )  # in parts: no digest tells of damage on the way
        far.proxy.rule("GetObject", FlipResponse(3))
        if not allowed:
            far.proxy.rule("DeleteObjects", Deny(403, "AccessDenied"))
        ctx = replace(far.ctx(Answer.OVERWRITE), level=Level.READBACK)
        (item,) = tree.copy(ctx, pick(ctx, [local(far.here / "f")]), far.place("")).items
        assert isinstance(item.error, Corrupt)
        told = far.client.list_object_versions(Bucket=far.bucket)
        if allowed:
            assert far.body("f") == b"the good one"
            assert len(told["Versions"]) == 1 and "DeleteMarkers" not in told
        else:
            assert len(told["Versions"]) == 2 and len(told["DeleteMarkers"]) == 1


@pytest.fixture
def far(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Far]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ministack_server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ministack_server.secret_key)
    far = Far(proxy_for(ministack_server), ministack_server, new_bucket(ministack_server), tmp_path)
    yield far
    far.lane.close()
    far.vfs.close()


def test_up_is_one_put_each(far: Far) -> None:
    top = far.fill_local("up")
    ctx = far.ctx()
    report = tree.copy(ctx, [far.vfs.resolve(top)], far.place(""))
    assert report.all_done, report.failures[:3]
    assert far.other_than_lists() == {"PutObject": COUNT}
    assert len(far.keys()) == COUNT
    assert far.body("up/f042") == b"42"
    head = far.client.head_object(Bucket=far.bucket, Key="up/f042")
    assert head["Metadata"]["mtime"] == "1500000000.123456831"


def test_down_is_one_get_each_pinned_to_what_was_listed(far: Far) -> None:
    far.fill("down/")
    (far.here / "to").mkdir()
    picked = [far.vfs.resolve(far.place("down/"))]
    far.proxy.reset()
    report = tree.copy(far.ctx(), picked, local(far.here / "to"))
    assert report.all_done, report.failures[:3]
    assert far.other_than_lists() == {"GetObject": COUNT}
    for request in far.proxy.exchanges("GetObject"):
        assert request.headers.get("if-match"), request
    assert (far.here / "to/down/f042").read_bytes() == b"42"


def test_a_copy_inside_is_one_copy_each(far: Far) -> None:
    far.fill("from/")
    picked = [far.vfs.resolve(far.place("from/"))]
    far.proxy.reset()
    report = tree.copy(far.ctx(), picked, far.place("to/"))
    assert report.all_done, report.failures[:3]
    assert far.other_than_lists() == {"CopyObject": COUNT}
    assert far.body("to/from/f042") == b"42"


def test_a_hundred_go_in_one_delete(far: Far) -> None:
    far.fill("gone/")
    far.fill("kept/", 3)
    picked = [far.vfs.resolve(far.place("gone/"))]
    far.proxy.reset()
    report = remove.remove(far.ctx(), picked)
    assert report.all_done
    assert far.other_than_lists() == {"DeleteObjects": 1}
    assert far.keys() == ["kept/f000", "kept/f001", "kept/f002"]


def test_2500_go_in_three(far: Far) -> None:
    far.fill("gone/", 2500)
    picked = [far.vfs.resolve(far.place("gone/"))]
    far.proxy.reset()
    report = remove.remove(far.ctx(), picked)
    assert len(report.items) == 2500
    assert report.all_done
    assert far.other_than_lists() == {"DeleteObjects": 3}
    assert far.proxy.count("ListObjectsV2") == 3
    assert far.keys() == []


def test_a_move_up_deletes_only_what_arrived(far: Far) -> None:
    top = far.fill_local("up", 10)
    report = tree.move(far.ctx(), [far.vfs.resolve(top)], far.place(""))
    assert report.all_done, report.failures[:3]
    assert not (far.here / "up").exists()
    assert far.other_than_lists() == {"PutObject": 10}
    assert len(far.keys()) == 10


def test_a_move_down_removes_each_proved_source(far: Far) -> None:
    far.fill("down/", 10)
    (far.here / "to").mkdir()
    picked = [far.vfs.resolve(far.place("down/"))]
    report = tree.move(far.ctx(), picked, local(far.here / "to"))
    assert report.all_done, report.failures[:3]
    assert far.keys() == []
    assert len(list((far.here / "to/down").iterdir())) == 10


def test_a_file_that_is_large_goes_in_parts_and_comes_in_ranges(far: Far) -> None:
    data = bytes(range(256)) * 4096 * 21  # 21 MiB
    (far.here / "large").write_bytes(data)
    report = tree.copy(far.ctx(), [far.vfs.resolve(local(far.here / "large"))], far.place(""))
    assert report.all_done, report.failures
    assert far.proxy.count("UploadPart") == 3
    assert far.proxy.open_uploads() == []
    assert far.body("large") == data
    (far.here / "to").mkdir()
    far.proxy.reset()
    report = tree.move(far.ctx(), [far.vfs.resolve(far.place("large"))], local(far.here / "to"))
    assert report.all_done, report.failures
    assert far.proxy.count("GetObject") >= 3
    assert (far.here / "to/large").read_bytes() == data
    assert far.keys() == []


@pytest.mark.parametrize("answer", [Answer.OVERWRITE, Answer.NEWER, Answer.SKIP])
def test_a_conflict_costs_one_look(far: Far, answer: Answer) -> None:
    top = far.fill_local("up", 1)
    assert tree.copy(far.ctx(), [far.vfs.resolve(top)], far.place("")).all_done
    far.proxy.reset()
    tree.copy(far.ctx(answer), [far.vfs.resolve(top)], far.place(""))
    wanted = {"HeadObject": 1} | ({"PutObject": 1} if answer is Answer.OVERWRITE else {})
    assert far.other_than_lists() == wanted
    assert far.proxy.count("ListObjectsV2") == 0


def test_many_conflicts_cost_one_listing_and_a_look_each(far: Far) -> None:
    top = far.fill_local("up", 10)
    assert tree.copy(far.ctx(), [far.vfs.resolve(top)], far.place("")).all_done
    far.proxy.reset()
    report = tree.copy(far.ctx(Answer.OVERWRITE), [far.vfs.resolve(top)], far.place(""))
    assert report.all_done, report.failures[:3]
    assert far.other_than_lists() == {"HeadObject": 10, "PutObject": 10}
    assert far.proxy.count("ListObjectsV2") == 1
    for request in far.proxy.exchanges("PutObject"):
        assert request.headers.get("if-match"), request


def test_what_is_not_there_is_known_from_the_directory_above(far: Far) -> None:
    """A tree of new directories is not asked for one by one."""
    for name in ("a", "b", "c"):
        far.fill_local(f"up-{name}", 5)
    (far.here / "up").mkdir()
    for name in ("a", "b", "c"):
        (far.here / f"up-{name}").rename(far.here / "up" / name)
    report = tree.copy(far.ctx(), [far.vfs.resolve(local(far.here / "up"))], far.place(""))
    assert report.all_done, report.failures[:3]
    assert far.other_than_lists() == {"PutObject": 15}
    assert far.proxy.count("ListObjectsV2") == 1
    far.proxy.reset()
    report = tree.copy(far.ctx(), [far.vfs.resolve(local(far.here / "up"))], far.place(""))
    assert len(report.failures) == 15
    assert far.other_than_lists() == {"HeadObject": 15}
    assert far.proxy.count("ListObjectsV2") == 4


def test_a_move_inside_looks_at_each_source_before_it_goes(far: Far) -> None:
    far.fill("from/", 10)
    picked = [far.vfs.resolve(far.place("from/"))]
    far.proxy.reset()
    report = tree.move(far.ctx(), picked, far.place("to/"))
    assert report.all_done, report.failures[:3]
    assert far.keys() == [f"to/from/f{number:03}" for number in range(10)]
    # this server compares nothing when it deletes, so we do
    assert far.other_than_lists() == {"CopyObject": 10, "HeadObject": 10, "DeleteObject": 10}
    for request in far.proxy.exchanges("CopyObject"):
        assert request.headers.get("x-amz-copy-source-if-match"), request


def test_a_directory_that_was_emptied_stays(far: Far) -> None:
    far.fill("d/gone/", 3)
    far.fill("d/", 0)
    assert remove.remove(far.ctx(), [far.vfs.resolve(far.place("d/gone/"))]).all_done
    assert far.keys() == ["d/"]


def test_a_few_files_into_a_long_directory_do_not_list_it_all(far: Far) -> None:
    far.fill("long/", 3_500)
    top = far.fill_local("few", 3)
    far.client.put_object(Bucket=far.bucket, Key="long/f001", Body=b"old")
    picked = [far.vfs.resolve(top.child(f"f00{number}")) for number in range(3)]
    far.proxy.reset()
    report = tree.copy(far.ctx(Answer.SKIP), picked, far.place("long/"))
    assert [item.outcome.value for item in report.items].count("skipped") == 3
    assert far.proxy.count("ListObjectsV2") == 4
    assert far.proxy.count("HeadObject") == 3
    assert far.proxy.count("PutObject") == 0


def test_a_search_by_name_is_one_request_for_a_thousand_keys_and_none_when_repeated(
    far: Far,
) -> None:
    for folder in range(5):
        far.fill(f"top/{folder}/", 4)
    top = far.place("top/")
    far.proxy.reset()
    hits: list[Hit] = []
    search(far.ctx(), Query(top, "f00*"), lambda more, _summary: hits.extend(more))
    assert len(hits) == 20
    assert dict(far.proxy.counts()) == {"ListObjectsV2": 1}
    search(far.ctx(), Query(top, "0", Syntax.REGEX), lambda more, _summary: hits.extend(more))
    assert dict(far.proxy.counts()) == {"ListObjectsV2": 1}, "within the time of the cache"
    assert remove.remove(far.ctx(), [far.vfs.resolve(far.place("top/1/f001"), fresh=True)]).all_done
    far.proxy.reset()
    hits.clear()
    search(far.ctx(), Query(top, "f00*"), lambda more, _summary: hits.extend(more))
    assert len(hits) == 19, "a change beneath is known at once"


def test_a_search_by_content_is_one_get_for_each_object_that_was_announced(far: Far) -> None:
    far.fill("text/", 20)
    query = Query(far.place("text/"), "f01*", content="7")
    far.proxy.reset()
    told = estimate(far.ctx(), query)
    assert (told.objects, told.bytes) == (10, 20)
    assert dict(far.proxy.counts()) == {"ListObjectsV2": 1}
    hits: list[Hit] = []
    search(far.ctx(), query, lambda more, _summary: hits.extend(more))
    assert [hit.path for hit in hits] == ["f017"]
    assert dict(far.proxy.counts()) == {"ListObjectsV2": 1, "GetObject": 10}
