"""Unfinished uploads on the screen: what they cost, aborted after an exact question, resumed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.rig import MOMENT, Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.jobs.recovery import Journals
from tfm.model.cancel import NEVER
from tfm.model.errors import NotFound
from tfm.model.location import Location, Root, local
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.storage.base import Leftover
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.memory.uploads import MemoryUploads
from tfm.storage.open_uploads import OpenUpload
from tfm.storage.vfs import Vfs
from tfm.ui import clipboard
from tfm.ui.actions import uploads as actions
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.uploads import AbortDialog, UploadsDialog, age_text
from tfm.ui.screen import PanesScreen

NOW = int(MOMENT) * 10**9
HOUR = 3600 * 10**9
ROOT = Root("mem")


class Box:
    """`box/d/` in the left pane, with uploads of other programs beneath; a directory in the right."""

    def __init__(self, tmp_path: Path) -> None:
        self.storage = MemoryStorage(ROOT, {"clock": lambda: NOW})
        self.top = Location(ROOT, "box/")
        self.storage.mkdir(self.top)
        self.storage.mkdir(self.at("d/"))
        facet = self.storage.facets.uploads
        assert isinstance(facet, MemoryUploads)
        self.facet = facet
        self.journals = Journals(tmp_path / "jobs", "AWS")
        self.home = tmp_path / "home"
        self.home.mkdir()
        self.vfs = Vfs(storages={ROOT: self.storage}, clock=lambda: MOMENT)
        self.rig = Rig(self.at("d/"), local(self.home), vfs=self.vfs, journals=self.journals)

    def at(self, name: str) -> Location:
        return Location(ROOT, f"box/{name}")

    def begin(self, name: str, *parts: bytes, hours: int = 0, busy: bool = False) -> OpenUpload:
        began = NOW - hours * HOUR
        made = self.facet.begin(self.at(name), began_ns=began, initiator="somebody else", busy=busy)
        for part in parts:
            self.facet.send(made, part)
        return made

    def job(self, name: str) -> tuple[str, OpenUpload]:
        """A copy of a local file that has begun an upload: its journal's id, still held."""
        (self.home / name).write_text("contents")
        ((place, entry),) = pick(OpContext(Vfs()), [local(self.home / name)])
        order = Order("copy", ((place, entry),), self.at("d/"), True)
        self.recorder = self.journals.begin(f"Copy {name}", order)
        upload = self.begin(f"d/{name}", b"half", hours=5)
        self.recorder.opened(place, entry, upload.place, None).leave(
            Leftover(upload.place, upload.id, since=NOW)
        )
        return self.recorder.id, upload

    def written(self, name: str) -> bytes:
        """What stands under a name; nothing if nothing does."""
        try:
            return self.storage.shelf.content(self.at(name)).data
        except NotFound:
            return b""

    @property
    def left(self) -> list[str]:
        pages = self.facet.uploads(self.top, NEVER)
        return [each.place.inner_key for page in pages for each in page]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    yield Box(tmp_path)


async def opened(it: Driven) -> UploadsDialog:
    await it.press("comma", "U")
    await it.until(lambda: isinstance(it.app.screen, UploadsDialog))
    dialog = it.app.screen
    assert isinstance(dialog, UploadsDialog)
    await it.until(lambda: dialog.ended)
    return dialog


async def asked(it: Driven) -> None:
    await it.until(lambda: isinstance(it.app.screen, AbortDialog))


def test_they_are_listed_with_what_they_cost(box: Box) -> None:
    box.begin("d/old.bin", b"x" * 3000, b"y" * 500, hours=200)
    box.begin("d/e/young", hours=1)
    box.begin("d2/elsewhere", b"z")
    box.begin("d/esc\x1b[31m\nred", hours=9)

    async def scenario(it: Driven) -> None:
        await opened(it)
        await it.until(lambda: "3 uploads; 2 parts, 3,500 bytes, billed" in it.screen())
        (line,) = (
            line for line in it.screen().splitlines() if "old.bin" in line and "3.4K" in line
        )
        assert line.strip("│ ").split() == ["8d", "2", "3.4K", "foreign", "old.bin"]
        assert "e/young" in it.screen() and "elsewhere" not in it.screen()
        await it.until(lambda: "by somebody else; STANDARD; id upload-2" in it.screen())
        await it.press("down")
        await it.until(lambda: "mem://box/d/esc␛[31m␊red" in it.screen())
        await it.press("a")
        await asked(it)
        await it.until(lambda: "0 parts, 0 bytes  esc␛[31m␊red" in it.screen())
        await it.press("escape", "q")
        await it.until(lambda: isinstance(it.app.screen, PanesScreen))

    box.rig.drive(scenario, (80, 24))


def test_one_is_aborted_after_the_question_and_the_others_stay(box: Box) -> None:
    box.begin("d/a", b"1234", b"5", hours=9)
    box.begin("d/b", hours=9)

    async def scenario(it: Driven) -> None:
        await opened(it)
        await it.press("a")
        await asked(it)
        await it.until(lambda: "2 parts, 5 bytes are lost." in it.screen())
        assert "Abort 1 upload for good?" in it.screen()
        assert "9h  2 parts, 5 bytes  a" in it.screen()
        assert "somebody may be writing" in it.screen(), "its parts came just now"
        await it.press("enter")  # it opens on Cancel
        assert box.left == ["d/a", "d/b"]
        await it.press("delete")
        await asked(it)
        await it.until(lambda: "are lost." in it.screen())
        await it.press("a")
        await it.until(lambda: box.left == ["d/b"])
        await it.until(lambda: "1 upload aborted, and gone." in it.screen())
        assert "1 upload; 0 parts" in it.screen()
        await it.press("escape")
        assert it.status == "Aborted 1 item."

    box.rig.drive(scenario)


def test_several_are_marked_or_old_and_one_that_is_written_stays(box: Box) -> None:
    for name in ("a", "c", "d"):
        box.begin(f"d/{name}", b"12", hours=9)
    for number in range(8):
        box.begin(f"d/old{number}", b"123", hours=24 * 8)
    box.begin("d/b", b"12", busy=True)

    async def scenario(it: Driven) -> None:
        await opened(it)
        await it.press("space", "space", "space")
        await it.until(lambda: "3 uploads marked; 3 parts, 6 bytes, billed" in it.screen())
        await it.press("a")
        await asked(it)
        await it.until(lambda: "2 parts, 4 bytes are lost." in it.screen())
        assert "1 upload stays: A job of this tfm is writing it" in it.screen()
        await it.press("a")
        await it.until(lambda: box.left[:3] == ["d/b", "d/d", "d/old0"])
        await it.until(lambda: "2 uploads aborted" in it.screen())
        await it.press("home", "a")
        await it.until(lambda: "A job of this tfm is writing it" in it.screen())
        assert isinstance(it.app.screen, UploadsDialog)
        await it.press("space", "a")  # it kept its mark
        await asked(it)
        await it.until(lambda: "Abort 1 upload for" in it.screen())
        await it.press("escape", "o", "ctrl+u", *"99d", "enter")
        await it.until(lambda: "There are none so old." in it.screen())
        await it.press("ctrl+u", *"week", "enter")
        await it.until(lambda: "Write 12h, 7d or 2w." in it.screen())
        await it.press("ctrl+u", *"7d", "enter")
        await asked(it)
        await it.until(lambda: "8 parts, 24 bytes are lost." in it.screen())
        assert "and 3 more" in it.screen()
        await it.press("a")
        await it.until(lambda: box.left == ["d/b", "d/d"])

    box.rig.drive(scenario)


def test_ours_is_resumed_and_what_runs_is_left_alone(box: Box) -> None:
    name, _upload = box.job("ours.bin")
    box.begin("d/z-foreign")

    async def scenario(it: Driven) -> None:
        await opened(it)
        await it.until(lambda: "running" in it.screen())
        await it.press("a")
        await it.until(lambda: "The job “Copy ours.bin” is writing it" in it.screen())
        await it.press("r")
        await it.until(lambda: "Its job is running." in it.screen())
        await it.press("down", "r")
        await it.until(lambda: "Only the program that began it can go on" in it.screen())
        await it.press("escape")
        box.recorder.finish(keep=True)
        await opened(it)
        await it.until(lambda: f"interrupted job {name}: Copy ours.bin" in it.screen())
        await it.press("r")
        await it.until(lambda: isinstance(it.app.screen, PanesScreen))
        await it.until(lambda: box.written("d/ours.bin") == b"contents")

    box.rig.drive(scenario)


def test_ours_is_aborted_and_its_job_knows(box: Box) -> None:
    name, _upload = box.job("ours.bin")
    box.recorder.finish(keep=True)

    async def scenario(it: Driven) -> None:
        await it.press("escape")  # what was interrupted is offered at the start
        await opened(it)
        await it.press("a")
        await asked(it)
        await it.until(lambda: "An interrupted job will begin such files anew." in it.screen())
        await it.press("a")
        await it.until(lambda: box.left == [])
        await it.until(lambda: "aborted, and gone" in it.screen())

    box.rig.drive(scenario)
    (job,) = box.journals.interrupted()
    assert (job.id, job.leftovers) == (name, ())


def test_of_many_only_those_on_the_screen_are_built_and_only_the_first_weighed(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_WEIGHED_AT_ONCE", 2)
    monkeypatch.setattr(actions, "_MOST", 2000)
    for number in range(2500):
        box.begin(f"d/{number:04}", b"12")
    built: list[str] = []
    plain = UploadsDialog._row_of

    def row_of(dialog: UploadsDialog, upload: OpenUpload) -> tuple[str, str]:
        built.append(upload.id)
        return plain(dialog, upload)

    monkeypatch.setattr(UploadsDialog, "_row_of", row_of)

    async def scenario(it: Driven) -> None:
        await opened(it)
        await it.until(lambda: "2,000 uploads; at least 2 parts, 4 bytes, billed" in it.screen())
        assert "There may be more" in it.screen()
        await it.press("end")
        await it.until(lambda: "mem://box/d/1999" in it.screen())
        await it.until(lambda: "at least 3 parts, 6 bytes" in it.screen())
        assert len(set(built)) < 100
        await it.press("asterisk")
        await it.until(lambda: "2,000 uploads marked" in it.screen())
        await it.press("t")
        await it.until(lambda: "marked; 2,000 parts, 4,000 bytes" in it.screen())

    box.rig.drive(scenario)


def test_where_nothing_may_be_changed_and_where_there_are_none(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule that a bucket would follow can be had even there."""
    copied: list[str] = []

    def send(_app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "send", send)
    box.vfs.read_only = True

    async def scenario(it: Driven) -> None:
        assert why_not(it.app, ACTIONS["unfinished_uploads"]) == ""
        await opened(it)
        await it.until(lambda: "0 uploads" in it.screen())
        await it.press("l")
        await it.until(lambda: "ends uploads after 7 days" in it.screen())
        assert json.loads(copied[0]) == {"beneath": "d/", "days": 7}
        await it.press("r")
        await it.until(lambda: "There is no upload to do that with." in it.screen())
        for key in ("a", "o"):
            await it.press("down", key)
            await it.until(lambda: "tfm runs with --read-only" in it.screen())
        await it.press("escape", "tab")
        assert "unfinished uploads" in why_not(it.app, ACTIONS["unfinished_uploads"])
        await it.press("comma", "U")
        await it.until(lambda: "unfinished uploads" in it.status)

    box.rig.drive(scenario)


@pytest.mark.parametrize(
    ("hours", "text"), [(0, "0m"), (1, "60m"), (2, "2h"), (71, "71h"), (72, "3d"), (90000, "3750d")]
)
def test_ages(hours: int, text: str) -> None:
    assert age_text(hours * HOUR) == text


def test_an_age_that_is_not_known() -> None:
    assert age_text(None) == "?"
