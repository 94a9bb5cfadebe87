"""Settings of containers without a screen: what becomes of a write is in its report."""

from __future__ import annotations

import pytest

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Denied, NeedsLogin, StorageError, Unsupported
from tfm.model.location import Location, local, parse
from tfm.ops.context import OpContext, Outcome
from tfm.ops.settings import Looked, look, settings_of, write_setting
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

TAGS = '{"TagSet": [{"Key": "team", "Value": "maps"}]}'
BOX = parse("mem://box/")


@pytest.fixture
def vfs() -> Vfs:
    made = Vfs(storages={BOX.root: MemoryStorage(BOX.root, {})})
    made.mkdir(BOX)
    return made


def outcome(vfs: Vfs, text: str, expected: str, cancel: CancelToken = NEVER) -> Outcome:
    report = write_setting(OpContext(vfs, cancel=cancel), BOX, "tags", text, expected)
    (item,) = report.items
    assert bool(item.reason) == (item.outcome in (Outcome.FAILED, Outcome.SKIPPED))
    return item.outcome


def test_every_end_of_a_write(vfs: Vfs) -> None:
    token = CancelToken()
    token.cancel()
    changes: list[bool] = []
    vfs.subscribe(lambda change: changes.append(change.covers(Location(BOX.root, ""))))
    assert outcome(vfs, TAGS, "", token) is Outcome.CANCELLED
    assert outcome(vfs, TAGS, "") is Outcome.DONE
    assert changes[-1], "the list of containers may tell of it"
    now = settings_of(vfs, BOX).read(BOX, "tags").text
    assert outcome(vfs, TAGS, now) is Outcome.SKIPPED
    assert outcome(vfs, "", "something else") is Outcome.FAILED
    vfs.read_only = True
    assert outcome(vfs, "", now) is Outcome.FAILED
    assert settings_of(vfs, BOX).read(BOX, "tags").text == now


def test_what_has_no_settings_says_so(vfs: Vfs) -> None:
    with pytest.raises(Unsupported, match="has no settings"):
        settings_of(vfs, local("/"))
    absent = look(vfs, parse("mem://absent/"), settings_of(vfs, BOX).settings[1], NEVER)
    assert absent.fatal
    assert "no such container" in absent.reason


@pytest.mark.parametrize(
    ("error", "reason", "fatal"),
    [
        (Unsupported("x"), "this server has no such setting", False),
        (Denied("x", hint="Ask for a right."), "may not be read. Ask for a right.", False),
        (NeedsLogin("Log in."), "Log in.", True),
        (StorageError("Broken."), "Broken.", False),
    ],
)
def test_why_one_is_not_known(vfs: Vfs, error: StorageError, reason: str, fatal: bool) -> None:
    found = Looked(settings_of(vfs, BOX).settings[0], error=error)
    assert (found.reason, found.fatal) == (reason, fatal)
