"""Drives and buckets: every profile a group of its own, and none waits for another."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.config.settings import Settings
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind
from tfm.model.errors import NeedsLogin
from tfm.model.location import S3, Location, Root, local
from tfm.storage.base import Page
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs
from tfm.ui.actions import drives
from tfm.ui.actions.reasons import why_not
from tfm.ui.screen import PanesScreen

CONFIG = """
[default]
region = eu-west-1
[profile work]
region = eu-west-1
[profile dead]
region = eu-west-1
[profile expired]
region = eu-west-1
[profile asks]
credential_process = /bin/false
[profile leans]
source_profile = asks
role_arn = arn:aws:iam::123456789012:role/x
"""


class Account(MemoryStorage):
    """Tells some buckets, fails, or (None) never answers."""

    def __init__(self, root: Root, answer: list[str] | Exception | None) -> None:
        super().__init__(root, {})
        self.answer = answer
        self.asked = threading.Event()
        self.let_go = threading.Event()

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        self.asked.set()
        if self.answer is None:
            self.let_go.wait(30)
            return
        if isinstance(self.answer, Exception):
            raise self.answer
        yield [Entry(name, Kind.DIRECTORY) for name in self.answer]


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Account]]:
    (tmp_path / "aws").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    answers: dict[str, list[str] | Exception | None] = {
        "": ["mine"],
        "work": ["logs", "photos"],
        "dead": None,
        "expired": NeedsLogin("The login has expired."),
        "asks": ["secret"],
        "leans": ["secret too"],
    }
    made = {name: Account(Root("s3", name), answer) for name, answer in answers.items()}
    yield made
    for each in made.values():
        each.let_go.set()


def test_each_profile_is_a_group_that_comes_when_it_comes(
    accounts: dict[str, Account], tmp_path: Path
) -> None:
    vfs = Vfs(storages={S3 if not name else Root("s3", name): a for name, a in accounts.items()})

    async def scenario(d: Driven) -> None:
        await d.press("d")
        wanted = ("mine", "photos", "profile dead: loading", "The login has expired.")
        await d.until(lambda: all(text in d.screen() for text in wanted))
        assert "profile default" not in d.screen()
        # those that run a program or ask for a code are left alone until they are entered
        await d.until(lambda: "profile leans: Enter lists its buckets" in d.screen())
        assert not accounts["asks"].asked.is_set()
        assert not accounts["leans"].asked.is_set()
        # the dead one keeps nothing waiting: neither a key nor the listing of a pane
        await d.press(*"photos", "enter")
        await d.until(lambda: str(d.pane.place) == "s3://work@photos/")
        await d.loaded()

    Rig(local(tmp_path), local(tmp_path), vfs=vfs).drive(scenario)


def test_what_is_known_without_asking_waits_for_nobody_and_what_waits_says_so(
    accounts: dict[str, Account], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drives, "SILENT", 0.05)
    vfs = Vfs(storages={S3 if not name else Root("s3", name): a for name, a in accounts.items()})
    settings = replace(Settings(), s3_connections={"team": {}})
    held, let_go = threading.Semaphore(0), threading.Event()

    def hang(_cancel: CancelToken) -> None:
        held.release()
        let_go.wait(30)

    async def scenario(d: Driven) -> None:
        for _ in range(40):  # more than there are hands for servers that never answer
            d.app.bridge.ask(hang, lambda _none: None, apart=True)
        await d.until(lambda: held.acquire(blocking=False))
        await d.press("d")
        await d.until(lambda: "connection team: " in d.screen(), "it is in the configuration")
        await d.until(lambda: "profile asks: Enter lists its buckets" in d.screen())
        await d.until(lambda: "profile work: no answer yet" in d.screen())
        let_go.set()
        await d.until(lambda: "photos" in d.screen())
        assert "profile work: no answer yet" not in d.screen()
        assert "profile dead: no answer yet" in d.screen()

    Rig(local(tmp_path), local(tmp_path), settings, vfs=vfs).drive(scenario)
    let_go.set()


def test_a_connection_of_the_configuration_leads_to_its_root_and_ends_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    root = Root("s3", "team")
    begins = Location(root, "shared/team/a/")
    team, mine = MemoryStorage(root, {}), Account(S3, [])
    for place in ("shared/", "shared/team/", "shared/team/a/", "shared/team/a/deep/"):
        team.mkdir(Location(root, place))
    team.features = replace(team.features, begins=begins, writable=False)
    settings = replace(Settings(), s3_connections={"team": {}})
    one = Rig(
        local(tmp_path),
        local(tmp_path),
        vfs=Vfs(storages={S3: mine, root: team}),
        settings=settings,
    )

    async def scenario(d: Driven) -> None:
        await d.press("d")
        await d.until(lambda: "connection team" in d.screen())
        await d.press(*"team", "down", "enter")
        await d.until(lambda: d.pane.place == begins)
        await d.loaded()
        await d.go("enter", "backspace", "backspace")
        assert d.pane.place == begins
        assert d.status == "This connection begins here."
        assert why_not(d.app, ACTIONS["mkdir"]) == "this connection is read-only"
        await d.press("f7")
        assert isinstance(d.app.screen, PanesScreen)
        assert d.status == "This connection is read-only."

    one.drive(scenario)
