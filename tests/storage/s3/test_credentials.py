"""Every source of credentials reaches the requests, in the documented order.

A small server on loopback plays the S3 endpoint, STS, the container's and the machine's metadata; what
counts is which key signed the listing.
"""

import hashlib
import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.cloud import EXPIRES, Cloud, running
from tfm.model.cancel import NEVER
from tfm.model.errors import NeedsLogin
from tfm.model.location import Location, Root
from tfm.storage.s3.storage import S3Storage


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """The server, for one test."""
    with running() as state:
        yield state


def listed(cloud: Cloud, connection: str = "", **options: object) -> tuple[str, str, str]:
    """List once; who signed, for which region, with which session token."""
    storage = S3Storage(Root("s3", connection), {"endpoint_url": cloud.url, **options})
    list(storage.scan(Location(storage.root, "bucket/"), NEVER))
    storage.close()
    return cloud.seen[-1]


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a profile of each kind; the directory it lies in."""
    printed = json.dumps(
        {"Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "s", "Expiration": EXPIRES}
    )
    script = write(tmp_path / "process.py", f"print('''{printed}''')")
    config = (
        "[default]\nregion = eu-central-1\n"
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = stored\n"
        f"[profile process]\ncredential_process = {shlex.join([sys.executable, script])}\n"
        "[profile configured]\naws_access_key_id = CONFIGURED\naws_secret_access_key = s\n"
    )
    stored = (
        "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s\n"
        "[stored]\naws_access_key_id = STORED\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", write(tmp_path / "config", config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", write(tmp_path / "credentials", stored))
    return tmp_path


def in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")


def test_the_environment_with_its_session_token_and_region(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_environment(monkeypatch)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "temporary")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert listed(cloud) == ("ENVIRONMENT", "ap-south-1", "temporary")


def test_the_files_that_aws_configure_writes(cloud: Cloud, files: Path) -> None:
    assert listed(cloud) == ("DEFAULT", "eu-central-1", "")


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        ("stored", "STORED"),
        ("configured", "CONFIGURED"),
        ("process", "PROCESS"),
        ("role", "ROLE"),
    ],
)
def test_a_profile_of_each_kind(
    cloud: Cloud, files: Path, monkeypatch: pytest.MonkeyPatch, profile: str, key: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", cloud.url)
    assert listed(cloud, profile=profile)[0] == key
    assert listed(cloud, connection=profile)[0] == key


def test_a_profile_from_the_environment(
    cloud: Cloud, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "stored")
    assert listed(cloud)[0] == "STORED"


def test_a_web_identity(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", write(tmp_path / "token", "a-web-token"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", cloud.url)
    assert listed(cloud)[::2] == ("WEBIDENTITY", "token-of-WEBIDENTITY")


def logged_in(directory: Path, monkeypatch: pytest.MonkeyPatch, until: str) -> None:
    """What `aws sso login` leaves behind, good until then."""
    start = "https://example.invalid/start"
    config = (
        f"[profile sso]\nsso_start_url = {start}\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = reader\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", write(directory / "config", config))
    token = {"startUrl": start, "region": "eu-west-1", "accessToken": "t", "expiresAt": until}
    name = hashlib.sha1(start.encode(), usedforsecurity=False).hexdigest()
    write(directory / f"{name}.json", json.dumps(token))
    # the SDK looks up the home directory once, when it is imported
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(directory))


def test_identity_center(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged_in(tmp_path, monkeypatch, EXPIRES)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", cloud.url)
    assert listed(cloud, profile="sso")[::2] == ("SSO", "token-of-SSO")


def test_an_expired_login_says_what_to_run(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged_in(tmp_path, monkeypatch, "2020-01-01T00:00:00Z")
    with pytest.raises(NeedsLogin) as failed:
        listed(cloud, profile="sso")
    assert "aws sso login" in str(failed.value)
    assert cloud.seen == []


def test_the_role_of_a_container(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{cloud.url}/container")
    assert listed(cloud)[::2] == ("CONTAINER", "token-of-CONTAINER")


def test_the_role_of_a_machine(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.url)
    assert listed(cloud)[::2] == ("MACHINE", "token-of-MACHINE")


def test_no_signature_at_all(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    in_environment(monkeypatch)
    assert listed(cloud, no_sign_request=True) == ("", "", "")


def test_the_order(cloud: Cloud, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{cloud.url}/container")
    assert listed(cloud)[0] == "DEFAULT", "files go before the container"
    in_environment(monkeypatch)
    assert listed(cloud)[0] == "ENVIRONMENT", "the environment goes before files"
    assert listed(cloud, profile="stored")[0] == "STORED", "a named profile goes before both"


# -- what is told of them ----------------------------------------------------------------------------


def told(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, **options: object) -> dict[str, str]:
    """What a person sees who asks for the identity."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", cloud.url)
    storage = S3Storage(Root("s3"), {"endpoint_url": cloud.url, **options})
    facet = storage.facets.login
    assert facet is not None
    facts = {fact.label: fact.value for fact in facet.login(Location(storage.root, "bucket/"))}
    if "Identity" in facts:
        assert facet.known() == facts["Identity"]
    storage.close()
    return facts


@pytest.mark.parametrize(
    ("profile", "source", "key", "until"),
    [
        ("stored", "the credentials file of AWS", "STORED", None),
        ("configured", "the config file of AWS", "CONFIGURED", None),
        ("process", "credential_process", "PROCESS", "2099-01-01 00:00 UTC"),
        ("role", "a role of the profile", "ROLE", "2099-01-01 00:00 UTC"),
    ],
)
def test_the_source_of_a_profile_is_told(
    cloud: Cloud,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    profile: str,
    source: str,
    key: str,
    until: str | None,
) -> None:
    facts = told(cloud, monkeypatch, profile=profile)
    assert (facts["Credentials"], facts["Profile"]) == (source, profile)
    assert facts["Access key"] == f"…{key[-4:]}"
    assert facts["Identity"] == f"arn:aws:iam::123456789012:user/{key}"
    assert facts["Account"] == "123456789012"
    assert facts["Good until"].startswith(until or "no end is known")


def test_the_sources_without_a_profile_are_told(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as m:
        m.setenv("AWS_EC2_METADATA_DISABLED", "false")
        m.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.url)
        assert told(cloud, m)["Credentials"] == "the role of the machine"
        m.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{cloud.url}/container")
        assert told(cloud, m)["Credentials"] == "the role of the container"
        m.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
        m.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", write(tmp_path / "token", "a-web-token"))
        assert told(cloud, m)["Credentials"] == "a web identity"
        in_environment(m)
        facts = told(cloud, m)
    assert facts["Credentials"] == "environment variables"
    assert "Profile" not in facts
    assert told(cloud, monkeypatch, no_sign_request=True)["Credentials"].startswith("none:")


def test_an_identity_center_login_is_told(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged_in(tmp_path, monkeypatch, EXPIRES)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", cloud.url)
    facts = told(cloud, monkeypatch, profile="sso")
    assert facts["Credentials"] == "IAM Identity Center (aws sso login)"
    assert facts["Good until"].startswith("2096-")


def test_keys_of_another_server_are_not_shown_to_amazon(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_environment(monkeypatch)
    storage = S3Storage(Root("s3"), {"endpoint_url": cloud.url})
    facet = storage.facets.login
    assert facet is not None
    assert facet.known() == ""
    facts = {fact.label: fact.value for fact in facet.login(Location(storage.root, "bucket/"))}
    assert facts["Account"].startswith("not known")
    assert facet.known() == "key …MENT, from environment variables"
    storage.close()


def test_a_password_in_an_endpoint_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    storage = S3Storage(Root("s3"), {"endpoint_url": "http://ann:pa55word@127.0.0.1:9"})
    facet = storage.facets.login
    assert facet is not None
    told = {fact.label: fact.value for fact in facet.login(Location(storage.root, ""))}
    assert told["Server"] == "http://[removed]@127.0.0.1:9"
    storage.close()


def test_details_tell_the_source_without_asking(cloud: Cloud, files: Path) -> None:
    storage = S3Storage(Root("s3"), {"endpoint_url": cloud.url, "profile": "process"})
    describe, place = storage.facets.describe, Location(storage.root, "bucket/dir/")
    assert describe is not None
    assert [fact.label for fact in describe.describe(place)] == ["Bucket", "Key"]
    list(storage.scan(Location(storage.root, "bucket/"), NEVER))
    seen = len(cloud.seen)
    facts = {fact.label: fact.value for fact in describe.describe(place)}
    assert (facts["Credentials"], facts["Access key"]) == ("credential_process", "…CESS")
    assert len(cloud.seen) == seen
    storage.close()


def test_an_expired_login_names_the_command_and_is_renewed_without_a_restart(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfm.storage.s3.client._RENEW_SECONDS", 0.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", cloud.url)
    logged_in(tmp_path, monkeypatch, "2020-01-01T00:00:00Z")
    storage = S3Storage(Root("s3", "sso"), {"endpoint_url": cloud.url})
    place, facet = Location(storage.root, "bucket/"), storage.facets.login
    assert facet is not None
    for ask in (lambda: facet.login(place), lambda: list(storage.scan(place, NEVER))):
        with pytest.raises(NeedsLogin, match="aws sso login --profile sso"):
            ask()
    assert cloud.seen == []
    logged_in(tmp_path, monkeypatch, EXPIRES)
    list(storage.scan(place, NEVER))
    assert cloud.seen[-1][0] == "SSO"
    storage.close()


def test_a_process_is_asked_again_when_its_keys_end(
    cloud: Cloud, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfm.storage.s3.client._RENEW_SECONDS", 0.0)
    good = (files / "process.py").read_text()
    write(files / "process.py", good.replace(EXPIRES, "2020-01-01T00:00:00Z"))
    storage = S3Storage(Root("s3", "process"), {"endpoint_url": cloud.url})
    place = Location(storage.root, "bucket/")
    with pytest.raises(NeedsLogin, match=r"had expired already.*credential_process"):
        list(storage.scan(place, NEVER))
    with pytest.raises(NeedsLogin, match="had expired already"):
        storage.facets.login.login(place)  # type: ignore[union-attr]
    write(files / "process.py", good.replace("PROCESS", "RENEWED"))
    list(storage.scan(place, NEVER))
    assert cloud.seen[-1][0] == "RENEWED"
    storage.close()
