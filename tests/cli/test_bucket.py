"""`tfm bucket`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Tfm
from tests.cli.test_questions import Ask, ask  # noqa: F401 - a fixture
from tests.servers.server import Server
from tfm.storage.s3.settings.table import ROWS

CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.org"]}]}


@pytest.fixture
def bucket(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    return new_bucket(moto_server)


def rules(server: Server, bucket: str) -> Any:
    return server.client().get_bucket_cors(Bucket=bucket)["CORSRules"]


def test_all_of_them_in_words_and_as_json(tfm: Tfm, bucket: str) -> None:
    ran = tfm("bucket", f"s3://{bucket}/some/key")
    assert ran.code == 0
    assert "region          us-east-1" in ran.text
    assert "versioning      off: what is overwritten" in ran.text
    told = json.loads(tfm("bucket", "--json", f"s3://{bucket}").text)
    assert told["acl"]["words"] == ["its owner: FULL_CONTROL"]
    assert told["cors"]["document"] is None
    assert not told["region"]["editable"]
    lines = [line[:16].rstrip() for line in ran.text.splitlines()]
    assert [label for label in lines if label] == list(told) == list(ROWS), "in one order each time"


def test_one_is_set_shown_and_taken_away(
    tfm: Tfm, bucket: str, moto_server: Server, here: Path
) -> None:
    place = f"s3://{bucket}"
    (here / "cors.json").write_text(json.dumps(CORS))
    refused = tfm("bucket", place, "cors", "--set", "cors.json")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    ran = tfm("bucket", place, "cors", "--set", "cors.json", "--yes")
    assert ran.code == 0
    assert "https://example.org" in ran.err
    assert rules(moto_server, bucket)[0]["AllowedMethods"] == ["GET"]
    assert json.loads(tfm("bucket", place, "cors", "--json").text) == CORS
    again = tfm("bucket", place, "cors", "--set", "cors.json", "--yes")
    assert (again.code, "so already" in again.err) == (3, True)
    assert tfm("bucket", place, "cors", "--remove", "--yes").code == 0
    assert tfm("bucket", place, "cors").text == "none: browsers of other sites get nothing\n"


def test_what_is_wrong_is_not_sent(tfm: Tfm, bucket: str, here: Path) -> None:
    place = f"s3://{bucket}"
    (here / "bad.json").write_text('{\n"CORSRules": 1')
    ran = tfm("bucket", place, "cors", "--set", "bad.json", "--yes")
    assert (ran.code, "Line 2" in ran.err) == (1, True)
    for arguments in (
        ("bucket",),
        ("bucket", place, "colour"),
        ("bucket", place, "--set", "bad.json"),
        ("bucket", place, "cors", "--set", "absent.json", "--yes"),
        ("bucket", place, "cors", "--set", "bad.json", "--remove", "--yes"),
        ("bucket", "s3://"),
    ):
        assert tfm(*arguments).code == 2, arguments
    assert tfm("bucket", "s3://no-such-bucket-1").code == 1
    ran = tfm("bucket", ".")
    assert ran.code == 2
    ran = tfm("bucket", place, "tags", "--remove", "--yes", "--read-only")
    assert ran.code == 3


def test_on_a_terminal_it_asks(
    ask: Ask,  # noqa: F811
    bucket: str,
    moto_server: Server,
    here: Path,
) -> None:
    (here / "cors.json").write_text(json.dumps(CORS))
    arguments = ("bucket", f"s3://{bucket}", "cors", "--set", "cors.json")
    ran = ask(b"n\n", *arguments)
    assert (ran.code, "Nothing was changed" in ran.err) == (4, True)
    ran = ask(b"what\ny\n", *arguments)
    assert ran.code == 0, ran.err
    assert rules(moto_server, bucket)[0]["AllowedMethods"] == ["GET"]
