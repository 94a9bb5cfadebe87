"""Connections by name: what they may hold, and what is said of one that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tfm.config.connections import Connections
from tfm.config.load import load_config
from tfm.config.places import Places
from tfm.config.rules import Rejected


def options(**given: object) -> dict[str, object]:
    found = Connections().accept({"one": given})
    assert isinstance(found, Mapping)
    return dict(found["one"])


def test_keys_are_names_of_variables_and_presets_fill_in_the_rest() -> None:
    assert options(
        provider="r2",
        account="abc",
        access_key_id="${R2_KEY}",
        secret_access_key="${R2_SECRET}",
        bucket="photos",
        prefix="/team/a",
        read_only=True,
    ) == {
        "provider": "r2",
        "endpoint_url": "https://abc.r2.cloudflarestorage.com",
        "addressing_style": "path",
        "region": "auto",
        "access_key_id_from": "R2_KEY",
        "secret_access_key_from": "R2_SECRET",
        "bucket": "photos",
        "prefix": "team/a/",
        "read_only": True,
    }
    assert options(provider="wasabi", region="eu-central-1")["endpoint_url"] == (
        "https://s3.eu-central-1.wasabisys.com"
    )
    assert options(provider="minio", endpoint_url="http://127.0.0.1:9000")["region"] == "us-east-1"
    assert options(profile="work", storage_class="STANDARD_IA", encryption="aws:kms") == {
        "profile": "work",
        "storage_class": "STANDARD_IA",
        "encryption": "aws:kms",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"prefix": "a/"}, "one names the bucket of its prefix"),
        ({"access_key_id": "${A}"}, "both an access_key_id and a secret_access_key"),
        ({"session_token": "${A}"}, "an access_key_id for its session_token"),
        ({"access_key_id": "AKIA", "secret_access_key": "${B}"}, "does not belong into this file"),
        (
            {"access_key_id": "${A}", "secret_access_key": "${B}", "profile": "p"},
            "either a profile or keys",
        ),
        ({"provider": "wasabi"}, "names its region"),
        ({"provider": "r2"}, "names its account"),
        ({"provider": "minio"}, "has an endpoint_url"),
        ({"provider": "azure"}, "provider of one is"),
        ({"flavour": "red"}, "one has others"),
        ({"colour": "mauve"}, "colour of one is"),
        ({"endpoint_url": "nonsense"}, "endpoint_url of one is a URL"),
    ],
)
def test_what_does_not_fit_is_said(given: dict[str, object], told: str) -> None:
    with pytest.raises(Rejected, match=told.replace("$", r"\$")) as raised:
        Connections().accept({"one": given})
    assert raised.value.item == "one"


@pytest.mark.parametrize("value", [[], {"a b": {}}, {"": {}}, {1: {}}, {"a": "b"}, {"a@b": {}}])
def test_what_is_no_mapping_of_names(value: object) -> None:
    with pytest.raises(Rejected):
        Connections().accept(value)


def test_the_line_is_named_and_no_secret_is_read_or_told(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text(
        "S3_CONNECTIONS = {\n"
        '    "good": {"access_key_id": "${A_KEY}", "secret_access_key": "${A_SECRET}"},\n'
        '    "bad": {"prefix": "team/"},\n'
        "}\n"
    )
    file.chmod(0o600)
    environ = {"HOME": str(tmp_path), "A_KEY": "planted-key", "A_SECRET": "planted-secret"}
    loaded = load_config(file, Places.from_environ(environ), environ)
    assert [(problem.line, problem.name) for problem in loaded.problems] == [(3, "S3_CONNECTIONS")]
    assert dict(loaded.settings.s3_connections) == {}
    file.write_text(file.read_text().replace('"prefix"', '"bucket"'))
    loaded = load_config(file, Places.from_environ(environ), environ)
    assert loaded.problems == ()
    assert loaded.settings.s3_connections["good"]["access_key_id_from"] == "A_KEY"
    assert "planted" not in repr(loaded)
