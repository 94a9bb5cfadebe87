"""A bucket at the next start: what the last run read is drawn at once, and read anew behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.timer import Timer

from tests.ui.rig import MOMENT, Driven, Rig, write
from tfm.config.places import make_private
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import around
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Denied, Offline, StorageError
from tfm.model.listing import Listing
from tfm.model.location import Location, local, parse
from tfm.model.order import SortSpec
from tfm.session.session import Side
from tfm.storage.listing_store import DAY, ListingStore
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Request
from tfm.ui.earlier import EarlierRows
from tfm.ui.pane.pane import earlier_moment

HERE = parse("mem://bucket/d/")


class Me:
    def fingerprint(self) -> str:
        return "me"


class Remote(MemoryStorage):
    """A server that answers a listing when it is let; `asked` are the places it was asked for."""

    def __init__(self) -> None:
        super().__init__(HERE.root, {"clock": lambda: int(MOMENT) * 10**9})
        self.features = replace(self.features, remote=True)
        self.facets = replace(self.facets, fingerprint=Me())
        self.asked: list[Location] = []
        self.gate = threading.Event()
        self.gate.set()
        self.fault: StorageError | None = None

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Sequence[Entry]]:
        self.asked.append(directory)
        cancel.on_cancel(self.gate.set)
        assert self.gate.wait(20)
        cancel.check()
        if self.fault is not None:
            raise self.fault
        yield from super().scan(directory, cancel)


class Server:
    """What outlives the runs: the storage, and what was kept of it."""

    def __init__(self, tmp_path: Path, left: Path) -> None:
        self.storage = Remote()
        self.store = ListingStore(tmp_path / "listings", make_private, clock=lambda: MOMENT + DAY)
        self.left = left
        vfs = Vfs(storages={HERE.root: self.storage})
        vfs.mkdir(parse("mem://bucket/"))
        for name in ("a", "b", "c", "sub/x"):
            write(vfs, f"mem://bucket/d/{name}")

    def rig(self, *, given: bool = True, keeps: bool = True) -> Rig:
        vfs = Vfs(storages={HERE.root: self.storage}, clock=lambda: MOMENT)
        rig = Rig(
            local(self.left),
            HERE,
            vfs=vfs,
            given=frozenset(Side) if given else frozenset(),
            listings=self.store if keeps else None,
        )
        for view in rig.app.views.values():
            view._clock = lambda: MOMENT + DAY
        return rig

    def run_once(self) -> None:
        """What an earlier run leaves; `test_what_was_entered…` shows that it does."""
        entries = tuple(
            row for page in MemoryStorage.scan(self.storage, HERE, NEVER) for row in page
        )
        assert self.store.store("me", Listing(HERE, entries, MOMENT))

    def kept(self) -> list[str]:
        found = self.store.load("me", HERE)
        return [] if found is None else [entry.name for entry in found.entries]


@pytest.fixture
def server(tmp_path: Path, left: Path) -> Server:
    return Server(tmp_path, left)


def held_up(server: Server, scenario: Callable[[Driven], object], **how: bool) -> None:
    """A run that begins while the server does not answer."""
    server.storage.gate.clear()
    rig = server.rig(**how)
    loaded = Driven.loaded

    async def drawn(it: Driven) -> None:
        await it.until(lambda: rig.session[Side.RIGHT].as_of, "the earlier rows are drawn")

    Driven.loaded = drawn  # type: ignore[method-assign, assignment]
    try:
        rig.drive(scenario)  # type: ignore[arg-type]
    finally:
        Driven.loaded = loaded  # type: ignore[method-assign]
        server.storage.gate.set()


async def settled(it: Driven) -> None:
    await it.until(
        lambda: all(pane.loading.value == "no" for pane in it.rig.session.panes.values()), "loaded"
    )


def test_what_was_read_is_drawn_before_the_server_answers(server: Server) -> None:
    server.run_once()

    async def scenario(it: Driven) -> None:
        assert it.rows(Side.RIGHT) == ["sub/", "a", "b", "c"]
        footer = it.app.views[Side.RIGHT].footer
        assert "as of 14:05 yesterday, checking…" in footer.text
        assert server.storage.asked == [HERE], "and it is asked at once, once"
        for columns in range(60, 90, 4):
            await it.pilot.resize_terminal(columns, 30)
            await it.until(lambda: "checking…" in footer.text, f"told on {columns} columns")
        await it.press("tab", "down", "down", "space")
        assert it.rows() == ["sub/", "a", "*b", "c"]
        server.storage.delete(parse("mem://bucket/d/a"))
        server.storage.gate.set()
        await settled(it)
        assert it.rows() == ["sub/", "*b", "c"]
        assert it.cursor == "c"
        assert "14:05:09" in footer.text and "checking" not in footer.text
        assert server.storage.asked == [HERE]

    held_up(server, scenario)
    assert sorted(server.kept()) == ["b", "c", "sub"]


def test_nothing_is_decided_by_them(server: Server) -> None:
    server.run_once()

    async def scenario(it: Driven) -> None:
        await it.press("tab", "down")
        for key in ("f8", "f5", "f6", "r", "e", "w"):
            await it.press(key)
            await it.pilot.pause()
            assert len(it.app.screen_stack) == 1, key
            assert "being checked" in it.status, (key, it.status)
        assert it.app.vfs.cached(HERE) is None
        assert it.app.vfs.remembered(HERE.child("a")) is None
        await it.press("escape")
        await it.press("f8")
        assert "Ctrl-R checks them" in it.status
        assert "not checked" in it.app.views[Side.RIGHT].footer.text
        server.storage.gate.set()
        await it.press("ctrl+r")
        await settled(it)
        await it.press("f8")
        await it.until(lambda: len(it.app.screen_stack) == 2, "now it asks")

    held_up(server, scenario)
    assert server.storage.stat(parse("mem://bucket/d/a")).size == 1


def test_a_pane_that_is_not_asked_for_is_drawn_without_asking(server: Server) -> None:
    server.run_once()

    async def scenario(it: Driven) -> None:
        await it.until(lambda: it.rows(Side.RIGHT) == ["sub/", "a", "b", "c"], "drawn")
        assert "as of 14:05 yesterday, not checked" in it.app.views[Side.RIGHT].footer.text
        assert "Size" in it.app.views[Side.RIGHT].titles.text
        assert server.storage.asked == []
        await it.press("tab")
        await it.until(lambda: it.pane.taken_at, "whoever goes there has it read")
        assert server.storage.asked == [HERE]

    server.rig(given=False).drive(scenario)


def test_a_fault_is_told_and_what_is_denied_is_not_drawn_again(server: Server) -> None:
    server.run_once()
    server.storage.fault = Offline("The server is away.")

    async def scenario(it: Driven) -> None:
        assert it.rows(Side.RIGHT) == ["sub/", "a", "b", "c"]
        server.storage.gate.set()
        await settled(it)
        assert it.rows(Side.RIGHT) == []
        assert "The server is away." in it.screen()
        assert sorted(server.kept()) == ["a", "b", "c", "sub"]
        server.storage.fault = Denied("Not any more.")
        await it.press("tab", "ctrl+r")
        await it.until(lambda: "Not any more." in it.screen(), "denied")
        await settled(it)

    held_up(server, scenario)
    assert server.kept() == []


def test_what_changes_is_forgotten_and_what_is_read_then_is_kept(server: Server) -> None:
    server.run_once()

    async def flushed(it: Driven) -> None:
        task = it.app.earlier.flush()
        assert task is not None
        await it.until(task.ended.is_set)

    async def scenario(it: Driven) -> None:
        it.app.vfs.forget(around(HERE.child("a")))
        await it.until(lambda: it.app.earlier._gone, "heard")
        await flushed(it)
        assert server.kept() == []
        await it.until(lambda: len(server.storage.asked) >= 2, "the pane read it again")
        await settled(it)
        await flushed(it)
        assert sorted(server.kept()) == ["a", "b", "c", "sub"]
        await it.press("comma", "S", "a")
        await it.until(lambda: not server.kept(), "cleared with the caches")
        await it.press("escape")
        # what changed between the listing and its writing is not written
        old = Listing(HERE, (Entry("gone", Kind.FILE, 1),), MOMENT - 1)
        it.app.earlier._waiting = {HERE: old}
        await flushed(it)
        assert server.kept() == []

    server.rig().drive(scenario)
    assert server.kept() == [], "what is on the screen was written before, and is not written again"


def test_without_a_place_to_keep_them_nothing_is_done(server: Server) -> None:
    rows = EarlierRows(None, server.rig(keeps=False).vfs, _never, _Never())
    rows.look(Request(Side.LEFT, 0, HERE, SortSpec(), False))
    rows.keep(HERE, (Entry("a", Kind.FILE, 1),), MOMENT)
    rows.forget(around(HERE))
    assert rows.flush() is None
    assert rows.clear() is None
    rows.close()


def _never(_message: object) -> None:
    raise AssertionError("nothing is to be said")


class _Never:
    def set_timer(self, delay: float, callback: object) -> Timer:
        raise AssertionError("nothing is to be written")


def test_what_was_entered_and_left_is_known_at_the_next_start(server: Server) -> None:
    async def walk(it: Driven) -> None:
        await it.go("tab", "enter")
        assert it.rows() == ["x"]
        await it.go("backspace", "backspace")

    server.rig().drive(walk)
    for text in ("mem://bucket/d/sub/", "mem://bucket/"):
        assert server.store.load("me", parse(text)) is not None


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (0, "14:05"),
        (5 * 3600, "09:05"),
        (DAY, "14:05 yesterday"),
        (15 * 3600, "23:05 yesterday"),
        (3 * DAY, "14:05, 17 Nov"),
    ],
)
def test_when_that_was(ago: float, text: str) -> None:
    from datetime import UTC

    assert earlier_moment(MOMENT - ago, MOMENT, UTC) == text
