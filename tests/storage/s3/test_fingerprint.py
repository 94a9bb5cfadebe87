"""Whose listings these are: another text for another account, the same one for the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tfm.model.location import S3, Root
from tfm.storage.s3.storage import S3Storage

CREDENTIALS = """\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = first

[base]
aws_access_key_id = AKIABASE
aws_secret_access_key = second
"""
CONFIG = """\
[default]
region = eu-west-1
s3 =
  addressing_style = path

[profile role]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = base

[profile circle]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = circle

[profile login]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = reader

[sso-session corp]
sso_start_url = https://corp.example/start

[profile asks]
credential_process = /bin/broker --role x

[profile leans]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = asks
"""


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of both AWS files."""
    for name, text in (("config", CONFIG), ("credentials", CREDENTIALS)):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def fingerprint(options: Mapping[str, object] | None = None, connection: str = "") -> str:
    facet = S3Storage(Root("s3", connection), options or {}).facets.fingerprint
    assert facet is not None
    return facet.fingerprint()


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_same_one_is_told_again(aws: Path) -> None:
    assert fingerprint() == fingerprint() != ""
    before = fingerprint(), fingerprint(connection="role"), fingerprint(connection="login")
    edit(aws / "credentials", "first", "rotated")
    assert fingerprint() == before[0], "a secret is no part of it"
    edit(aws / "config", "[profile asks]", "[profile questions]")
    after = fingerprint(), fingerprint(connection="role"), fingerprint(connection="login")
    assert after == before, "nor is what belongs to another profile"


def test_who_asks_and_whom_makes_another_one(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "default": fingerprint(),
        "anonymous": fingerprint({"no_sign_request": True}),
        "server": fingerprint({"endpoint_url": "http://one:9000"}),
        "other server": fingerprint({"endpoint_url": "http://two:9000"}),
        "region": fingerprint({"region": "cn-north-1"}),
        "prefix": fingerprint({"bucket": "b", "prefix": "tenant/"}),
        "profile": fingerprint({"profile": "base"}),
        "connection": fingerprint(connection="base"),
        "role": fingerprint(connection="role"),
        "circle": fingerprint(connection="circle"),
        "login": fingerprint(connection="login"),
    }
    variables = {
        "AWS_ACCESS_KEY_ID": "AKIAENV",
        "AWS_PROFILE": "base",
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/x",
        "AWS_ENDPOINT_URL_S3": "http://three:9000",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1",
    }
    for name, value in variables.items():
        with monkeypatch.context() as patched:
            patched.setenv(name, value)
            found[name] = fingerprint()
    with monkeypatch.context() as patched:
        options = {"access_key_id_from": "MY_KEY"}
        for key in ("one", "two"):
            patched.setenv("MY_KEY", key)
            found[f"key {key}"] = fingerprint(options)
    edit(aws / "credentials", "AKIADEFAULT", "AKIAOTHER")
    found["another key"] = fingerprint()
    edit(aws / "credentials", "AKIABASE", "AKIANEW")
    found["another source"] = fingerprint(connection="role")
    edit(aws / "config", "corp.example", "other.example")
    found["another login"] = fingerprint(connection="login")
    assert all(found.values())
    assert len(set(found.values())) == len(found)


def test_without_a_key_it_is_bound_to_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role of this machine: one that shares the home has another."""
    without = fingerprint()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    with_a_key = fingerprint()
    elsewhere = type("Uname", (), {"nodename": "elsewhere"})
    monkeypatch.setattr("os.uname", lambda: elsewhere)
    assert fingerprint() == with_a_key
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert fingerprint() not in ("", without)


@pytest.mark.parametrize("connection", ["asks", "leans"])
def test_of_a_program_that_hands_out_credentials_nothing_is_known(
    aws: Path, connection: str
) -> None:
    assert fingerprint(connection=connection) == ""


def test_files_that_cannot_be_read_tell_nothing(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (aws / "config").write_text("no section = x\n")
    assert fingerprint() == ""
    (aws / "config").write_bytes(b"[default]\nregion = \xff\xfe\n")
    assert fingerprint() == ""
    (aws / "config").write_text("[a]\n" * 400_000)
    assert fingerprint() == ""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(aws))
    assert fingerprint() == "", "a directory"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(aws / "none"))
    assert fingerprint() != "", "none at all is nothing wrong"


def test_it_is_made_once_and_again_after_a_renewed_login(aws: Path) -> None:
    storage = S3Storage(S3, {})
    facet = storage.facets.fingerprint
    assert facet is not None
    before = facet.fingerprint()
    edit(aws / "credentials", "AKIADEFAULT", "AKIAOTHER")
    assert facet.fingerprint() == before, "the program still works with the keys of before"
    storage._calls.clients._made = -100.0
    storage._calls.clients.renew()
    assert facet.fingerprint() == fingerprint() != before


def test_it_takes_neither_the_sdk_nor_a_secret(aws: Path) -> None:
    script = (
        "import sys\n"
        "from tfm.model.location import S3\n"
        "from tfm.storage.s3.storage import S3Storage\n"
        "assert S3Storage(S3, {}).facets.fingerprint.fingerprint()\n"
        "assert not {'boto3', 'botocore'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
