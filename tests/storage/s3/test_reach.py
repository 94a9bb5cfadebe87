"""Endpoints that do not answer, logins that are missing, and what stands in a log afterwards."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from tests.servers.server import Server, free_port
from tfm.model.cancel import NEVER
from tfm.model.errors import NeedsLogin, Offline, StorageError
from tfm.model.location import S3, Location, Root
from tfm.model.redact import RedactingFilter
from tfm.storage.s3.storage import S3Storage

BOX = Location(S3, "some-bucket/")


def test_an_endpoint_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    storage = S3Storage(S3, {"endpoint_url": f"http://127.0.0.1:{free_port()}", "max_retries": 0})
    with pytest.raises(Offline, match="endpoint") as caught:
        list(storage.scan(BOX, NEVER))
    assert caught.value.retryable
    assert "--endpoint-url" in caught.value.hint


def test_no_credentials() -> None:
    storage = S3Storage(S3, {"endpoint_url": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(NeedsLogin, match="credentials") as caught:
        list(storage.scan(BOX, NEVER))
    assert isinstance(caught.value, RuntimeError)


def test_an_unknown_profile_is_a_login_fault() -> None:
    storage = S3Storage(Root("s3", "nobody"), {})
    with pytest.raises(NeedsLogin, match="profile"):
        storage.stat(Location(Root("s3", "nobody"), "some-bucket/"))


def test_a_connection_names_a_profile(
    ministack_server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "aws-config"
    config.write_text(
        "[profile prod]\n"
        f"aws_access_key_id = {ministack_server.access_key}\n"
        f"aws_secret_access_key = {ministack_server.secret_key}\n"
        f"endpoint_url = {ministack_server.endpoint_url}\nregion = us-east-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    bucket = ministack_server.new_bucket()
    root = Root("s3", "prod")
    storage = S3Storage(root, {"profile": "other"})
    names = [e.name for page in storage.scan(Location(root, ""), NEVER) for e in page]
    assert bucket in names
    storage.close()
    ministack_server.discard(bucket)


def test_two_connections_to_one_server_see_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, object] = {"no_sign_request": True, "endpoint_url": "http://127.0.0.1:9/"}
    one, two = S3Storage(S3, options), S3Storage(S3, options | {"region": "eu-west-1"})
    other = S3Storage(S3, options | {"endpoint_url": "http://127.0.0.1:8"})
    amazon = S3Storage(S3, {"no_sign_request": True})
    place = Location(S3, "some-bucket/key")
    facets = [storage.facets.identity for storage in (one, two, other, amazon)]
    found = [facet.identity(place) for facet in facets if facet is not None]
    assert len(found) == 4
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_an_endpoint_that_is_no_s3_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = S3Storage(S3, {"endpoint_url": "not a url", "no_sign_request": True})
    with pytest.raises(StorageError) as caught:
        storage.stat(BOX)
    assert caught.value.place == BOX
    assert "unforeseen" not in caught.value.message


def test_the_log_of_a_real_debug_run_has_no_secret(
    ministack_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "AWS_ACCESS_KEY_ID": "AKIAABCDEFGHIJKLMNOP",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12",
        "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBYaDNotARealTokenButLongEnough",
    }
    for name, value in (ministack_server.environment() | secrets).items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    loggers = [logging.getLogger(name) for name in ("botocore", "urllib3", "tfm.s3")]
    storage = S3Storage(S3, {})
    storage.preload()
    try:
        storage.stat(Location(S3, ""))
        storage.on_new_client(lambda _client: None)
        _first_client(storage)
        for logger in loggers:  # as --debug would, after the SDK was quieted
            logger.addHandler(handler)
            monkeypatch.setattr(logger, "level", logging.DEBUG)
            logger.manager._clear_cache()  # type: ignore[attr-defined]
        with pytest.raises(StorageError):
            list(storage.scan(Location(S3, "no-such-bucket-here/"), NEVER))
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        storage.close()
    text = stream.getvalue()
    assert "list_objects_v2" in text
    assert "Authorization" in text  # the SDK did log the request; otherwise this proves nothing
    for value in secrets.values():
        assert value not in text
    assert "Signature=" not in text or "Signature=[removed]" in text


def _first_client(storage: S3Storage) -> None:
    with pytest.raises(StorageError):
        storage.stat(Location(S3, "no-such-bucket-here/"))
