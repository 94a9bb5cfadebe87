"""What the view menu and the list of themes choose: shown at once, kept where the configuration says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfm.config.choices import CHOSEN, Chosen
from tfm.config.settings import Settings
from tfm.model.columns import ColumnChoice
from tfm.model.text import plural
from tfm.session.session import Side
from tfm.ui.settled import look_of

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def choose(app: TfmApp, name: str, value: Chosen) -> None:
    """Switch a setting; what the configuration says itself need not be kept."""
    kept = None if value == getattr(app.configured, name) else value
    if app.recall.memory.choices.get(name) != kept:
        app.recall.edit(lambda memory: memory.chose(name, kept))
    changed: dict[str, bool | str] = {name: value}
    show(app, replace(app.settings, **changed))  # type: ignore[arg-type]


def as_configured(app: TfmApp) -> None:
    """Drop all choices: everything is as the configuration says."""
    if _kept(app):
        app.recall.edit(lambda memory: memory.without_choices())
    said = {name: getattr(app.configured, name) for name in CHOSEN}
    show(app, replace(app.settings, **said))
    for side in Side:
        app.navigator.show_hidden(side, app.configured.show_hidden_files)


def kept(app: TfmApp) -> str:
    """How many choices are kept, in words."""
    count = _kept(app)
    return f"drops {plural(count, 'choice')}" if count else "yes"


def _kept(app: TfmApp) -> int:
    memory = app.recall.memory
    places = sum(view.columns is not None for view in memory.views.values())
    return len(memory.choices) + max(places, len(memory.columns))


def choose_columns(app: TfmApp, side: Side, choice: ColumnChoice) -> None:
    """Choose the columns of the place that a pane shows, and of those of its storage without a choice."""
    app.recall.choose_columns(app.session[side].place, choice)
    for view in app.views.values():
        view.repaint()


def widen(app: TfmApp, side: Side, column: str, width: int) -> None:
    """Give a column of a pane another width, as far as there is room."""
    rows = app.views[side].list.format
    width = max(1, min(width, rows.widest(column)))
    if rows.width_of(column) not in (None, width):
        place = app.session[side].place
        choose_columns(app, side, app.recall.columns_of(place).wide(column, width))


def show(app: TfmApp, new: Settings) -> None:
    """Take other settings over; only what differs is touched on the screen."""
    old, app.settings = app.settings, new
    if old.theme != new.theme and new.theme in app.start.themes:
        app.wear(app.start.themes[new.theme])
    if look_of(old) != look_of(new):
        app.take_look(replace(look_of(new), zone=app.look.zone))
    if old.show_log != new.show_log:
        app.log_pane.show(new.show_log)
    if old.one_pane != new.one_pane:
        app.session.single = new.one_pane
        app.apply_ratio()
    order = new.directories_first, new.natural_sort
    if order != (old.directories_first, old.natural_sort):
        for pane in app.session.all_panes():
            pane.group(directories_first=order[0], natural=order[1])
        for side in Side:
            app.navigator.arrange(side)
