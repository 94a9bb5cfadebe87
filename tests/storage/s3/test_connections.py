"""Connections by name: keys from the environment, a root of their own, nothing written where it must not be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from botocore.loaders import JSONFileLoader

from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tfm.model.errors import Denied, NeedsLogin, ReadOnly
from tfm.model.location import parse
from tfm.storage.base import Hints
from tfm.storage.vfs import Vfs


@pytest.fixture
def bucket(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    name = new_bucket(moto_server)
    for key in ("top.txt", "team/a/in.txt", "team/b/out.txt"):
        moto_server.client().put_object(Bucket=name, Key=key, Body=b"x")
    return name


@pytest.fixture
def vfs(
    bucket: str,
    moto_server: Server,
    proxy_for: Callable[[Server], Proxy],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Vfs]:
    monkeypatch.setenv("ITS_KEY", moto_server.access_key)
    monkeypatch.setenv("ITS_SECRET", moto_server.secret_key)
    keys = {"access_key_id_from": "ITS_KEY", "secret_access_key_from": "ITS_SECRET"}
    one = {"endpoint_url": proxy_for(moto_server).endpoint_url, "region": "us-east-1", **keys}
    connections = {
        "whole": one,
        "team": {**one, "bucket": bucket, "prefix": "team/a/"},
        "locked": {**one, "read_only": True},
    }
    elsewhere = {"endpoint_url": "http://127.0.0.1:1", "max_retries": 0}
    made = Vfs({"s3": {**elsewhere, "connections": connections}})
    yield made
    made.close()


def names(vfs: Vfs, place: str) -> list[str]:
    return [entry.name for entry in vfs.scan(parse(place)).entries]


def test_a_connection_has_its_own_server_and_keys(vfs: Vfs, bucket: str) -> None:
    assert bucket in names(vfs, "s3://whole@")
    assert names(vfs, f"s3://whole@{bucket}/") == ["team", "top.txt"]
    assert vfs.features(parse("s3://whole@")).label.startswith("whole · 127.0.0.1")


def test_a_second_connection_reads_nothing_of_the_sdk_again(
    vfs: Vfs, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it describes services with is 12 MB for each session."""
    names(vfs, f"s3://whole@{bucket}/")
    read: list[str] = []

    def watched(self: JSONFileLoader, path: str) -> object:
        read.append(path)
        return load_file(self, path)

    load_file = JSONFileLoader.load_file
    monkeypatch.setattr(JSONFileLoader, "load_file", watched)
    assert names(vfs, "s3://locked@")
    assert read == []


def test_a_variable_that_is_not_set_is_named(
    vfs: Vfs, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ITS_SECRET")
    with pytest.raises(NeedsLogin, match="ITS_SECRET") as raised:
        names(vfs, f"s3://whole@{bucket}/")
    assert "export ITS_SECRET=" in str(raised.value)


def test_a_prefix_is_a_root_and_the_way_there_costs_nothing(
    vfs: Vfs, bucket: str, moto_server: Server, proxy_for: Callable[[Server], Proxy]
) -> None:
    begins = vfs.features(parse("s3://team@")).begins
    assert begins == parse(f"s3://team@{bucket}/team/a/")
    proxy = proxy_for(moto_server)
    proxy.reset()
    assert names(vfs, "s3://team@") == [bucket]
    assert names(vfs, f"s3://team@{bucket}/") == ["team"]
    assert names(vfs, f"s3://team@{bucket}/team/") == ["a"]
    assert vfs.stat(parse(f"s3://team@{bucket}/team/")).is_directory
    proxy.expect({})
    assert names(vfs, str(begins)) == ["in.txt"]
    for outside in ("top.txt", "team/b/", "team/b/out.txt"):
        with pytest.raises(Denied, match="outside of this connection"):
            vfs.stat(parse(f"s3://team@{bucket}/{outside}"), fresh=True)
    with pytest.raises(Denied):
        vfs.delete(parse(f"s3://team@{bucket}/top.txt"))
    with (
        pytest.raises(Denied),
        vfs.open_write(parse(f"s3://team@{bucket}/new"), Hints(size=1)) as writer,
    ):
        writer.write(b"x")
        writer.commit()
    assert moto_server.keys(bucket) == ["team/a/in.txt", "team/b/out.txt", "top.txt"]


def test_nothing_is_written_through_a_connection_that_is_read_only(
    vfs: Vfs, bucket: str, moto_server: Server
) -> None:
    place = parse(f"s3://locked@{bucket}/top.txt")
    assert vfs.stat(place).size == 1
    with pytest.raises(ReadOnly, match="its connection is read-only"):
        vfs.delete(place)
    with pytest.raises(ReadOnly):
        vfs.open_write(parse(f"s3://locked@{bucket}/new"))
    assert "new" not in moto_server.keys(bucket)


def test_the_past_of_a_connection_begins_where_it_does(vfs: Vfs, bucket: str) -> None:
    past = f"s3://team,at=2099-01-01T00:00:00Z@{bucket}"
    assert names(vfs, f"{past}/team/a/") == ["in.txt"]
    assert vfs.features(parse(f"{past}/team/a/")).begins == parse(f"{past}/team/a/")
    with vfs.open_read(parse(f"{past}/team/a/in.txt")) as reader:
        assert reader.read(10) == b"x"
    with pytest.raises(Denied, match="outside of this connection"):
        names(vfs, f"{past}/team/b/")
