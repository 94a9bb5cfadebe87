"""Buckets from the list of them: made, deleted when empty, emptied after their name was typed; their columns."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.ui.rig import Driven, Rig, write
from tfm.config.actions import ACTIONS
from tfm.config.places import make_private
from tfm.jobs.audit import AuditLog
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.location import S3, Location, local, parse
from tfm.session.session import Side
from tfm.storage.container_facets import Glance
from tfm.storage.memory.containers import MemoryContainers
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.containers import DeleteContainers, EmptyContainer
from tfm.ui.dialogs.form import Form

TOP = parse("mem://")


class OnMemory:
    """The list of containers in memory in the left pane, and the shelf they lie on."""

    def __init__(self, rig: Rig, storage: MemoryStorage) -> None:
        assert isinstance(storage.shelf, FlatShelf)
        self.rig, self.storage, self.shelf, self.drive = rig, storage, storage.shelf, rig.drive

    def stored(self) -> dict[str, list[str]]:
        """What the storage holds, asked of its shelf."""
        return {name: list(held.order) for name, held in self.shelf.containers.items()}


@pytest.fixture
def memory(left: Path) -> OnMemory:
    """One container is empty, one is not."""
    storage = MemoryStorage(TOP.root, {})
    vfs = Vfs(storages={TOP.root: storage})
    for name in ("empty", "full"):
        vfs.mkdir(parse(f"mem://{name}/"))
    write(vfs, "mem://full/d/a.txt")
    write(vfs, "mem://full/b.txt")
    return OnMemory(Rig(TOP, local(left), vfs=vfs), storage)


# -- make --------------------------------------------------------------------------------------------


def test_f7_makes_one_and_stands_on_it(memory: OnMemory, tmp_path: Path) -> None:
    log = memory.rig.jobs.audit = AuditLog(tmp_path / "audit", make_private, largest=1 << 20)

    async def scenario(it: Driven) -> None:
        for action in ("mkdir", "delete", "empty_bucket", "details"):
            assert why_not(it.app, ACTIONS[action]) == ""
        for action in ("move", "rename", "cut"):
            assert why_not(it.app, ACTIONS[action]) == "buckets stay as they are"
        assert "2 buckets" in it.app.views[Side.LEFT].footer.text
        await it.press("E")
        assert it.status == "Files lie in buckets: open one first."
        await it.press("f7")
        await it.type("new")
        await it.press("enter")
        await it.until(lambda: "Made new." in it.status)
        assert it.rows() == ["empty/", "full/", "new/"]
        assert it.cursor == "new"
        await it.press("f7")
        await it.type("full")
        await it.press("enter")
        await it.until(lambda: "already there" in it.status)
        await it.until(lambda: isinstance(it.app.screen, Form), "nothing has to be typed again")
        assert "already there" in it.screen()
        await it.press("end", "backspace", "backspace", "n", "enter")
        await it.until(lambda: "Made fun." in it.status)

    memory.drive(scenario)
    assert memory.stored() == {"empty": [], "full": ["b.txt", "d/a.txt"], "new": [], "fun": []}
    told = [json.loads(line) for line in log.file.read_text().splitlines()]
    assert [each.get("result", each.get("places")) for each in told] == [
        ["mem://new/"],
        "done",
        ["mem://full/"],
        "failed",
        ["mem://fun/"],
        "done",
    ]


class Account:
    """The list of buckets of a server in the left pane, behind the proxy."""

    def __init__(self, server: Server, proxy: Proxy, right: Path) -> None:
        self.client: Any = server.client()
        self.proxy = proxy
        self.storage = S3Storage(S3, {"outage_wait": 0.0, "retry_delay": 0.01})
        self.rig = Rig(Location(S3, ""), local(right), vfs=Vfs(storages={S3: self.storage}))


@pytest.fixture
def account(
    moto_server: Server,
    proxy_for: Callable[[Server], Proxy],
    right: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Account]:
    proxy = proxy_for(moto_server)
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    made = Account(moto_server, proxy, right)
    yield made
    made.storage.close()
    proxy.clear_rules()
    moto_server.discard("holiday.2026")


def test_a_form_for_a_bucket_judges_the_name_while_it_is_typed(account: Account) -> None:
    account.proxy.rule("PutBucketVersioning", Answer(403, "AccessDenied"))

    async def scenario(it: Driven) -> None:
        await it.press("f7")
        await it.type("Ho")
        await it.until(lambda: "3 to 63 characters" in it.screen())
        await it.type("liday")
        await it.until(lambda: "only small letters" in it.screen())
        await it.press("enter")
        await it.until(lambda: "only small letters" in it.screen())
        await it.press("ctrl+u")
        await it.type("holiday..")
        await it.until(lambda: "begins and ends" in it.screen())
        await it.press("ctrl+u")
        await it.type("holiday.2026")
        await it.until(lambda: "3 to 63 of them" in it.screen())
        await it.press("down", "down", "right", "down", "right", "enter")
        await it.until(lambda: "Made holiday.2026" in it.status)
        assert "It is there, but not set: versions" in it.status
        await it.until(lambda: "holiday.2026/" in it.rows())

    account.rig.drive(scenario, (120, 30))
    client, name = account.client, "holiday.2026"
    assert "Status" not in client.get_bucket_versioning(Bucket=name)
    rules = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"][
        "BlockPublicAcls"
    ]


# -- delete and empty --------------------------------------------------------------------------------


async def asked(it: Driven, *keys: str) -> DeleteContainers:
    await it.press(*keys)
    await it.until(lambda: isinstance(it.app.screen, DeleteContainers))
    dialog = it.app.screen
    assert isinstance(dialog, DeleteContainers)
    await it.until(lambda: dialog._found is not None)
    return dialog


def test_empty_ones_go_after_a_question_that_opens_on_cancel(memory: OnMemory) -> None:
    async def scenario(it: Driven) -> None:
        await asked(it, "f8")
        assert "It is empty." in it.screen()
        await it.press("enter")
        assert it.rows() == ["empty/", "full/"]
        await asked(it, "k")
        await it.press("e")
        await it.until(lambda: "nothing in it" in it.screen())
        await it.press("escape")
        await asked(it, "A", "k")
        assert "1 of them are not empty" in it.screen()
        await it.press("d")
        await it.jobs_ended()
        await it.until(lambda: it.rows() == ["*full/"])
        assert "Deleted 1 item, 1 failed" in it.status

    memory.drive(scenario, (80, 24))
    assert list(memory.stored()) == ["full"]


def test_one_that_is_not_is_emptied_after_its_name_was_typed_and_stays(memory: OnMemory) -> None:
    async def scenario(it: Driven) -> None:
        await asked(it, "down", "delete")
        assert "It is not empty: it holds objects." in it.screen()
        await it.press("d")
        await it.until(lambda: "Only an empty bucket" in it.screen())
        await it.press("e")
        await it.until(lambda: isinstance(it.app.screen, EmptyContainer))
        await it.until(lambda: "2 objects and versions." in it.screen())
        await it.type("ful")
        await it.press("down", "enter")
        await it.until(lambda: "not its name" in it.screen())
        await it.type("l")
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: "Emptied 1 item" in it.status)
        assert it.rows() == ["empty/", "full/"]

    memory.drive(scenario, (80, 24))
    assert memory.stored() == {"empty": [], "full": []}


def test_empty_has_a_key_and_opens_on_cancel(memory: OnMemory) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "comma", "E")
        await it.until(lambda: isinstance(it.app.screen, EmptyContainer))
        await it.type("full")
        await it.press("enter")
        await it.jobs_ended()
        await it.press("a", "A", "comma", "E")
        await it.until(lambda: "one by one" in it.status)
        await it.press("A", "enter")
        await it.loaded()
        assert why_not(it.app, ACTIONS["empty_bucket"])
        await it.press("comma", "E")
        await it.until(lambda: "not a bucket" in it.status)

    memory.drive(scenario)
    assert len(memory.stored()["full"]) == 2


# -- columns -----------------------------------------------------------------------------------------


class Slow(MemoryContainers):
    """Notes who is looked at, and lets nobody through until told."""

    def __init__(self, shelf: FlatShelf) -> None:
        super().__init__(shelf)
        self.asked_for: list[str] = []
        self.cancelled: list[str] = []
        self.gate = threading.Event()

    def glance(self, location: Location, cancel: CancelToken = NEVER) -> Glance:
        self.asked_for.append(location.container)
        cancel.on_cancel(lambda: self.cancelled.append(location.container))
        assert self.gate.wait(10)
        return super().glance(location, cancel)


@pytest.fixture
def many(memory: OnMemory) -> Iterator[tuple[Rig, Slow]]:
    """Fifty containers."""
    for number in range(48):
        memory.storage.mkdir(parse(f"mem://z{number:02}/"))
    slow = Slow(memory.shelf)
    memory.storage.facets = replace(memory.storage.facets, containers=slow)
    yield memory.rig, slow
    slow.gate.set()


def test_those_on_the_screen_are_asked_for_and_shown_as_they_come(
    many: tuple[Rig, Slow],
) -> None:
    rig, slow = many

    async def scenario(it: Driven) -> None:
        assert "Files" in it.screen()
        slow.gate.set()
        height = it.app.views[Side.LEFT].list.height
        await it.until(lambda: len(slow.asked_for) == height)
        await it.until(
            lambda: any("full/" in row and " 2 " in row for row in it.screen().split("\n"))
        )
        assert "z40" not in slow.asked_for
        # what is known is not asked for again, and is there at once
        await it.press("enter")
        await it.loaded()
        await it.go("backspace")
        assert len(slow.asked_for) == height
        assert it.pane.rows.entries[1].details is not None
        await it.press("end")
        await it.until(lambda: "z47" in slow.asked_for)

    rig.drive(scenario, (120, 20))


def test_a_few_at_a_time_and_none_once_the_pane_has_left(many: tuple[Rig, Slow]) -> None:
    rig, slow = many

    async def scenario(it: Driven) -> None:
        await it.until(lambda: len(slow.asked_for) == 4, "four hands")
        await it.press("enter")
        await it.loaded()  # a listing does not wait for them
        await it.until(lambda: len(slow.cancelled) == 4)
        slow.gate.set()
        await it.pilot.pause()
        assert len(slow.asked_for) == 4

    rig.drive(scenario, (120, 20))


def test_without_room_for_the_column_nothing_is_asked(many: tuple[Rig, Slow]) -> None:
    rig, slow = many
    slow.gate.set()

    async def scenario(it: Driven) -> None:
        assert "Files" not in it.screen()
        await it.press("end", "home")
        assert slow.asked_for == []

    rig.drive(scenario, (56, 20))
