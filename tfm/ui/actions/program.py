"""The program itself: help, palette, jobs, stopping things, leaving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.config.actions import ACTIONS, GROUPS
from tfm.model.text import plural

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.choose import Choice


def cancel(app: TfmApp) -> None:
    """Stop what the pane is loading; it never quits."""
    if app.outside.stop():
        app.say("Stopped: no program was started.")
    elif app.navigator.stop(app.session.active):
        app.say("Stopped. Ctrl-R reads the directory again.")


def show_help(app: TfmApp) -> None:
    """All actions with their keys."""
    _list_actions(app, "Help: keys and what they do", typing=True)


def palette(app: TfmApp) -> None:
    """Find an action by name."""
    _list_actions(app, "Do what?", typing=True)


def menu(app: TfmApp) -> None:
    """All actions in a list."""
    _list_actions(app, "Menu", typing=False)


def _list_actions(app: TfmApp, title: str, *, typing: bool) -> None:
    from tfm.ui.dialogs.choose import Choose

    def apply(action: str | None) -> None:
        if action is not None:
            app.run_action_of(ACTIONS[action])

    app.push_screen(Choose(title, action_choices(app), typing=typing, lines=30), apply)


def action_choices(app: TfmApp) -> list[Choice[str]]:
    """Every action under the heading of its group; keys and help at the right."""
    from tfm.ui.dialogs.choose import Choice

    rows: list[Choice[str]] = []
    for group in GROUPS:
        rows.append(Choice(None, group))
        for action in ACTIONS.values():
            if action.group == group:
                keys = " ".join(app.keymap.labels_of(action.id))
                help_text = action.help if action.available else f"(later) {action.help}"
                rows.append(Choice(action.id, f"{keys:<14} {action.title}", help_text))
    return rows


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
    "help": show_help,
    "palette": palette,
    "menu": menu,
    "jobs": jobs,
    "quit": leave,
}
