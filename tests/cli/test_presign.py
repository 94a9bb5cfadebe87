"""`tfm presign`."""

from __future__ import annotations

import urllib.request

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
