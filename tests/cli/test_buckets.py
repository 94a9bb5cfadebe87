"""`tfm mb` and `tfm rb`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from tests.cli.conftest import Tfm
from tests.cli.test_questions import Ask, ask  # noqa: F401 - a fixture
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tfm.model.cancel import CancelToken
from tfm.model.location import Location
from tfm.storage.container_facets import Gain
from tfm.storage.memory.storage import MemoryStorage

_numbers = count(1)


@pytest.fixture
def proxy(
    moto_server: Server, proxy_for: Callable[[Server], Proxy], monkeypatch: pytest.MonkeyPatch
) -> Proxy:
    made = proxy_for(moto_server)
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def name(moto_server: Server) -> Iterator[str]:
    made = f"verb-made-{next(_numbers)}"
    yield made
    moto_server.discard(made)


@pytest.fixture
def client(moto_server: Server) -> Any:
    return moto_server.client()


def there(client: Any) -> list[str]:
    return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]


def test_one_is_made_as_wanted_and_not_twice(
    tfm: Tfm, proxy: Proxy, name: str, client: Any
) -> None:
    ran = tfm("mb", "--versions", "--encryption", "SSE-S3", "--region", "eu-west-1", f"s3://{name}")
    assert (ran.code, ran.text) == (0, "")
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    again = tfm("mb", f"s3://{name}/")
    assert again.code == 1
    assert "already" in again.err


def test_what_was_not_set_is_told_and_the_bucket_is_there(
    tfm: Tfm, proxy: Proxy, name: str, client: Any
) -> None:
    proxy.rule("PutBucketVersioning", Answer(403, "AccessDenied"))
    ran = tfm("mb", "--json", "--versions", f"s3://{name}")
    assert ran.code == 3
    assert f"s3://{name} was made, but not set: versions" in ran.err
    assert json.loads(ran.text)["counts"] == {"done": 1, "skipped": 0, "failed": 1, "cancelled": 0}
    assert name in there(client)


def test_names_that_cannot_be_make_none_of_them(
    tfm: Tfm, proxy: Proxy, name: str, client: Any
) -> None:
    ran = tfm("mb", f"s3://{name}", "s3://No_Name")
    assert ran.code == 2
    assert "small letters" in ran.err
    assert name not in there(client)
    for wrong in (("mb",), ("mb", f"s3://{name}/d/"), ("mb", "."), ("rb", "--yes", "s3://")):
        assert tfm(*wrong).code == 2
    assert proxy.counts() == {}


def test_an_empty_one_goes_a_full_one_stays(tfm: Tfm, proxy: Proxy, name: str, client: Any) -> None:
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="a", Body=b"x")
    assert tfm("rb", f"s3://{name}").code == 2  # nobody to ask
    ran = tfm("rb", "--yes", f"s3://{name}")
    assert ran.code == 3
    assert "not empty" in ran.err
    client.delete_object(Bucket=name, Key="a")
    assert tfm("rb", "--yes", f"s3://{name}").code == 0
    assert name not in there(client)


def test_emptied_and_removed_in_one_go_only_when_asked(
    tfm: Tfm, proxy: Proxy, name: str, client: Any
) -> None:
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        client.put_object(Bucket=name, Key="a", Body=body)
    client.delete_object(Bucket=name, Key="a")
    client.create_multipart_upload(Bucket=name, Key="b")
    ran = tfm("rb", "--empty", "--yes", f"s3://{name}")
    assert ran.code == 0, ran.err
    assert "3 objects and versions, 1 unfinished upload removed" in ran.err
    assert name not in there(client)


def test_on_a_terminal_the_name_has_to_be_typed(
    ask: Ask,  # noqa: F811
    proxy: Proxy,
    name: str,
    client: Any,
) -> None:
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="a", Body=b"x")
    ran = ask(b"y\n", "rb", "--empty", f"s3://{name}")
    assert ran.code == 4
    assert f"Delete {name} with 1 object or version, for good? Type its name" in ran.err
    assert [row["Key"] for row in client.list_objects_v2(Bucket=name)["Contents"]] == ["a"]
    assert ask(f"{name}\n".encode(), "rb", "--empty", f"s3://{name}").code == 0
    assert name not in there(client)


def test_what_cannot_go_keeps_the_bucket(tfm: Tfm, proxy: Proxy, name: str, client: Any) -> None:
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="a", Body=b"x")
    proxy.rule("DeleteObjects", Answer(403, "AccessDenied"))
    ran = tfm("rb", "--empty", "--yes", f"s3://{name}")
    assert ran.code == 3
    assert f"s3://{name}/a" in ran.err
    assert "DeleteBucket" not in proxy.counts()
    assert name in there(client)


class Gains:
    """Measures nothing."""

    def measure(self, directory: Location, size: int, cancel: CancelToken) -> Gain:
        cancel.check()
        return Gain(size, (4.0, 1.0), (2.0, 1.0), 0.1, (f"Of {directory}: faster.",))


def test_what_acceleration_gains_is_told_in_words_or_figures(
    tfm: Tfm, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = MemoryStorage._abilities
    monkeypatch.setattr(
        MemoryStorage,
        "_abilities",
        lambda self, wanted: replace(plain(self, wanted), acceleration=Gains()),
    )
    ran = tfm("measure", "mem://box")
    assert (ran.code, ran.text) == (0, "Of mem://box/: faster.\n")
    [told] = json.loads(tfm("measure", "--json", "mem://box/").text)
    assert told["up"] == {"plain": 4.0, "accelerated": 1.0}
    assert told["size"] == 8 * 1024 * 1024
    assert tfm("measure").code == tfm("measure", "mem://").code == 2


def test_where_there_is_none_nothing_is_sent(
    tfm: Tfm, proxy: Proxy, name: str, client: Any
) -> None:
    client.create_bucket(Bucket=name)
    ran = tfm("measure", f"s3://{name}/")
    assert ran.code == 1
    assert "only Amazon has accelerated endpoints" in ran.err
    assert proxy.counts() == {}
    assert "has no acceleration" in tfm("measure", ".").err


def test_the_requester_pays_when_it_is_said(tfm: Tfm, proxy: Proxy, name: str, client: Any) -> None:
    client.create_bucket(Bucket=name)
    tfm("ls", "--requester-pays", f"s3://{name}/")
    told = [each.headers.get("x-amz-request-payer") for each in proxy.exchanges("ListObjectsV2")]
    assert told == ["requester"]
