"""A profile that is not there is said so, whatever is asked first."""

from pathlib import Path

import pytest

from tfm.model.cancel import NEVER
from tfm.model.errors import NeedsLogin
from tfm.model.location import Location, Root
from tfm.storage.base import Hints, Work
from tfm.storage.s3.storage import S3Storage

ROOT = Root("s3", "no-such-profile")


@pytest.mark.parametrize("key", ["", "bucket/"])
def test_listing_with_an_unknown_profile_says_so(key: str) -> None:
    storage = S3Storage(ROOT, {})
    with pytest.raises(NeedsLogin, match="no such AWS profile"):
        list(storage.scan(Location(ROOT, key), NEVER))


def test_writing_with_an_unknown_profile_says_so() -> None:
    storage = S3Storage(ROOT, {})
    with (
        pytest.raises(NeedsLogin, match="no such AWS profile"),
        storage.open_write(Location(ROOT, "bucket/file"), Hints(), Work()) as writer,
    ):
        writer.commit()


def test_a_role_that_wants_an_mfa_code_is_told_instead_of_asked_for_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile no-such-profile]\n"
        "role_arn = arn:aws:iam::123456789012:role/reader\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
        "source_profile = base\n"
        "[profile base]\n"
        "aws_access_key_id = x\n"
        "aws_secret_access_key = y\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    def asked(*_words: object) -> str:
        raise AssertionError("it asked on the terminal")

    monkeypatch.setattr("getpass.getpass", asked)
    storage = S3Storage(ROOT, {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(NeedsLogin, match="MFA code"):
        list(storage.scan(Location(ROOT, "bucket/"), NEVER))
