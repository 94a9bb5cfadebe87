"""`tfm presign`."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_one_link_a_line(
    tfm: Tfm, s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN")  # it would stand in the link
    s3_server.client().put_object(Bucket=bucket, Key="a", Body=b"one")
    options = ("--no-config", "--endpoint-url", s3_server.endpoint_url)
    ran = tfm("presign", *options, "--expires", "15m", f"s3://{bucket}/a", f"s3://{bucket}/b")
    one, two = ran.text.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert urllib.request.urlopen(one).read() == b"one"
    assert "X-Amz-Expires=900" in two
    ran = tfm("presign", *options, "--upload", f"s3://{bucket}/b")
    request = urllib.request.Request(ran.text.strip(), data=b"two", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    assert tfm("presign", *options, "--expires", "8d", f"s3://{bucket}/a").code == 2
    assert tfm("presign", *options, "--upload", "--read-only", f"s3://{bucket}/a").code == 1
    ran = tfm("presign", *options, f"s3://{bucket}/d/", f"s3://{bucket}/a")
    assert ran.code == 3
    assert len(ran.text.splitlines()) == 1
    assert tfm("presign").code == 2
    assert tfm("presign", ".").code == 1


@pytest.mark.parametrize("way", ["--upload", "--post"])
def test_a_connection_that_is_read_only_gives_nobody_a_way_to_write(
    tfm: Tfm, here: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    config = here / "config.py"
    config.write_text(
        "S3_CONNECTIONS = {'old': {'endpoint_url': 'http://127.0.0.1:9', 'read_only': True}}\n"
    )
    ran = tfm("presign", way, "--config", config, "s3://old@box/a")
    assert (ran.code, ran.text) == (1, "")
    assert "its connection is read-only" in ran.err
    assert tfm("presign", "--config", config, "s3://old@box/a").code == 0


@pytest.mark.parametrize("way", ["--expires=1h", "--upload", "--post"])
def test_nobody_is_let_in_beside_the_beginning_of_a_connection(
    tfm: Tfm, here: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    begins = "{'endpoint_url': 'http://127.0.0.1:9', 'bucket': 'box', 'prefix': 'mine'}"
    config = here / "config.py"
    config.write_text(f"S3_CONNECTIONS = {{'in': {begins}}}\n")
    ran = tfm("presign", way, "--config", config, "s3://in@box/a", "s3://in@other/mine/a")
    assert (ran.code, ran.text) == (1, "")
    assert "outside of this connection" in ran.err
    assert tfm("presign", way, "--config", config, "s3://in@box/mine/a").code == 0


def test_a_form_in_three_writings(
    tfm: Tfm, moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN")  # it would stand in the form
    given = ("presign", "--post", "--max-size", "10M", "--content-type", "image/*")
    ran = tfm(*given, "s3://box-1/in/")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith("curl --fail --form-string")
    assert "<form action=" in tfm(*given, "--as", "html", "s3://box-1/in/").text
    told = json.loads(tfm(*given, "--as", "fields", "s3://box-1/in/a.png").text)
    assert (told["fields"]["key"], told["file"]) == ("in/a.png", "file")
    for wrong in (
        ("--max-size", "10M"), ("--as", "html"), ("--post", "--upload"),
        ("--post", "--max-size", "much"), ("--post", "--content-type", "x"), ("--post", "--expires", "8d"),
    ):  # fmt: skip
        assert tfm("presign", *wrong, "s3://box-1/in/").code == 2, wrong
    assert tfm("presign", "--post", "--read-only", "s3://box-1/in/").code == 1
    assert tfm("presign", "--post", "s3://").code == 1
