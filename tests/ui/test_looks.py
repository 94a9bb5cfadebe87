"""What the main screens look like. Accept a change on purpose: `pytest tests/ui/test_looks.py --snapshot-update`."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from tests.ui.rig import Rig, write
from tfm.config.keymap import build_keymap
from tfm.config.settings import Settings
from tfm.config.themes import load_themes
from tfm.jobs.job import JobSnapshot, JobState
from tfm.jobs.loans import Stranded
from tfm.jobs.recovery import Interrupted
from tfm.model.change import Change
from tfm.model.conflict import Conflict
from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.location import Location, parse
from tfm.ops.borrow import Borrowed
from tfm.ops.order import Order
from tfm.ops.search import Hit
from tfm.ops.versions import Doomed
from tfm.session.session import Side
from tfm.storage.base import Leftover
from tfm.storage.facets import Fact
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.object_facets import Version
from tfm.storage.vfs import Vfs
from tfm.ui.dialogs.changed import Changed
from tfm.ui.dialogs.checksums import ChecksumsDialog, Told
from tfm.ui.dialogs.confirm import Confirm, Notice
from tfm.ui.dialogs.conflict import ConflictDialog
from tfm.ui.dialogs.details import Details
from tfm.ui.dialogs.find import FindDialog, Rows
from tfm.ui.dialogs.interrupted import InterruptedDialog
from tfm.ui.dialogs.permissions import PermissionsDialog
from tfm.ui.dialogs.stranded import StrandedDialog
from tfm.ui.dialogs.versions import DoomDialog, VersionsDialog
from tfm.ui.panels.jobs import JobPanel
from tfm.ui.viewers.diff import DiffViewer
from tfm.ui.viewers.text import Viewer

Compare = Callable[..., bool]

SECOND = 10**9
NOON = 1_795_176_000 * SECOND  # 2026-11-20 12:00 UTC

LEFT = (
    Entry("archive", Kind.DIRECTORY),
    Entry("notes", Kind.DIRECTORY),
    Entry("budget-2026-final-version-with-a-long-name.xlsx", Kind.FILE, 482_133, NOON),
    Entry("current", Kind.LINK, None, NOON),
    Entry("holiday.jpg", Kind.FILE, 4_210_998, NOON - 86_400 * SECOND),
    Entry("odd\x1b[31mname\n.txt", Kind.FILE, 12, NOON),
    Entry("読書メモ.md", Kind.FILE, 1_845, NOON - 3_600 * SECOND),
    *[Entry(f"track{n}.flac", Kind.FILE, 31_000_000 + n * 7_000, NOON) for n in range(1, 60)],
)
RIGHT = (
    Entry("2025", Kind.DIRECTORY),
    Entry("2026", Kind.DIRECTORY),
    Entry("index.json", Kind.FILE, 2_048, NOON),
)


class Fixed(MemoryStorage):
    """The same rows for ever."""

    def scan(self, directory: Location, cancel: object):  # type: ignore[no-untyped-def]
        yield LEFT if "work" in directory.key else RIGHT if "photos" in directory.key else ()

    def mkdir(self, location: Location) -> Change:
        return Change()


def rig(theme: str = "tfm-dark", right: str = "mem://photos/") -> Rig:
    root = parse("mem://").root
    from tests.ui.rig import MOMENT

    vfs = Vfs(storages={root: Fixed(root, {})}, clock=lambda: MOMENT)
    settings = replace(Settings(), confirm_quit=False)
    return Rig(parse("mem://work/"), parse(right), settings=settings, theme=theme, vfs=vfs)


@pytest.fixture(params=["tfm-dark", "tfm-light"])
def both(request: pytest.FixtureRequest) -> Rig:
    """The two panes in dark and in light."""
    return rig(request.param)


async def loaded(pilot: Pilot[None], one: Rig) -> None:
    while any(pane.taken_at is None for pane in one.session.panes.values()):
        await pilot.pause(0.01)
    await pilot.pause()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
def test_two_panes_with_marks(snap_compare: Compare, size: tuple[int, int]) -> None:
    one = rig()

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("down", "down", "space", "down", "space")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=size)


def test_the_light_theme_and_an_empty_bucket(snap_compare: Compare) -> None:
    one = rig("tfm-light", "mem://empty/")

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("tab", "p")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(120, 40))


def test_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    one = rig()

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("down", "space")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
def test_the_copy_dialog(snap_compare: Compare, size: tuple[int, int]) -> None:
    one = rig()

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("end", "space", "up", "up", "space", "c")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=size)


def test_the_conflict_dialog(snap_compare: Compare, both: Rig) -> None:
    one = both
    new = Entry("holiday.jpg", Kind.FILE, 4_210_998, NOON)
    old = Entry("holiday.jpg", Kind.FILE, 3_999_120, NOON - 86_400 * SECOND)
    question = Conflict(
        parse("mem://work/holiday.jpg"), new, parse("mem://photos/holiday.jpg"), old
    )

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = ConflictDialog(question)
        dialog.GRACE = 0.0
        one.app.push_screen(dialog)
        while not dialog.ready:
            await pilot.pause(0.01)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def job(number: int, title: str, state: JobState, done: int) -> JobSnapshot:
    return JobSnapshot(
        number, title, state, done, 40, done * 5_000_000, 200_000_000, False,
        parse("mem://photos/2026/img_2041.jpg"), 12_400_000.0, 9.0, (), None, "", "", None,
    )  # fmt: skip


def test_the_panel_of_jobs(snap_compare: Compare, both: Rig) -> None:
    one = both

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        panel = JobPanel(one.jobs)
        one.app.push_screen(panel)
        await pilot.pause()
        panel.show(
            (
                job(1, "Delete old from mem://photos/", JobState.DONE, 40),
                job(2, "Copy 40 items to mem://photos/2026/", JobState.RUNNING, 18),
                job(3, "Move budget.xlsx to mem://work/", JobState.QUEUED, 0),
            )
        )
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_the_interrupted_jobs(snap_compare: Compare, both: Rig) -> None:
    one = both
    entry = Entry("trip.mov", Kind.FILE, 3_999_120_000, NOON)
    source, target = parse("mem://photos/trip.mov"), parse("mem://work/trip.mov")
    order = Order("copy", ((source, entry),), parse("mem://work/"), True)
    upload = Leftover(target, "2~ab")
    jobs = [
        Interrupted(
            "1", "Copy trip.mov to mem://work/", NOON / SECOND, 0, (upload,), order, "", False
        ),
        Interrupted(
            "2", "Delete 40 items from mem://old/", NOON / SECOND - 86_400, 17, (), order, "", False
        ),
    ]

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.app.push_screen(InterruptedDialog(jobs))
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_the_bulk_rename(snap_compare: Compare, both: Rig) -> None:
    one = both

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("plus", *"track1", "enter", "home", "down", "down", "space", "r")
        await pilot.press(*r"track(\d)", "tab", *r"\d{01} - t\1")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def _with_files(theme: str = "tfm-dark") -> Rig:
    """Two files of a storage in memory, to be looked into."""
    one = rig(theme)
    root = parse("mem://").root
    storage = MemoryStorage(root, {})
    one.vfs._storages[root] = storage
    one.vfs.mkdir(parse("mem://texts/"))
    text = '# grün\n\ndef greet(name: str) -> str:\n\treturn f"hello, {name}"  # \x1b[31m\n' * 12
    write(one.vfs, "mem://texts/a.py", text.encode())
    changed = text.replace("hello", "good day", 1).replace("# grün\n\ndef", "def", 3)
    write(one.vfs, "mem://texts/b.py", changed.encode())
    return one


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_the_viewer(snap_compare: Compare, theme: str) -> None:
    one = _with_files(theme)

    async def before(pilot: Pilot[None]) -> None:
        place = parse("mem://texts/a.py")
        viewer = Viewer(one.app.bridge, one.vfs, place, one.vfs._storages[place.root].stat(place))
        one.app.push_screen(viewer)
        while not viewer.view._spans:
            await pilot.pause(0.01)
        await pilot.press("number_sign", "slash", *"name", "enter")
        while viewer.view.match is None:
            await pilot.pause(0.01)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_two_files_side_by_side(snap_compare: Compare, theme: str) -> None:
    one = _with_files(theme)

    async def before(pilot: Pilot[None]) -> None:
        stat = one.vfs._storages[parse("mem://").root].stat
        left, right = ((p, stat(p)) for p in (parse("mem://texts/a.py"), parse("mem://texts/b.py")))
        viewer = DiffViewer(one.app.bridge, one.vfs, left, right)
        one.app.push_screen(viewer)
        while not viewer.view.rows:
            await pilot.pause(0.01)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_details(snap_compare: Compare, both: Rig) -> None:
    one = both
    entry = Entry("holiday.jpg", Kind.FILE, 4_210_998, NOON)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = Details([(parse("mem://photos/holiday.jpg"), entry)], counting=False)
        one.app.push_screen(dialog)
        await pilot.pause()
        dialog.described(
            [Fact("ETag", "9a0364b9e99bb480dd25e1f0284c8555"), Fact("Metadata note", "x" * 90)]
        )
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_help(snap_compare: Compare, tmp_path: Path) -> None:
    one = rig()

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.session.active = Side.LEFT
        await pilot.press("question_mark", *"pane")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_the_menu_bar(snap_compare: Compare) -> None:
    one = rig()

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("f9", "right", "down")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_what_may_follow_a_key(snap_compare: Compare) -> None:
    one = rig()
    one.app.which_key._after = 0.01

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        keys = {"copy": "t c", "move": "t m", "delete": "t d d"}
        one.app.take_keymap(build_keymap(keys))
        await pilot.press("t")
        await pilot.pause(0.1)
        assert one.app.which_key.display

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_the_log(snap_compare: Compare, both: Rig) -> None:
    one = both
    book = one.app.start.log
    book.write(0.0, logging.INFO, "tfm.files", "copy done: a.txt  /tmp → s3://photos/a.txt")
    book.write(1.0, logging.WARNING, "tfm.files", "copy skipped: b.txt  /tmp: it is there already")
    book.write(2.0, logging.ERROR, "tfm.ui", "Copied 1 item, 1 failed: access denied.")

    async def shown(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("l")
        await pilot.pause()

    assert snap_compare(one.app, run_before=shown, terminal_size=(80, 24))


def test_the_themes(snap_compare: Compare) -> None:
    one = rig()
    one.app.start = replace(one.app.start, themes=load_themes().by_name)

    async def choosing(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.app.run_action_id("theme")
        await pilot.pause()
        await pilot.press("down", "down")
        await pilot.pause()

    assert snap_compare(one.app, run_before=choosing, terminal_size=(80, 24))


def test_the_dialog_of_a_search(snap_compare: Compare, both: Rig) -> None:
    one = both
    deep = "reports/2026/november/drafts/of-a-rather-long-name"
    hits = [
        Hit("notes.md", Entry("notes.md", Kind.FILE, 482), 12, "the needle in the haystack"),
        Hit(f"{deep}/odd\x1b.txt", Entry("odd\x1b.txt", Kind.FILE, 12), 1, "\x1b[31mneedle"),
        Hit("読書メモ.md", Entry("読書メモ.md", Kind.FILE, 1_845), 1_204, "針 needle"),
    ]

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = FindDialog(one.app, content=True)
        one.app.push_screen(dialog)
        await pilot.press(*"needle", "down")
        dialog.list.show(Rows(hits), 1)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_compare_and_mark(snap_compare: Compare, both: Rig) -> None:
    one = both

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press("w", "3", "down")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


OPENED = (
    *("delete", "mkdir", "rename", "mark_pattern", "goto", "favorites", "set_bookmark", "checksum"),
    *("view_menu", "sort_menu", "context_menu", "find_name", "programs", "command_line", "palette"),
)
"""One for each kind of list, form and menu; the others have tests of their own above."""


@pytest.mark.parametrize(
    ("action", "theme", "size"),
    [
        *((each, theme, (80, 24)) for each in OPENED for theme in ("tfm-dark", "tfm-light")),
        ("find_name", "tfm-light", (120, 40)),
        ("quit", "tfm-dark", (40, 10)),
        ("copy", "tfm-light", (40, 10)),
    ],
    ids=lambda value: f"{value[0]}x{value[1]}" if isinstance(value, tuple) else value,
)
def test_what_an_action_opens(
    snap_compare: Compare,
    action: str,
    theme: str,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir("/")  # commands name the directory they run in
    one = rig(theme)
    one.app.settings = replace(one.settings, confirm_quit=True)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        await pilot.press(*["down"] * 4)
        one.app.run_action_id(action)
        await pilot.pause()
        assert one.app.screen is not one.app.screen_stack[0]

    assert snap_compare(one.app, run_before=before, terminal_size=size)


HOLIDAY = parse("mem://photos/holiday.jpg")
PHOTO = replace(LEFT[4], details=LocalDetails(0o100640, 0, 0, 1, 2, 1, NOON))
LENT = Borrowed(HOLIDAY, LEFT[4], Path("/x/holiday.jpg"), b"")
QUESTIONS: dict[str, Callable[[Rig], Screen[Any]]] = {
    "changed": lambda _rig: Changed(LENT),
    "checksums": lambda _rig: sums(),
    "confirm": lambda _rig: Confirm(
        "Empty the trash?", ["Nothing of it can be had back."], "Empty"
    ),
    "notice": lambda _rig: Notice(
        "Not found", ["There is nothing called x.", "Look one level up."]
    ),
    "stranded": lambda _rig: StrandedDialog([Stranded("1", LENT, NOON / SECOND)]),
    "permissions": lambda one: PermissionsDialog(one.app.bridge, one.vfs, [(HOLIDAY, PHOTO)]),
}


def sums() -> ChecksumsDialog:
    """What was computed of two files, one of them of no known digest."""
    dialog = ChecksumsDialog("SHA-256 of 2 files", keeps=True)
    told = [Told("holiday.jpg", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    dialog.call_after_refresh(dialog.add, [*told, Told("odd: cannot be read: permission denied.")])
    return dialog


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_asked_and_told(snap_compare: Compare, both: Rig, question: str) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, both)
        both.app.push_screen(QUESTIONS[question](both))
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(both.app, run_before=before, terminal_size=(80, 24))


def past_versions() -> list[Version]:
    def one(number: int, size: int | None, **more: bool) -> Version:
        details = ObjectDetails("0f" * 16, "STANDARD_IA", f"3HL4kqtJvjVBH40Nrjf{number}")
        entry = Entry("budget.xlsx", Kind.FILE, size, NOON - number * 86_400 * SECOND, details)
        place = parse(f"s3://version={details.version_id}@bucket/budget.xlsx")
        return Version(place, details.version_id, entry, number == 0, owner="ann", **more)

    return [one(0, 482_133), one(1, None, deleted=True), one(2, 401_000), one(3, 12)]


def test_versions_of_a_file(snap_compare: Compare, both: Rig) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, both)
        place = parse("s3://bucket/budget.xlsx")
        dialog = VersionsDialog(place, lambda _chosen: None, UTC)
        both.app.push_screen(dialog)
        await pilot.pause()
        dialog.add(past_versions())
        dialog.end()
        await pilot.press("m", "down", "v")
        await pilot.pause()

    assert snap_compare(both.app, run_before=before, terminal_size=(80, 24))


def test_before_all_versions_go(snap_compare: Compare, both: Rig) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, both)
        dialog = DoomDialog(
            "Delete all versions",
            "Delete “reports” and all inside with all versions and delete markers?",
            "Nothing of it stays; this cannot be undone.",
        )
        both.app.push_screen(dialog)
        await pilot.pause()
        dialog.counted(Doomed(tuple(past_versions())))
        await pilot.press("3", "tab", "enter")
        await pilot.pause()

    assert snap_compare(both.app, run_before=before, terminal_size=(80, 24))
