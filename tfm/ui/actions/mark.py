"""Marks: one by one, by pattern, all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.entry import Entry
from tfm.model.match import name_filter
from tfm.model.text import plural
from tfm.ui.actions.navigate import move_cursor

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def _mark_and_step(rows: int) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        pane = app.session.pane
        if pane.current is not None:
            pane.mark(pane.current)
            app.view.row_marked(pane.cursor)
            move_cursor(app, pane.cursor + rows)

    return act


def mark_files(app: TfmApp) -> None:
    """Every file, or none."""
    app.session.pane.mark_all_or_none(lambda entry: not entry.is_directory)
    app.view.marks_changed()


def mark_all(app: TfmApp) -> None:
    """Every row, or none."""
    app.session.pane.mark_all_or_none(lambda _entry: True)
    app.view.marks_changed()


def invert_marks(app: TfmApp) -> None:
    """What is marked, is not; what is not, is."""
    app.session.pane.invert_marks()
    app.view.marks_changed()


def _jump(step: int) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        pane = app.session.pane
        row = pane.mark_from(step)
        if row is None:
            app.say("Nothing is marked.")
        elif row == pane.cursor:
            app.say("No other row is marked.")
        else:
            move_cursor(app, row)

    return act


def _by_pattern(on: bool) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        from tfm.ui.dialogs.prompt import Prompt

        def apply(pattern: str | None) -> None:
            if pattern is None:
                return
            found = name_filter(pattern)
            pane = app.session.pane

            def fits(entry: Entry) -> bool:
                return found.match(entry.name) is not None

            changed = pane.mark_where(fits, on=on)
            app.view.marks_changed()
            app.say(f"{'Marked' if on else 'Unmarked'} {plural(changed, 'row')}.")

        title = "Mark" if on else "Unmark"
        app.push_screen(Prompt(title, "Pattern, such as *.txt;*.md:", "*"), apply)

    return act


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "mark": _mark_and_step(1),
    "mark_down": _mark_and_step(1),
    "mark_up": _mark_and_step(-1),
    "mark_pattern": _by_pattern(True),
    "unmark_pattern": _by_pattern(False),
    "invert_marks": invert_marks,
    "mark_files": mark_files,
    "mark_all": mark_all,
    "next_mark": _jump(1),
    "previous_mark": _jump(-1),
}
