import threading
from pathlib import Path

from tests.ui.rig import Driven, Rig
from tfm.model.entry import Entry
from tfm.model.location import Location, parse
from tfm.session.session import Side
from tfm.storage.base import Reader
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs


def test_it_follows_the_cursor_and_the_active_pane(rig: Rig, left: Path, right: Path) -> None:
    (right / "there.txt").write_text("over there")

    async def scenario(it: Driven) -> None:
        await it.go("end", "V")
        await it.until(lambda: "beta ten" in it.screen() and "quick view" in it.screen())
        assert not it.app.views[Side.RIGHT].display
        await it.press("up")
        await it.until(lambda: "beta nine" in it.screen())
        assert "beta ten" not in it.screen()
        await it.press("home")
        await it.until(lambda: "A directory." in it.screen())
        await it.press("tab")
        await it.until(lambda: "over there" in it.screen())
        assert it.app.views[Side.RIGHT].display
        assert not it.app.views[Side.LEFT].display
        await it.press("V")
        await it.until(lambda: "a.txt" in it.screen() and "there.txt" in it.screen())
        assert "quick view" not in it.screen()
        await it.press("V", "V", "V")
        await it.until(lambda: "over there" in it.screen())

    rig.drive(scenario)


class Hanging(MemoryStorage):
    """Reading never answers, until the test is over."""

    def __init__(self) -> None:
        super().__init__(parse("mem://").root, {})
        self.over = threading.Event()
        self.asked: list[str] = []

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        self.asked.append(location.name)
        self.over.wait(30)
        return super().open_read(location, offset, expected=expected, length=length)


def test_a_server_that_never_answers_blocks_neither_keys_nor_listings(left: Path) -> None:
    storage = Hanging()
    vfs = Vfs(storages={storage.root: storage})
    vfs.mkdir(parse("mem://b/"))
    for number in range(30):
        with vfs.open_write(parse(f"mem://b/file{number:02}")) as writer:
            writer.write(b"x")
            writer.commit()
    one = Rig(parse("mem://b/"), parse("mem://b/"), vfs=vfs)

    async def scenario(it: Driven) -> None:
        await it.press("V")
        for asked in range(12):  # as many previews hang as there are threads for them
            before = len(storage.asked)
            await it.press("down")
            assert it.cursor == f"file{asked + 1:02}"
            if asked < 6:
                await it.until(lambda before=before: len(storage.asked) > before)  # type: ignore[misc]
        await it.go("backspace")
        assert it.pane.place == parse("mem://")
        assert it.rows() == ["b/"]
        storage.over.set()

    try:
        one.drive(scenario)
    finally:
        storage.over.set()
