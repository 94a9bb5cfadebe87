"""What the panes show, and how: order, hidden files, widths, reading again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.order import SortKey
from tfm.ui.chosen import choose

if TYPE_CHECKING:
    from tfm.config.themes import ThemeSpec
    from tfm.ui.app import TfmApp

_STEP = 0.05


def _sort(key: SortKey) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        app.navigator.sort_by(app.session.active, key)

    return act


def sort_menu(app: TfmApp) -> None:
    """Choose the order in a list."""
    from tfm.ui.dialogs.choose import Choice, Choose

    order = app.session.pane.order
    choices = []
    for number, key in enumerate(SortKey, 1):
        note = ""
        if key is order.key:
            note = "now; once more turns it round"
        choices.append(Choice(key, key.value.capitalize(), note, hot=str(number)))

    def apply(key: SortKey | None) -> None:
        if key is not None:
            app.navigator.sort_by(app.session.active, key)

    now = list(SortKey).index(order.key)
    app.push_screen(Choose("Sort by", choices, at=now), apply)


def toggle_hidden(app: TfmApp) -> None:
    """Show names that begin with a dot, or not."""
    pane = app.session.pane
    app.navigator.show_hidden(app.session.active, not pane.hidden)
    app.say("Hidden files are shown." if pane.hidden else "Hidden files are not shown.")


def view_menu(app: TfmApp) -> None:
    """Switches for what the panes show; each acts at once."""
    from tfm.ui.dialogs.view import ViewMenu
    from tfm.ui.switches import switches

    app.push_screen(ViewMenu(switches(app)))


def one_pane(app: TfmApp) -> None:
    """Give the active pane the whole width, or show both again; Tab brings the other one."""
    choose(app, "one_pane", not app.session.single)


def refresh(app: TfmApp) -> None:
    """Ask the storage again."""
    app.navigator.reload(app.session.active, fresh=True)


def theme(app: TfmApp) -> None:
    """Choose the colours; Esc brings back those from before."""
    from tfm.ui.dialogs.themes import ChooseTheme

    before = app.worn

    def decided(chosen: ThemeSpec | None) -> None:
        app.wear(chosen or before)
        if chosen is not None:
            choose(app, "theme", chosen.name)

    app.push_screen(ChooseTheme(app.start.themes, before.name, app.wear), decided)


def _ratio(change: float) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        app.session.set_ratio(app.session.ratio + change if change else 0.5)
        app.apply_ratio()

    return act


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "sort_name": _sort(SortKey.NAME),
    "sort_extension": _sort(SortKey.EXTENSION),
    "sort_size": _sort(SortKey.SIZE),
    "sort_time": _sort(SortKey.TIME),
    "sort_menu": sort_menu,
    "toggle_hidden": toggle_hidden,
    "refresh": refresh,
    "view_menu": view_menu,
    "one_pane": one_pane,
    "theme": theme,
    "ratio_left": _ratio(-_STEP),
    "ratio_right": _ratio(_STEP),
    "ratio_reset": _ratio(0.0),
}
