"""The program itself: jobs, stopping things, leaving."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.text import plural
from tfm.ui.actions.log import help_on

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def cancel(app: TfmApp) -> None:
    """Stop what the pane is loading; it never quits."""
    if app.outside.stop():
        app.say("Stopped: no program was started.")
    elif app.stop_look is not None:
        app.stop_look()
        app.say("Stopped.")
    elif app.navigator.stop(app.session.active):
        app.say(f"Stopped. {app.key_of('refresh')} reads the directory again.")


def jobs(app: TfmApp) -> None:
    """The panel of jobs."""
    from tfm.ui.panels.jobs import JobPanel

    recover = None if app.recovery is None else app.recovery.show
    app.push_screen(JobPanel(app.jobs, recover, lambda message: help_on(app, message)))


_UNTIL_A_KEY = (
    "import os, tty; tty.setcbreak(0); os.write(1, b'Any key: back to tfm\\n'); os.read(0, 64)"
)
"""Asks when it can hear the answer: a key that came before would wait for the end of a line."""


def show_terminal(app: TfmApp) -> None:
    """What other programs left on the terminal, until any key is pressed."""
    argv = [sys.executable, "-I", "-S", "-c", _UNTIL_A_KEY]
    ended = app.handover.run(argv, cwd="/", environ=os.environ)
    if ended.problem:
        app.say(ended.problem, "warning")


def leave(app: TfmApp) -> None:
    """Quit, after a question where there is reason for one."""
    running = app.jobs.active()
    if not running and not app.settings.confirm_quit:
        app.leave()
        return
    from tfm.ui.dialogs.confirm import Confirm

    lines = ["Leave tfm?"]
    if running:
        lines = [
            f"{plural(running, 'job')} not finished yet.",
            "Quitting cancels what is running; nothing is left half-written.",
        ]
        if app.jobs.moving() < running:
            lines.append("What waits for the archive is offered again at the next start.")

    def apply(yes: bool | None) -> None:
        if yes:
            app.leave()

    app.push_screen(Confirm("Quit", lines, "Quit", eager=not running), apply)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "cancel": cancel,
    "jobs": jobs,
    "terminal": show_terminal,
    "quit": leave,
}
