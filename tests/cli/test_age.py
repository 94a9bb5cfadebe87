"""`tfm cp --encrypt` and `--decrypt`: from keys to what the server stores."""

import os
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from tests.cli.conftest import Tfm
from tests.fakes.proxy import Proxy
from tests.servers.server import Server

MIB = 1 << 20


@pytest.fixture
def identity(here: Path) -> pyrage.x25519.Identity:
    """A pair of keys; the private one in `key.txt`."""
    made = pyrage.x25519.Identity.generate()
    (here / "key.txt").write_text(f"{made}\n")
    return made


@pytest.fixture
def bucket(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


def test_up_in_parts_and_down(
    tfm: Tfm,
    here: Path,
    moto_server: Server,
    bucket: str,
    proxy: Proxy,
    identity: pyrage.x25519.Identity,
) -> None:
    data = os.urandom(20 * MIB)
    (here / "big").write_bytes(data)
    public = str(identity.to_public())
    ran = tfm("cp", "--encrypt", "--recipient", public, "big", f"s3://{bucket}/")
    assert ran.code == 0, ran.err
    assert proxy.counts()["UploadPart"] >= 3 and proxy.open_uploads() == []
    stored = moto_server.client().get_object(Bucket=bucket, Key="big")
    assert stored["ContentType"] == "application/vnd.age"
    assert pyrage.decrypt(stored["Body"].read(), [identity]) == data
    proxy.reset()
    ran = tfm("cp", "--decrypt", "--identity", "key.txt", f"s3://{bucket}/big", "back")
    assert ran.code == 0, ran.err
    assert (here / "back").read_bytes() == data
    assert proxy.counts()["GetObject"] == 1


def test_keys_of_the_settings(
    tfm: Tfm, here: Path, bucket: str, proxy: Proxy, identity: pyrage.x25519.Identity
) -> None:
    config = here / "config.py"
    config.write_text(
        f"AGE_RECIPIENTS = ['{identity.to_public()}']\nAGE_IDENTITIES = ['{here / 'key.txt'}']\n"
    )
    (here / "d").mkdir()
    (here / "d/f").write_text("text")
    assert tfm("cp", "--config", config, "--encrypt", "-r", "d", f"s3://{bucket}/").code == 0
    assert tfm("cp", f"s3://{bucket}/d/f", "sealed").code == 0
    assert pyrage.decrypt((here / "sealed").read_bytes(), [identity]) == b"text"
    assert tfm("cp", "--config", config, "--decrypt", f"s3://{bucket}/d/f", "plain").code == 0
    assert (here / "plain").read_text() == "text"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--encrypt",), "AGE_RECIPIENTS"),
        (("--decrypt",), "AGE_IDENTITIES"),
        (("--recipient", "age1x"), "--recipient goes with --encrypt"),
        (("--encrypt", "--identity", "key.txt"), "--identity with --decrypt"),
        (("--encrypt", "--decrypt"), "not allowed with"),
    ],
)
def test_options_that_do_not_go_together(
    tfm: Tfm, here: Path, options: tuple[str, ...], told: str
) -> None:
    (here / "f").write_text("text")
    ran = tfm("cp", *options, "f", "g")
    assert ran.code == 2 and told in ran.err
    assert not (here / "g").exists()


def test_a_key_that_is_none_changes_nothing(tfm: Tfm, here: Path) -> None:
    (here / "f").write_text("text")
    ran = tfm("cp", "--encrypt", "--recipient", "age1nonsense", "f", "g")
    assert ran.code == 1 and "is no public key of age" in ran.err
    assert sorted(path.name for path in here.iterdir()) == ["f"]


def test_streams_are_left_to_age(tfm: Tfm, here: Path) -> None:
    ran = tfm("cp", "--encrypt", "--recipient", "age1x", "-", "g")
    assert ran.code == 2 and "--encrypt does not go with a stream" in ran.err
