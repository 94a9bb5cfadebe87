"""Endpoints that do not answer, logins that are missing, and what stands in a log afterwards."""

from __future__ import annotations

import contextlib
import datetime
import io
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server, free_port
from tfm.model.cancel import NEVER
from tfm.model.errors import NeedsLogin, Offline, StorageError
from tfm.model.location import S3, Location, Root
from tfm.model.redact import RedactingFilter
from tfm.storage.base import Hints, Work
from tfm.storage.s3.options import S3Options
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


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_no_login_to_another_host(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    near, elsewhere = proxy_for(ministack_server), proxy_for(ministack_server)
    for name, value in near.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "not-for-others")
    away = {"location": f"{elsewhere.endpoint_url}/some-bucket/?list-type=2"}
    near.rule("*", Answer(status, "TemporaryRedirect", headers=away))
    storage = S3Storage(S3, {"max_retries": 0})
    with pytest.raises(StorageError):
        list(storage.scan(BOX, NEVER))
    with pytest.raises(StorageError), storage.open_write(BOX.child("f"), Hints(), Work()) as writer:
        writer.write(b"secret")
        writer.commit()
    storage.close()
    assert near.exchanges()
    assert elsewhere.exchanges() == []


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """The endpoint of a TLS server whose certificate nobody signed; it only shakes hands."""
    file = tmp_path / "self-signed.pem"
    file.write_bytes(_self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return  # closed: the test is over
                with contextlib.suppress(OSError), connection:
                    context.wrap_socket(connection, server_side=True).recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://localhost:{listener.getsockname()[1]}"


def _self_signed() -> bytes:
    """Key and certificate of localhost, made for this run."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def test_a_certificate_that_nobody_signed_is_refused_and_no_setting_accepts_it(
    untrusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    storage = S3Storage(S3, {"endpoint_url": untrusted, "max_retries": 0})
    with pytest.raises(Offline, match="certificate") as caught:
        list(storage.scan(BOX, NEVER))
    assert not caught.value.retryable
    storage.close()
    assert not [word for word in S3Options.__annotations__ if "verify" in word]


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
