"""Encryption by the server: asked for, kept, changed; and keys of one's own, which nobody else sees."""

from __future__ import annotations

import base64
import logging
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.server import Server
from tests.storage.s3.objects import KEYS, parameters, picture
from tfm.model.errors import Denied, StorageError
from tfm.model.location import S3, Location, local
from tfm.ops.context import OpContext, Outcome
from tfm.ops.objects import rewrite
from tfm.ops.plan import pick
from tfm.ops.tree import copy
from tfm.storage.object_facets import Edit, Encryption
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.customer import CustomerKeys, read_key
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

MIB = 1024 * 1024
OLD, NEW = (bytes(range(start, start + 32)) for start in (0, 100))
OWN = Edit(encryption=Encryption("SSE-C"))

Opener = Callable[..., OpContext]


@pytest.fixture
def open_with(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OLD", base64.b64encode(OLD).decode())
    monkeypatch.setenv("NEW", NEW.hex())
    made: list[Vfs] = []

    def open_one(**options: object) -> OpContext:
        given = {"endpoint_url": s3_server.endpoint_url, "retry_delay": 0.01, **options}
        made.append(Vfs({"s3": given}))
        return OpContext(made[-1])

    yield open_one
    for vfs in made:
        vfs.close()


def own(key: bytes) -> dict[str, Any]:
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}


def send(ctx: OpContext, source: Path, place: Location) -> None:
    report = copy(ctx, pick(ctx, [local(source)]), place, into=False)
    assert report.all_done, report.failures


@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
@pytest.mark.parametrize("size", [10, 9 * MIB], ids=["one request", "in parts"])
@pytest.mark.parametrize(("kind", "key"), [("AES256", ""), ("aws:kms", KEYS[0])])
def test_uploads_and_copies_are_encrypted_as_the_settings_say(
    open_with: Opener,
    s3_server: Server,
    bucket: str,
    tmp_path: Path,
    size: int,
    kind: str,
    key: str,
) -> None:
    client, ctx = s3_server.client(), open_with(encryption=kind, kms_key_id=key)
    (tmp_path / "a").write_bytes(bytes(size))
    send(ctx, tmp_path / "a", Location(S3, f"{bucket}/a"))
    client.put_object(Bucket=bucket, Key="plain", Body=bytes(size))
    [seen] = pick(ctx, [Location(S3, f"{bucket}/plain")])
    copier = ctx.vfs.facets(seen[0]).server_copy
    assert isinstance(copier, Copier)
    copier.limit = copier.part = 5 * MIB
    assert copy(ctx, [seen], Location(S3, f"{bucket}/copied"), into=False).all_done
    for name in ("a", "copied"):
        head = client.head_object(Bucket=bucket, Key=name)
        assert (head["ServerSideEncryption"], head.get("SSEKMSKeyId", "")) == (kind, key)


@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_encrypted_anew_with_another_key_and_nothing_else(
    open_with: Opener, s3_server: Server, bucket: str
) -> None:
    client, ctx = s3_server.client(), open_with()
    for seed in range(10):
        given = parameters(random.Random(seed))
        client.put_object(Bucket=bucket, Key=f"d/k{seed}", Body=b"x", **given)
    before = {f"d/k{seed}": picture(client, bucket, f"d/k{seed}") for seed in range(10)}
    edit = Edit(encryption=Encryption("aws:kms", KEYS[1]))
    report = rewrite(ctx, pick(ctx, [Location(S3, f"{bucket}/d/")]), edit)
    assert not report.failures
    for name, was in before.items():
        wanted = {**was, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEYS[1]}
        assert picture(client, bucket, name) == wanted


@pytest.mark.parametrize("s3_server", ["ministack"], indirect=True)
@pytest.mark.parametrize("size", [10, 9 * MIB], ids=["one request", "in parts"])
def test_a_key_of_ones_own_there_and_back(
    open_with: Opener,
    s3_server: Server,
    bucket: str,
    tmp_path: Path,
    size: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = s3_server.client()
    data = random.Random(5).randbytes(size)
    (tmp_path / "a").write_bytes(data)
    with caplog.at_level(logging.DEBUG):
        ctx = open_with(encryption="SSE-C", customer_key="env:OLD")
        send(ctx, tmp_path / "a", Location(S3, f"{bucket}/d/a"))
        with pytest.raises(Exception, match=r"400|Bad Request"):
            client.head_object(Bucket=bucket, Key="d/a")
        assert client.get_object(Bucket=bucket, Key="d/a", **own(OLD))["Body"].read() == data
        client.put_object(Bucket=bucket, Key="d/plain", Body=b"plain")

        # another run, that does not encrypt but has the key, beside plain objects
        ctx = open_with(customer_key="env:OLD")
        for name, expected in (("plain", b"plain"), ("a", data), ("plain", b"plain")):
            place, back = Location(S3, f"{bucket}/d/{name}"), tmp_path / f"back-{name}"
            back.unlink(missing_ok=True)
            assert copy(ctx, pick(ctx, [place]), local(back), into=False).all_done
            assert back.read_bytes() == expected
        [seen] = pick(ctx, [Location(S3, f"{bucket}/d/a")])
        assert seen[1].details.encryption == "AES256"  # type: ignore[union-attr]
        assert any(fact.label == "Customer key" for fact in ctx.vfs.describe(*seen))
        copier = ctx.vfs.facets(seen[0]).server_copy
        assert isinstance(copier, Copier)
        copier.limit = copier.part = 5 * MIB
        report = copy(ctx, [seen], Location(S3, f"{bucket}/d/copied"), into=False)
        assert report.all_done, report.failures
        assert client.get_object(Bucket=bucket, Key="d/copied", **own(OLD))["Body"].read() == data

        # metadata changes under the key there is; then another key
        assert not rewrite(ctx, [seen], Edit(metadata=(("n", "1"),))).failures
        assert client.head_object(Bucket=bucket, Key="d/a", **own(OLD))["Metadata"]["n"] == "1"
        ctx = open_with(customer_key="env:NEW", former_customer_key="env:OLD")
        places = [Location(S3, f"{bucket}/d/{name}") for name in ("a", "plain")]
        report = rewrite(ctx, pick(ctx, places), OWN)
        assert report.all_done, report.failures
        for name, body in (("a", data), ("plain", b"plain")):
            got = client.get_object(Bucket=bucket, Key=f"d/{name}", **own(NEW))
            assert got["Body"].read() == body
        assert client.head_object(Bucket=bucket, Key="d/a", **own(NEW))["Metadata"]["n"] == "1"
        report = rewrite(ctx, pick(ctx, places), OWN)
        assert report.count(Outcome.SKIPPED) == 2
        report = rewrite(ctx, pick(ctx, places), Edit(encryption=Encryption("AES256")))
        assert report.all_done, report.failures
        assert client.get_object(Bucket=bucket, Key="d/a")["Body"].read() == data
    for key in (OLD, NEW):
        for form in (base64.b64encode(key).decode(), key.hex(), repr(key)[2:-1]):
            assert form not in caplog.text


@pytest.mark.parametrize("s3_server", ["ministack"], indirect=True)
def test_without_the_right_key_it_says_so(
    open_with: Opener, s3_server: Server, bucket: str
) -> None:
    s3_server.client().put_object(Bucket=bucket, Key="a", Body=b"x", **own(OLD))
    place = Location(S3, f"{bucket}/a")
    with pytest.raises(StorageError, match="key of its owner"):
        open_with().vfs.stat(place, fresh=True)
    with pytest.raises(StorageError):
        open_with(customer_key="env:NEW").vfs.stat(place, fresh=True)


def test_where_a_key_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, content in enumerate((OLD, base64.b64encode(OLD) + b"\n", OLD.hex().encode())):
        (tmp_path / str(number)).write_bytes(content)
        assert read_key(f"file:{tmp_path / str(number)}") == OLD
    monkeypatch.setenv("KEY", base64.b64encode(OLD).decode())
    assert read_key("env:KEY") == OLD
    (tmp_path / "short").write_bytes(b"secret but short")
    for source in (f"file:{tmp_path / 'short'}", "env:NONE", f"file:{tmp_path / 'none'}"):
        with pytest.raises(StorageError) as told:
            read_key(source)
        assert "secret but short" not in str(told.value)
    with pytest.raises(ValueError, match="file:/path"):
        S3Storage(S3, {"customer_key": "0123456789"})
    with pytest.raises(ValueError, match="needs a customer_key"):
        S3Storage(S3, {"encryption": "SSE-C"})


def test_a_key_does_not_go_over_a_network_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", OLD.hex())
    keys = CustomerKeys(("env:KEY",))
    sent: list[dict[str, Any]] = []

    def act(parameters: dict[str, Any]) -> dict[str, Any]:
        sent.append(parameters)
        return {}

    wanted = {"Bucket": "b", "Key": "k", "SSECustomerAlgorithm": "AES256"}
    with pytest.raises(Denied, match="https"):
        keys.send("put_object", wanted, act, "http://example.com")
    assert not sent
    keys.send("put_object", wanted, act, "https://example.com")
    assert sent[0]["SSECustomerKey"] == OLD


def test_a_key_in_the_configuration_is_not_repeated(tmp_path: Path) -> None:
    from tfm.config.load import load_config
    from tfm.config.places import Places

    secret = base64.b64encode(OLD).decode()
    config = tmp_path / "config.py"
    config.write_text(f'S3_CUSTOMER_KEY = "{secret}"\n')
    loaded = load_config(config, Places.from_environ({"HOME": str(tmp_path)}), {})
    assert loaded.problems
    assert secret not in " ".join(map(str, loaded.problems))
