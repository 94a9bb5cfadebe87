import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig, write
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind
from tfm.model.location import Location, Root, local, parse
from tfm.session.session import Side
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs


class Gated(MemoryStorage):
    """Holds every page after the first of places whose name holds `slow`."""

    def __init__(self, root: Root) -> None:
        super().__init__(root, {"page_size": 10})
        self.gate = threading.Event()
        self.pages = 0
        self.stopped = threading.Event()

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Sequence[Entry]]:
        cancel.on_cancel(self.gate.set)
        try:
            for number, page in enumerate(super().scan(directory, cancel)):
                if number and "slow" in str(directory):
                    assert self.gate.wait(20)
                    cancel.check()
                self.pages += 1
                yield page
        finally:
            self.stopped.set()


@pytest.fixture
def gated() -> Gated:
    return Gated(parse("mem://").root)


def rig_with(gated: Gated, left: Path) -> Rig:
    vfs = Vfs(storages={gated.root: gated})
    vfs.mkdir(parse("mem://bucket/"))
    for number in range(30):
        write(vfs, f"mem://bucket/slow/f{number:02}")
    write(vfs, "mem://bucket/other")
    return Rig(local(left), parse("mem://bucket/"), vfs=vfs)


async def enter_slow(it: Driven) -> None:
    await it.press("tab", "enter")
    await it.until(lambda: len(it.rows()) == 10, "the first page is drawn at once")


def test_the_first_page_is_drawn_while_the_second_is_waited_for(gated: Gated, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await enter_slow(it)
        await it.until(lambda: "Loading… 10" in it.screen(), "the count so far")
        await it.pilot.resize_terminal(100, 30)
        await it.until(lambda: "Loading… 10" in it.screen(), "it is still told")
        await it.press("down", "down")
        assert it.cursor == "f02"
        gated.gate.set()
        await it.loaded()
        assert len(it.rows()) == 30
        assert it.cursor == "f02"
        assert "Loading" not in it.screen()

    rig_with(gated, left).drive(scenario)


def test_leaving_stops_the_paging(gated: Gated, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await enter_slow(it)
        before = gated.pages
        gated.stopped.clear()
        await it.press("backspace")
        await it.until(gated.stopped.is_set, "the listing was stopped")
        await it.loaded()
        assert it.cursor == "slow"
        assert gated.pages <= before + 1, "only the parent was listed since"

    rig_with(gated, left).drive(scenario)


def test_esc_stops_loading_and_keeps_what_came(gated: Gated, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await enter_slow(it)
        await it.press("escape")
        assert len(it.rows()) == 10
        assert it.status.startswith("Stopped.")
        await it.press("escape")
        assert it.status == "", "there is nothing left to stop"
        await it.press("ctrl+r")
        gated.gate.set()
        await it.loaded()
        assert len(it.rows()) == 30

    rig_with(gated, left).drive(scenario)


def test_a_known_directory_is_entered_without_waiting(gated: Gated, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        gated.gate.set()
        await it.go("tab", "enter", "backspace")
        gated.pages = 0
        await it.press("enter")
        assert len(it.rows()) == 30, "it is there as soon as the key is handled"
        await it.loaded()
        assert gated.pages == 0

    rig = rig_with(gated, left)
    rig.drive(scenario)


def test_a_hundred_thousand_rows_build_at_most_three_screens(left: Path) -> None:
    class Huge(MemoryStorage):
        def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Sequence[Entry]]:
            for page in range(100):
                cancel.check()
                yield [Entry(f"f{page * 1000 + n:06}", Kind.FILE, n, 0) for n in range(1000)]

    root = parse("mem://").root
    vfs = Vfs(storages={root: Huge(root, {})})

    async def scenario(it: Driven) -> None:
        built = it.app.views[Side.RIGHT].list.rows_built
        height = it.app.views[Side.RIGHT].list.height
        assert len(it.rows(Side.RIGHT)) == 100_000
        assert built <= 3 * height, f"{built} rows built for {height} lines"
        await it.press("tab", "end")
        assert it.cursor == "f099999"
        await it.press("1")
        await it.until(lambda: it.pane.rows.entries[0].name == "f099999", "sorted on a worker")
        assert it.cursor == "f099999"
        assert it.pane.cursor == 0

    Rig(local(left), parse("mem://big/"), vfs=vfs).drive(scenario)


def test_a_step_of_the_cursor_paints_two_lines_and_lays_nothing_out(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        screen, painted = it.app.screen, list[object]()
        layouts = list[object]()
        lines = it.app.views[Side.LEFT].list
        await it.go("down", "up")  # the layouts of the start are over then
        await it.until(lambda: not screen._layout_required)
        original, layout = lines.refresh, screen._refresh_layout

        def refresh(*regions: object, **options: object) -> object:
            painted.append(regions)
            return original(*regions, **options)  # type: ignore[arg-type]

        def refresh_layout(*args: object, **options: object) -> None:
            layouts.append(args)
            layout(*args, **options)  # type: ignore[arg-type]

        lines.refresh = refresh  # type: ignore[method-assign, assignment]
        screen._refresh_layout = refresh_layout  # type: ignore[method-assign]
        await it.press("down")
        await it.pilot.pause()
        assert [region[0].height for region in painted] == [1, 1]  # type: ignore[index]
        await it.press("space", "tab", "3", "end", "full_stop", "p")
        await it.pilot.pause()
        await it.loaded()
        assert not layouts, "no key of the panes may cause a layout"

    # a watcher that reads the directory again would paint, too
    quiet = replace(rig.settings, file_monitoring_enabled=False)
    Rig(rig.left, rig.right, settings=quiet).drive(scenario)
