"""The program itself: jobs, stopping things, leaving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.text import plural

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def cancel(app: TfmApp) -> None:
    """Stop what the pane is loading; it never quits."""
    if app.outside.stop():
        app.say("Stopped: no program was started.")
    elif app.navigator.stop(app.session.active):
        app.say("Stopped. Ctrl-R reads the directory again.")


def jobs(app: TfmApp) -> None:
    """The panel of jobs."""
    from tfm.ui.panels.jobs import JobPanel

    app.push_screen(JobPanel(app.jobs, None if app.recovery is None else app.recovery.show))


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

    def apply(yes: bool | None) -> None:
        if yes:
            app.leave()

    app.push_screen(Confirm("Quit", lines, "Quit", eager=not running), apply)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "cancel": cancel,
    "jobs": jobs,
    "quit": leave,
}
