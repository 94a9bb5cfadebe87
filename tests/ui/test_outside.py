"""Programs started from the panes; in place of the terminal stands one that keeps what was run."""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.ui.rig import Driven, Rig, write
from tfm.model.location import parse
from tfm.model.program import Association, Lend, Program
from tfm.ui.suspend import Ended, Handover, Pause

EDITS = (
    sys.executable,
    "-c",
    "import sys\nfor name in sys.argv[1:]:\n    open(name, 'ab').write(b'+')\n",
)


@dataclass
class Ran:
    argv: Sequence[str]
    cwd: str
    environ: Mapping[str, str]
    pause: Pause
    banner: str


@dataclass
class Kept(Handover):
    """Runs the program without a terminal."""

    ran: list[Ran] = field(default_factory=list)
    code: int | None = None

    def ran_last(self, word: str) -> bool:
        return bool(self.ran) and self.ran[-1].argv[-1] == word

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        pause: Pause = Pause.NEVER,
        banner: str = "",
    ) -> Ended:
        self.ran.append(Ran(argv, cwd, environ, pause, banner))
        done = subprocess.run(argv, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, check=False)
        return Ended(done.returncode if self.code is None else self.code)


def with_programs(rig: Rig, tmp_path: Path, **settings: object) -> Kept:
    settings.setdefault("text_editor", EDITS)
    changed = replace(rig.settings, **settings)  # type: ignore[arg-type]
    rig.settings = rig.app.settings = changed
    rig.app.start = replace(rig.app.start, state_file=tmp_path / "state" / "state.json")
    kept = Kept()
    rig.app.handover = kept
    return kept


def test_edit_and_a_new_file_in_the_editor(rig: Rig, left: Path, tmp_path: Path) -> None:
    kept = with_programs(rig, tmp_path)

    async def scenario(ui: Driven) -> None:
        await ui.press("e")
        assert "Put the cursor on a file" in ui.status  # it stands on a directory
        await ui.press("down", "down", "e")
        await ui.until(lambda: (left / "a.txt").read_text() == "alpha\n+", "edited")
        assert kept.ran[0].argv[-1] == str(left / "a.txt")
        assert kept.ran[0].pause is Pause.NEVER
        await ui.press("shift+f4")
        await ui.type("fresh.txt")
        await ui.press("enter")
        await ui.until(lambda: ui.cursor == "fresh.txt", "the cursor stands on it")
        assert (left / "fresh.txt").read_text() == "+"

    rig.drive(scenario)


def far(rig: Rig, name: str = "readme.txt") -> bytes:
    rig.vfs._forbidden.clear()  # looked at by somebody else than the screen
    with rig.vfs.open_read(parse(f"mem://photos/{name}")) as reader:
        return reader.read(1000)


async def stand_on_the_remote_file(ui: Driven) -> None:
    await ui.press("tab", "end")
    await ui.until(lambda: ui.cursor == "readme.txt")


def test_a_remote_file_is_edited_as_a_copy_and_goes_home(remote: Rig, tmp_path: Path) -> None:
    kept = with_programs(remote, tmp_path)

    async def scenario(ui: Driven) -> None:
        await stand_on_the_remote_file(ui)
        await ui.press("e")
        await ui.until(lambda: "Written to mem://photos/readme.txt." in ui.status)
        copy = Path(kept.ran[0].argv[-1])
        assert copy.name == "readme.txt"
        assert not copy.parent.exists()
        kept.code = 1  # the editor crashes
        await ui.press("e")
        await ui.until(lambda: "Not written: the program failed" in ui.status)
        assert Path(kept.ran[1].argv[-1]).read_bytes() == b"hello++"
        assert far(remote) == b"hello+"

    remote.drive(scenario)


@pytest.mark.parametrize(
    ("key", "mine", "theirs"),
    [("enter", "readme (2).txt", b"theirs"), ("o", "readme.txt", b"hello+"), ("k", "", b"theirs")],
)
def test_three_choices_when_somebody_else_changed_it(
    remote: Rig, tmp_path: Path, key: str, mine: str, theirs: bytes
) -> None:
    class Meddling(Kept):
        def run(self, argv: Sequence[str], **rest: object) -> Ended:
            far(remote)
            remote.vfs.delete(parse("mem://photos/readme.txt"))
            write(remote.vfs, "mem://photos/readme.txt", b"theirs")
            return super().run(argv, **rest)  # type: ignore[arg-type]

    with_programs(remote, tmp_path)
    remote.app.handover = meddling = Meddling()

    async def scenario(ui: Driven) -> None:
        await stand_on_the_remote_file(ui)
        await ui.press("e")
        await ui.until(lambda: "Changed by somebody else" in ui.screen())
        await ui.press(key)
        if mine:
            await ui.until(lambda: f"Written to mem://photos/{mine}." in ui.status)
        else:
            await ui.until(lambda: "Not written. Your copy is" in ui.status)
        copy = Path(meddling.ran[0].argv[-1])
        assert copy.exists() is not bool(mine)
        if not mine:
            assert copy.read_bytes() == b"hello+"
        assert far(remote) == theirs
        if mine:
            assert far(remote, mine) == b"hello+"

    remote.drive(scenario)


SEES = 'printf "%s|%s|%s" "$TFM_THIS_DIR" "$TFM_THIS_SELECTED" "$TFM_OTHER_DIR" > "$OUT"'


def test_the_menu_offers_what_fits_and_a_key_starts_one(
    rig: Rig, left: Path, right: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.setenv("OUT", str(out))
    sees = Program("Sees", ("sh", "-c", SEES), key="ctrl+t")
    offered = (
        sees,
        Program("Only text", ("true",), patterns=("*.txt",)),
        Program("Behind", ("sh", "-c", f"sleep 0; {SEES}"), terminal=False),
    )
    kept = with_programs(rig, tmp_path, programs=offered)

    async def scenario(ui: Driven) -> None:
        await ui.press("x")
        assert "Only text" not in ui.screen()
        await ui.press("escape", "down", "down", "space", "space", "x")
        assert "Only text" not in ui.screen()  # the cursor is on a .md by now
        await ui.type("see")
        await ui.press("enter")
        await ui.until(out.exists)
        assert out.read_text() == f"{left}|a.txt b9.md|{right}"
        assert (kept.ran[0].cwd, kept.ran[0].pause) == (str(left), Pause.ALWAYS)
        out.unlink()
        await ui.press("ctrl+t")
        await ui.until(out.exists)
        out.unlink()
        await ui.press("f2")
        await ui.type("behind")
        await ui.press("enter")
        await ui.until(out.exists)
        assert len(kept.ran) == 2

    rig.drive(scenario)


def test_command_line_with_what_was_typed_before(rig: Rig, left: Path, tmp_path: Path) -> None:
    kept = with_programs(rig, tmp_path)

    async def scenario(ui: Driven) -> None:
        for text in ("echo one > made", "true"):
            await ui.press("exclamation_mark")
            await ui.type(text)
            await ui.press("enter")
            await ui.until(partial(kept.ran_last, text))
        assert (left / "made").read_text() == "one\n"
        commands = tmp_path / "state" / "commands"
        await ui.until(lambda: len(commands.read_text().splitlines()) == 2)
        await ui.press("exclamation_mark")
        dialog = ui.app.screen
        await ui.until(lambda: getattr(dialog, "earlier", ()))
        field = getattr(dialog, "field", None)
        assert field is not None
        seen = []
        for key in ("up", "up", "up", "down", "down"):
            await ui.press(key)
            seen.append(field.value)
        assert seen == ["true", "echo one > made", "echo one > made", "true", ""]
        await ui.press("escape")

    rig.drive(scenario)


def test_enter_opens_by_association_and_none_means_none(
    rig: Rig, left: Path, tmp_path: Path
) -> None:
    rules = (
        Association(("*.md",), MappingProxyType({"open": EDITS})),
        Association(("*.txt",), MappingProxyType({"open": (), "edit": ()})),
    )
    kept = with_programs(rig, tmp_path, file_associations=rules)

    async def scenario(ui: Driven) -> None:
        await ui.press("down", "down", "enter")
        assert "Nothing opens a.txt" in ui.status
        await ui.press("e")
        assert "Nothing edits a.txt" in ui.status
        await ui.press("down", "enter")
        await ui.until(lambda: (left / "b9.md").read_text().endswith("+"))
        assert not kept.ran

    rig.drive(scenario)


def test_two_files_are_compared_with_the_program_of_the_setting(
    remote: Rig, left: Path, tmp_path: Path
) -> None:
    kept = with_programs(remote, tmp_path, text_diff=("cmp", "-s"))
    kept.code = 1  # they differ, and that is no fault

    async def scenario(ui: Driven) -> None:
        await ui.press("end", "tab", "end", "equals_sign")
        await ui.until(lambda: kept.ran)
        first, second = kept.ran[0].argv[2:]
        assert first == str(left / "b10.md")
        assert second.endswith("/readme.txt")
        assert kept.ran[0].pause is Pause.NEVER
        await ui.until(lambda: not Path(second).exists(), "the copy goes")
        assert "failed" not in ui.status
        assert "ended with" not in ui.status

    remote.drive(scenario)


def test_where_there_is_no_terminal_to_hand_over_it_is_said(rig: Rig, left: Path) -> None:
    async def scenario(ui: Driven) -> None:
        await ui.press("X")
        await ui.until(lambda: "There is no terminal here to hand over." in ui.status)
        await ui.press("ctrl+z")
        assert "not started from a shell" in ui.status

    rig.drive(scenario)


def test_a_missing_program_is_told_and_the_terminal_is_not_given_away(
    rig: Rig, tmp_path: Path
) -> None:
    kept = with_programs(rig, tmp_path, programs=(Program("Gone", ("nowhere-at-all",)),))

    async def scenario(ui: Driven) -> None:
        await ui.press("x", "enter")
        await ui.until(lambda: "There is no program nowhere-at-all" in ui.status)
        assert not kept.ran

    rig.drive(scenario)


@pytest.mark.parametrize("saved", ["", "readme.txt", "export.pdf"])
def test_an_opener_leaves_a_copy_until_the_end_and_what_was_saved_there_longer(
    remote: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: str
) -> None:
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text('#!/bin/sh\nprintf %s "$1" > "$OUT.new"; mv "$OUT.new" "$OUT"\n')
    opener.chmod(0o755)
    monkeypatch.setenv("OUT", str(tmp_path / "out"))
    monkeypatch.setenv("DISPLAY", ":0")
    rules = (Association(("*.txt",), MappingProxyType({"open": (str(opener),)})),)
    with_programs(remote, tmp_path, file_associations=rules)
    seen: list[Path] = []

    async def scenario(ui: Driven) -> None:
        await stand_on_the_remote_file(ui)
        await ui.press("enter")
        await ui.until((tmp_path / "out").exists)
        copy = Path((tmp_path / "out").read_text())
        seen.append(copy)
        await ui.until(lambda: copy.stat().st_mode & 0o777 == 0o400)
        assert copy.read_bytes() == b"hello"
        if saved:  # as programs save: another file is put under the name
            (tmp_path / "saved").write_bytes(b"work")
            (tmp_path / "saved").rename(copy.parent / saved)
        await ui.press("q")

    remote.drive(scenario)
    assert seen[0].exists() is (saved == "readme.txt")
    if saved:
        assert (seen[0].parent / saved).read_bytes() == b"work"


def test_esc_stops_the_fetching(remote: Rig, tmp_path: Path) -> None:
    kept = with_programs(remote, tmp_path)
    waits, go_on = threading.Event(), threading.Event()
    lending = remote.app.lent.begin

    def slow() -> Path:
        waits.set()
        assert go_on.wait(10)
        return lending()

    remote.app.lent.begin = slow  # type: ignore[method-assign]

    async def scenario(ui: Driven) -> None:
        await stand_on_the_remote_file(ui)
        await ui.press("e")
        await ui.until(waits.is_set)
        assert "Fetching" in ui.status
        await ui.press("e")
        assert "being made ready" in ui.status
        await ui.press("escape")
        assert "no program was started" in ui.status
        go_on.set()
        lent = tmp_path / "state" / "lent"
        await ui.until(lambda: lent.exists() and not list(lent.iterdir()))
        assert not kept.ran

    remote.drive(scenario)


def test_a_remote_pane_starts_programs_in_the_last_local_directory(
    remote: Rig, left: Path, tmp_path: Path
) -> None:
    kept = with_programs(remote, tmp_path, programs=(Program("T", ("true",), lend=Lend.NOTHING),))

    async def scenario(ui: Driven) -> None:
        await ui.go("tab", "o", "enter")  # both are local, this one in docs
        await ui.press("J")
        await ui.type("mem://photos/")
        await ui.press("enter")
        await ui.until(lambda: str(ui.pane.place) == "mem://photos/")
        await ui.go("O")
        await ui.until(lambda: str(ui.rig.session.other.place) == "mem://photos/")
        await ui.press("x", "enter")
        await ui.until(lambda: kept.ran)
        assert kept.ran[0].cwd == str(left / "docs")
        assert kept.ran[0].environ["TFM_THIS_DIR"] == "mem://photos/"

    remote.drive(scenario)


def test_a_name_that_no_program_can_be_told_is_said(remote: Rig, tmp_path: Path) -> None:
    write(remote.vfs, "mem://photos/z\0z", b"x")
    behind = Program("T", ("true",), lend=Lend.NOTHING, terminal=False)
    with_programs(remote, tmp_path, programs=(behind,))

    async def scenario(ui: Driven) -> None:
        await ui.press("tab", "end")
        await ui.until(lambda: ui.cursor == "z\0z")
        await ui.press("x", "enter")
        await ui.until(lambda: "Not started: embedded null byte." in ui.status)

    remote.drive(scenario)
