"""Links that carry a signature: no request to make one, and whoever has it needs nothing else."""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.server import Server
from tfm.model.errors import InvalidName, NeedsLogin, Unsupported
from tfm.model.location import S3, Location
from tfm.model.redact import RedactingFilter
from tfm.ops.context import OpContext
from tfm.ops.presign import parse_span, presign
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

KEY = "a//odd näme+%2f.txt"
PLAIN = {"Content-Type": "application/octet-stream"}


def opened(server: Server, monkeypatch: pytest.MonkeyPatch, **options: object) -> S3Storage:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN")  # it would stand in the links
    return S3Storage(S3, {"endpoint_url": server.endpoint_url, **options})


@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_a_link_downloads_and_another_one_uploads(
    s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened(s3_server, monkeypatch)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")  # MiniStack checks the signatures of links with this one
    sent: list[object] = []

    def watch(client: object) -> None:
        client.meta.events.register("before-send.s3.*", lambda **more: sent.append(more))  # type: ignore[attr-defined]

    storage.on_new_client(watch)
    facet = storage.facets.presign
    assert facet is not None
    place = Location(S3, f"{bucket}/{KEY}")
    up = facet.link(place, 60, upload=True)
    down = facet.link(place, 60)
    assert not sent
    body = urllib.request.Request(up.url, b"given", PLAIN, method="PUT")
    assert urllib.request.urlopen(body).status == 200
    assert urllib.request.urlopen(down.url).read() == b"given"
    assert s3_server.client().get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"given"
    assert "X-Amz-Signature=" in down.url
    assert not down.notes
    storage.close()


def test_a_link_is_nowhere_but_in_its_url(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storage = opened(moto_server, monkeypatch)
    facet = storage.facets.presign
    assert facet is not None
    with caplog.at_level(logging.DEBUG):
        link = facet.link(Location(S3, "box-1/k"), 60)
    secret = link.url.partition("X-Amz-Signature=")[2].partition("&")[0]
    assert len(secret) == 64
    assert secret not in repr(link)
    assert secret not in caplog.text
    record = logging.LogRecord("x", logging.INFO, "", 1, "made %s", (link.url,), None)
    RedactingFilter().filter(record)
    assert secret not in record.getMessage()
    storage.close()


def test_it_ends_with_the_credentials_that_signed_it(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = datetime.now(UTC) + timedelta(hours=2)
    storage = opened(moto_server, monkeypatch)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", ends.isoformat())
    facet = storage.facets.presign
    assert facet is not None
    link = facet.link(Location(S3, "box-1/k"), facet.longest)
    assert abs(link.until - ends.timestamp()) < 2
    assert "temporary credentials" in link.notes[0]
    storage.close()


def test_the_lifetime_is_cut_to_seven_days(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened(moto_server, monkeypatch)
    facet = storage.facets.presign
    assert facet is not None
    assert "X-Amz-Expires=604800" in facet.link(Location(S3, "box-1/k"), 10**9).url
    storage.close()


def test_what_cannot_be_signed_or_named(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = opened(moto_server, monkeypatch, no_sign_request=True)
    facet = storage.facets.presign
    assert facet is not None
    with pytest.raises(Unsupported, match="not signed"):
        facet.link(Location(S3, "box-1/k"), 60)
    with pytest.raises(InvalidName):
        facet.link(Location(S3, "box-1/" + "k" * 1025), 60)
    storage.close()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    bare = S3Storage(S3, {"endpoint_url": moto_server.endpoint_url})
    assert bare.facets.presign is not None
    with pytest.raises(NeedsLogin):
        bare.facets.presign.link(Location(S3, "box-1/k"), 60)
    bare.close()


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("15m", 900), (" 1H ", 3600), ("7d", 604800)]
)
def test_spans(text: str, seconds: int) -> None:
    assert parse_span(text, 604800) == seconds


@pytest.mark.parametrize("text", ["", "0", "8d", "1w", "-1h", "1.5h"])
def test_no_spans(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write|at most"):
        parse_span(text, 604800)


def test_a_directory_has_no_link_and_a_disk_none_at_all(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch, new_bucket: Callable[[Server], str]
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    ctx = OpContext(Vfs({"s3": {"endpoint_url": moto_server.endpoint_url}}))
    with pytest.raises(Unsupported, match="one object"):
        presign(ctx, Location(S3, f"{new_bucket(moto_server)}/d/"), "1h")
    from tfm.model.location import local

    with pytest.raises(Unsupported, match="signature"):
        presign(ctx, local("/tmp"), "1h")
    ctx.vfs.close()
