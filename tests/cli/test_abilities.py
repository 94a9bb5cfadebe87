"""`tfm abilities`."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_what_is_known_and_what_is_asked(
    tfm: Tfm, s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    options = ("--no-config", "--endpoint-url", s3_server.endpoint_url)
    ran = tfm("abilities", *options, f"s3://{bucket}/")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith(f"s3://{bucket}/: a server not known\n")
    assert "not asked yet  lifecycle" in ran.text
    ran = tfm("abilities", *options, "--probe", "--json", f"s3://{bucket}/", "s3://no-such-bucket/")
    assert ran.code == 3
    assert "there is no bucket" in ran.err
    (told,) = json.loads(ran.text)
    assert (told["place"], told["server"]) == (f"s3://{bucket}/", "moto")
    rows = {row["name"]: row for row in told["abilities"]}
    assert rows["lifecycle"]["can"] == "yes"
    assert rows["lifecycle"]["known_by"] == "its answers"
    assert tfm("abilities").code == 2
    ran = tfm("abilities", ".")
    assert ran.code == 1
    assert "no server to ask" in ran.err
