"""The configuration: edit it, read it again, look at what was wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tfm.external.command import NotFoundProgram
from tfm.model.text import safe_text

if TYPE_CHECKING:
    from tfm.config.load import Loaded
    from tfm.config.source import ConfigSource
    from tfm.ui.app import TfmApp

_NONE = "There is no configuration here: tfm runs with --no-config or --demo."


def settings_menu(app: TfmApp) -> None:
    """Edit, reload, report."""
    from tfm.ui.dialogs.choose import Choice, Choose

    source = _source(app)
    if source is None:
        return
    faults = len(source.loaded.problems)
    rows = [
        Choice("edit_config", "Edit the configuration", str(source.file), "e"),
        Choice("reload_config", "Read it again", "keys, questions and panes change at once", "r"),
        Choice("config_report", "Report", f"{faults} problems" if faults else "no problems", "p"),
    ]

    def apply(chosen: str | None) -> None:
        if chosen is not None:
            app.run_action_id(chosen)

    app.push_screen(Choose("Settings", rows), apply)


def edit_config(app: TfmApp) -> None:
    """In the user's editor; afterwards it is read again."""
    _edit(app, None)


def _edit(app: TfmApp, line: int | None) -> None:
    source = _source(app)
    if source is None:
        return

    setting = app.settings.text_editor

    def prepare(_cancel: object) -> list[str] | str:
        """The command, or why there is none."""
        from tfm.ui.configuration import editor_command

        try:
            source.prepare()
            return editor_command(setting, os.environ, source.file, line)
        except OSError as error:
            return f"{source.file} cannot be written: {error.strerror or error}."
        except NotFoundProgram as missing:
            return str(missing)

    def edit(argv: list[str] | str) -> None:
        from tfm.ui.suspend import Pause

        if isinstance(argv, str):
            app.say(argv, "error")
            return
        where = str(source.file.parent)
        ended = app.handover.run(argv, cwd=where, environ=os.environ, pause=Pause.ON_FAILURE)
        if ended.problem:
            app.say(ended.problem, "error")
        else:
            reload_config(app)

    app.bridge.ask(prepare, edit)


def reload_config(app: TfmApp) -> None:
    """Read the file again and take over what can be."""
    source = _source(app)
    if source is None:
        return

    def arrived(loaded: Loaded) -> None:
        from tfm.ui.configuration import apply

        app.configuration = replace(source, loaded=loaded, file=loaded.file or source.file)
        told = apply(app, loaded)
        app.say(safe_text(told), "warning" if loaded.problems else "good")
        if loaded.problems:
            config_report(app)

    app.bridge.ask(lambda _cancel: source.again(), arrived)


def config_report(app: TfmApp) -> None:
    """Faults with their lines, and what is set; Enter opens the editor at the line."""
    from tfm.ui.configuration import ReportLine, report
    from tfm.ui.dialogs.choose import Choice, Choose

    source = _source(app)
    if source is None:
        return
    rows: list[Choice[ReportLine]] = [
        Choice(None if row.heading else row, row.text, row.note) for row in report(source)
    ]

    def apply(row: ReportLine | None) -> None:
        if row is not None and row.line is not None:
            _edit(app, row.line)

    app.push_screen(Choose("Configuration", rows, lines=30, wrap=True), apply)


def _source(app: TfmApp) -> ConfigSource | None:
    if app.configuration is None:
        app.say(_NONE, "warning")
    return app.configuration


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "settings_menu": settings_menu,
    "edit_config": edit_config,
    "reload_config": reload_config,
    "config_report": config_report,
}
