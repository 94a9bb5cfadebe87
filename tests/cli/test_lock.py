"""`tfm lock`: what is set is shown and changed; what nobody can take back only after its word."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Tfm
from tests.cli.test_questions import Ask, ask  # noqa: F401 - a fixture
from tests.servers.server import Server
from tfm.cli.bucket_verbs import LOCK_MODES, NO_RETENTION
from tfm.storage.object_locks import MODES

DAY = 86400


class Kept:
    """A bucket with object lock, and a plain client."""

    def __init__(self, server: Server) -> None:
        self.client: Any = server.client()
        self.name = f"kept-{time.time_ns()}"
        self.client.create_bucket(Bucket=self.name, ObjectLockEnabledForBucket=True)
        for key in ("d/a", "d/b"):
            self.client.put_object(Bucket=self.name, Key=key, Body=b"kept")

    @property
    def place(self) -> str:
        return f"s3://{self.name}/d/a"

    def of(self, key: str = "d/a") -> tuple[str, int, str]:
        """Mode, days from now, legal hold."""
        head = self.client.head_object(Bucket=self.name, Key=key)
        until = head.get("ObjectLockRetainUntilDate")
        days = 0 if until is None else round((until.timestamp() - time.time()) / DAY)
        return head.get("ObjectLockMode", ""), days, head.get("ObjectLockLegalHoldStatus", "OFF")


@pytest.fixture
def kept(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> Kept:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    return Kept(moto_server)


def test_set_shown_and_taken_away(tfm: Tfm, kept: Kept) -> None:
    assert tfm("lock", kept.place).text.split() == ["none", kept.place]
    assert tfm("lock", "--days", "30", "--hold", "on", kept.place).code == 0
    assert kept.of() == ("GOVERNANCE", 30, "ON")
    mode, date, clock, hold, place = tfm("lock", kept.place).text.split()
    assert (mode, hold, place) == ("GOVERNANCE", "hold", kept.place)
    assert len(f"{date} {clock}") == 19
    ran = tfm("lock", "--days", "1", kept.place)
    assert ran.code == 3
    assert "only bypassing it changes that" in ran.err
    assert tfm("lock", "--days", "1", "--bypass", "--hold", "off", kept.place).code == 0
    assert kept.of() == ("GOVERNANCE", 1, "OFF")
    assert tfm("lock", "--mode", "none", "--bypass", kept.place).code == 0
    assert kept.of() == ("", 0, "OFF")


def test_all_in_a_directory_with_a_report(tfm: Tfm, kept: Kept) -> None:
    top = f"s3://{kept.name}/d"
    ran = tfm("lock", "--hold", "on", top)
    assert ran.code == 2
    assert "Add -r" in ran.err
    assert tfm("lock", top).code == 2
    assert tfm("lock", "--hold", "on", kept.place).code == 0
    ran = tfm("lock", "-r", "--json", "--hold", "on", top)
    assert ran.code == 3, "one is so already"
    told = {item["source"]: item["outcome"] for item in json.loads(ran.text)["items"]}
    assert told == {kept.place: "skipped", f"s3://{kept.name}/d/b": "done"}
    assert tfm("lock", "--until", "2999-01-31", f"s3://{kept.name}/d/b").code == 0
    rows = json.loads(tfm("lock", "-r", "--json", top).text)
    assert rows[0] == {"place": kept.place, "mode": None, "until": None, "hold": True}
    assert (rows[1]["mode"], rows[1]["until"][:4]) == ("governance", "2999")


def test_for_good_only_after_its_word(
    tfm: Tfm,
    ask: Ask,  # noqa: F811
    kept: Kept,
) -> None:
    words = ("lock", "--mode", "compliance", "--until", "2d", kept.place)
    ran = tfm(*words)
    assert ran.code == 2
    assert "Add --yes" in ran.err
    ran = ask(b"y\n", *words)
    assert (ran.code, kept.of()) == (4, ("", 0, "OFF"))
    asked = " ".join(ran.err.split())
    assert f"nobody can delete or unlock {kept.place}, not even the owner of the account" in asked
    assert "Nothing was locked." in ran.err
    assert ask(b"COMPLIANCE\n", *words).code == 0
    assert kept.of() == ("COMPLIANCE", 2, "OFF")
    ran = ask(b"", "lock", "--mode", "none", "--bypass", kept.place)
    assert ran.code == 3
    assert "nobody can shorten or change it" in ran.err
    assert ask(b"", "lock", "--mode", "compliance", "--days", "3", "--yes", kept.place).code == 0
    assert kept.of() == ("COMPLIANCE", 3, "OFF")


def test_a_change_is_in_the_audit_log_and_a_look_is_not(
    tfm: Tfm, kept: Kept, home: Path, here: Path
) -> None:
    (here / "config.py").write_text('AUDIT_LOG = "required"\n')
    log = home / ".local" / "state" / "tfm" / "audit" / "audit.jsonl"
    assert tfm("lock", "--config", "config.py", kept.place).code == 0
    assert not log.exists()
    assert tfm("lock", "--config", "config.py", "--hold", "on", kept.place).code == 0
    begin, end = [json.loads(line) for line in log.read_text().splitlines()]
    assert (begin["act"], begin["places"], end["result"]) == ("lock", [kept.place], "done")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--mode", "compliance", "--yes"), "Until when?"),
        (("--mode", "none", "--days", "3"), "leave the date out"),
        (("--until", "3d", "--days", "3"), "exclude each other"),
        (("--until", "soon"), "Write 30d"),
        (("--days", "0"), "not in the future"),
        (("--bypass",), "name the new one"),
        (("--mode", "forever"), "--mode"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(
    tfm: Tfm, options: tuple[str, ...], told: str
) -> None:
    ran = tfm("lock", *options, "s3://nowhere/a")
    assert ran.code == 2
    assert told in ran.err


def test_the_modes_are_those_of_a_storage() -> None:
    assert (*(mode.name.lower() for mode in MODES), NO_RETENTION) == LOCK_MODES


def test_where_there_are_none(tfm: Tfm, kept: Kept, moto_server: Server) -> None:
    bucket = moto_server.new_bucket()
    moto_server.client().put_object(Bucket=bucket, Key="a", Body=b"x")
    for words in ((f"s3://{bucket}/a",), ("--hold", "on", f"s3://{bucket}/absent"), (".",)):
        ran = tfm("lock", *words)
        assert (ran.code, ran.text) == (1, "")
        assert ran.err
    assert tfm("lock").code == 2
    ran = tfm("lock", "--read-only", "--hold", "on", kept.place)
    assert "--read-only" in ran.err
    assert kept.of() == ("", 0, "OFF")
    moto_server.discard(bucket)
