"""Tags of objects: read, written, added to a selection, looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.server import Server
from tests.storage.s3.objects import parameters, picture
from tfm.model.errors import Unsupported
from tfm.model.location import S3, Location
from tfm.ops.context import OpContext, Outcome
from tfm.ops.plan import Picked, pick
from tfm.ops.tagging import Way, changed, find_tagged, tag
from tfm.storage.object_facets import Pairs
from tfm.storage.vfs import Vfs


@pytest.fixture
def ctx(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpContext]:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    made = OpContext(Vfs({"s3": {"endpoint_url": s3_server.endpoint_url}}))
    yield made
    made.vfs.close()


def tags(client: Any, bucket: str, key: str) -> dict[str, str]:
    rows = client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {row["Key"]: row["Value"] for row in rows}


def tree(ctx: OpContext, client: Any, bucket: str) -> list[Picked]:
    client.put_object(Bucket=bucket, Key="d/a", Body=b"1", Tagging="team=maps&old=1")
    client.put_object(Bucket=bucket, Key="d/e/b", Body=b"2", Tagging="team=sea")
    client.put_object(Bucket=bucket, Key="d/e/c", Body=b"3")
    return pick(ctx, [Location(S3, f"{bucket}/d/")])


@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_a_selection_is_tagged(ctx: OpContext, s3_server: Server, bucket: str) -> None:
    client = s3_server.client()
    picked = tree(ctx, client, bucket)
    report = tag(ctx, picked, Way.ADD, (("team", "maps"), ("größe", "3 m")))
    assert report.count(Outcome.DONE) == 3
    assert tags(client, bucket, "d/a") == {"team": "maps", "old": "1", "größe": "3 m"}
    assert tags(client, bucket, "d/e/c") == {"team": "maps", "größe": "3 m"}
    report = tag(ctx, picked, Way.REMOVE, (("old", "1"), ("größe", ""), ("team", "other")))
    assert report.count(Outcome.DONE) == 3
    assert tags(client, bucket, "d/a") == {"team": "maps"}
    report = tag(ctx, picked, Way.REPLACE, (("team", "maps"),))
    assert (report.count(Outcome.DONE), report.count(Outcome.SKIPPED)) == (0, 3)
    tag(ctx, picked, Way.REPLACE, ())
    assert tags(client, bucket, "d/a") == {}


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_an_eleventh_tag_fails_before_it_is_sent(
    ctx: OpContext, s3_server: Server, bucket: str
) -> None:
    client = s3_server.client()
    picked = tree(ctx, client, bucket)
    report = tag(ctx, picked, Way.ADD, tuple((f"t{n}", "") for n in range(9)))
    assert report.count(Outcome.DONE) == 2
    assert "10 tags at most" in report.failures[0].reason
    assert tags(client, bucket, "d/a") == {"team": "maps", "old": "1"}


@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_nothing_but_the_tags_changes(ctx: OpContext, s3_server: Server, bucket: str) -> None:
    import random

    client = s3_server.client()
    for seed in range(8):
        key = f"k{seed}"
        client.put_object(Bucket=bucket, Key=key, Body=b"x", **parameters(random.Random(seed)))
        before = picture(client, bucket, key)
        tag(ctx, pick(ctx, [Location(S3, f"{bucket}/{key}")]), Way.REPLACE, (("n", "1"),))
        assert picture(client, bucket, key) == {**before, "tags": [("n", "1")]}


@pytest.mark.parametrize("s3_server", ["rclone"], indirect=True)
def test_where_there_are_none_the_object_is_not_taken_for_them(
    ctx: OpContext, s3_server: Server, bucket: str
) -> None:
    """This server hears no `?tagging`: the tags would be stored as the object."""
    client = s3_server.client()
    body = b"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
    client.put_object(Bucket=bucket, Key="a", Body=body)
    for given in ((("n", "1"),), ()):
        fresh = OpContext(Vfs({"s3": {"endpoint_url": s3_server.endpoint_url}}))
        place = Location(S3, f"{bucket}/a")
        facet = fresh.vfs.facets(place).tags
        assert facet is not None
        with pytest.raises(Unsupported):
            facet.set_tags(place, given)
        fresh.vfs.close()
        picked = pick(ctx, [place])
        assert "no such thing" in tag(ctx, picked, Way.REPLACE, given).failures[0].reason
        assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == body


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [("team", "ab"), ("team=maps", "a"), ("t*=s?a", "b"), ("=", ""), ("old=2", "")],
)
@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_looked_for(ctx: OpContext, s3_server: Server, bucket: str, wanted: str, keys: str) -> None:
    found: list[str] = []
    picked = tree(ctx, s3_server.client(), bucket)
    report = find_tagged(ctx, picked, wanted, lambda place: found.append(place.name))
    assert "".join(sorted(found)) == keys
    assert report.count(Outcome.DONE) == 3


@pytest.mark.parametrize(
    ("wanted", "keys"), [("a=b = x", "c"), ("a=b", "c"), ("a=* = y", ""), ("a = b=x", "")]
)
@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_names_with_an_equals_sign_are_found(
    ctx: OpContext, s3_server: Server, bucket: str, wanted: str, keys: str
) -> None:
    s3_server.client().put_object(Bucket=bucket, Key="c", Body=b"x", Tagging="a%3Db=x")
    found: list[str] = []
    picked = pick(ctx, [Location(S3, f"{bucket}/c")])
    find_tagged(ctx, picked, wanted, lambda place: found.append(place.name))
    assert "".join(found) == keys


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (tuple((f"t{n}", "") for n in range(11)), "at most"),
        ((("", "x"),), "1 to 128"),
        ((("aws:x", "x"),), "aws:"),
        ((("a", "x" * 257),), "256"),
        ((("a", "x;y"),), "only letters"),
        ((("grüße/1", "a b+c@d"),), ""),
    ],
)
def test_faults(given: Pairs, told: str) -> None:
    from tfm.storage.s3.storage import S3Storage

    facet = S3Storage(S3, {}).facets.tags
    assert facet is not None
    assert told in facet.fault_in(given)
    assert bool(told) == bool(facet.fault_in(given))


def test_ways() -> None:
    had = (("a", "1"), ("b", "2"))
    assert changed(had, Way.ADD, (("b", "3"), ("c", ""))) == (("a", "1"), ("b", "3"), ("c", ""))
    assert changed(had, Way.REMOVE, (("a", "2"), ("b", ""))) == (("a", "1"),)
    assert changed(had, Way.REPLACE, (("z", "1"), ("c", ""))) == (("c", ""), ("z", "1"))
