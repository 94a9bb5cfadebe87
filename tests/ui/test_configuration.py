"""The configuration while the program runs: edited, read again, reported."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tfm.config.load import load_config
from tfm.config.places import Places
from tfm.config.source import ConfigSource, usual_source
from tfm.ui.configuration import editor_command, report
from tfm.ui.dialogs.choose import Choose
from tfm.ui.suspend import Ended, Pause


class Editor:
    """Stands in for the terminal's other program: writes a text, as a person would."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ran: list[Sequence[str]] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        pause: Pause = Pause.NEVER,
        banner: str = "",
    ) -> Ended:
        assert Path(cwd).is_dir()
        assert environ
        assert pause is Pause.ON_FAILURE
        assert not banner
        self.ran.append(argv)
        Path(argv[-1]).write_text(self.text)
        return Ended(0)


@pytest.fixture
def source(rig: Rig, tmp_path: Path) -> ConfigSource:
    places = Places.from_environ({"HOME": str(tmp_path / "home")})
    made = usual_source(load_config(None, places, {}), places, {})
    rig.app.configuration = made
    return made


@pytest.fixture
def bin_of(tmp_path: Path) -> Path:
    """A directory of programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("vim", "nano", "code"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def test_editing_writes_the_template_first_and_takes_over_what_changed(
    rig: Rig, source: ConfigSource, monkeypatch: pytest.MonkeyPatch, bin_of: Path
) -> None:
    monkeypatch.setenv("VISUAL", f"{bin_of}/vim -f")
    editor = Editor(
        "class Config:\n    KEY_PRESET = 'vim'\n    CONFIRM_DELETE = False\n"
        "    DATE_FORMAT = 'full'\n    MAX_JOBS = 3\n"
    )
    monkeypatch.setattr(rig.app, "handover", editor)

    async def scenario(it: Driven) -> None:
        assert not source.file.exists()
        await it.press("Z", "e")
        await it.until(lambda: "read again" in it.status, "reloaded")
        assert editor.ran == [[f"{bin_of}/vim", "-f", str(source.file)]]
        assert it.status == (
            "Configuration read again: 5 settings changed. At the next start: MAX_JOBS."
        )
        assert it.app.settings.confirm_delete is False
        await it.press("j")
        assert it.cursor == "music", "the keys of vim at once"
        full = datetime.now(UTC).strftime("%Y-%m-%d")
        assert full in it.screen(), "and the dates"
        await it.press("comma", "p")
        await it.until(lambda: "4 settings of your own" in it.screen())
        assert "MAX_JOBS" in it.screen()

    rig.drive(scenario)


def test_faults_are_listed_and_enter_opens_the_editor_at_the_line(
    rig: Rig, source: ConfigSource, monkeypatch: pytest.MonkeyPatch, bin_of: Path
) -> None:
    monkeypatch.setenv("EDITOR", f"{bin_of}/nano")
    editor = Editor("CONFIRM_COPY = True\n")
    monkeypatch.setattr(rig.app, "handover", editor)

    async def scenario(it: Driven) -> None:
        source.prepare()
        source.file.write_text("\nCONFIRM_COPPY = 1\nUSE_COLORS = True\nCONFIRM_MOVE = False\n")
        await it.press("comma", "r")
        await it.until(lambda: isinstance(it.app.screen, Choose), "the report")
        await it.until(lambda: "1 problem" in it.screen())
        screen = it.screen()
        for told in ("line 2", "CONFIRM_COPPY is not a setting. Did you mean", "USE_COLORS"):
            assert told in screen, told
        assert it.app.settings.confirm_move is False, "the good ones hold"
        await it.press("enter")
        await it.until(lambda: bool(editor.ran), "the editor")
        assert editor.ran == [[f"{bin_of}/nano", "+2", str(source.file)]]
        await it.until(lambda: it.app.settings.confirm_move is True, "read again")

    rig.drive(scenario, (80, 24))


def test_half_a_file_changes_nothing(rig: Rig, source: ConfigSource) -> None:
    async def scenario(it: Driven) -> None:
        source.prepare()
        source.file.write_text("CONFIRM_MOVE = False\nclass Config\n")
        await it.press("comma", "r")
        await it.until(lambda: isinstance(it.app.screen, Choose), "the report")
        assert it.app.settings.confirm_move is True
        assert "everything stays as it was" in it.status

    rig.drive(scenario)


def test_without_a_configuration_the_menu_says_so(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("Z")
        assert it.status.startswith("There is no configuration here")

    rig.drive(scenario)


def test_the_editor_gets_the_line_where_it_takes_one(bin_of: Path, tmp_path: Path) -> None:
    file, environ = tmp_path / "config.py", {"PATH": str(bin_of)}
    vim, code = str(bin_of / "vim"), str(bin_of / "code")
    assert editor_command(("vim",), environ, file, 3) == [vim, "+3", str(file)]
    assert editor_command(("vim",), environ, file, None) == [vim, str(file)]
    environ["EDITOR"] = "code --wait"
    assert editor_command((), environ, file, 3) == [code, "--wait", str(file)]


def test_the_report_is_safe_to_draw(rig: Rig, source: ConfigSource, tmp_path: Path) -> None:
    del rig
    source.prepare()
    source.file.write_text('print("a\\x1b[31mb")\nKEY_BINDINGS = {"cop\\x1by": "c"}\n')
    loaded = load_config(source.file, Places.from_environ({"HOME": str(tmp_path)}), {})
    told = report(ConfigSource(source.file, loaded, source.again, source.prepare))
    assert any("printed" in row.note for row in told)
    assert all((row.text + row.note).isprintable() for row in told)
