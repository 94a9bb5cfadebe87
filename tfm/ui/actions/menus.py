"""Every way to an action that is not its key: help, palette, menu bar, context menu."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.config.actions import ACTIONS, GROUPS, Action
from tfm.session.find_action import Findable, ranked, remembered
from tfm.ui.actions.containers import lists_containers
from tfm.ui.actions.reasons import why_not

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.choose import Choice

_CONTEXT = (
    ("open", "view", "edit", "details"),
    ("copy", "move", "rename", "duplicate", "delete"),
    ("yank", "cut", "paste"),
    ("copy_names", "copy_paths"),
    ("pack", "unpack"),
    ("mkdir", "touch", "mark", "refresh"),
)
_OF_OBJECTS = (
    "versions", "share_link", "edit_headers", "edit_tags", "storage_class", "restore",
    "encryption", "access", "lock",
)  # fmt: skip
_OF_FILES = ("versions", "share_link")
_OF_BUCKETS = ("bucket_settings", "storage_cost", "empty_bucket")
"""What only some places have: in the menu of a row where it can be done, not grey everywhere else."""
_KEYS_IN_MENUS = 3


def show_help(app: TfmApp) -> None:
    """All actions with their keys and all of what they do; Enter does one."""
    from tfm.ui.dialogs.choose import Choice, Choose

    rows: list[Choice[str]] = []
    for group in GROUPS:
        actions = _of(group)
        if actions:
            rows.append(Choice(None, group))
        for action in actions:
            keys = "  ".join(app.keymap.labels_of(action.id))
            told = action.help if action.available else f"(not yet) {action.help}"
            rows.append(Choice(action.id, keys, told, also=f"{action.title} {action.id}"))
    dialog = Choose(
        "Help: keys and what they do", rows, typing=True, lines=60, wrap=True, widest_label=20
    )
    app.push_screen(dialog, _runner(app))


def palette(app: TfmApp) -> None:
    """Find an action by a few letters, or by its key; those used lately come first."""
    from tfm.ui.dialogs.choose import Choice, Choose

    rows = {
        action.id: Choice(action.id, action.title, _keys(app, action), why_not=why_not(app, action))
        for action in ACTIONS.values()
        if action.id != "palette"
    }
    findable = [
        Findable(
            action.id,
            action.title,
            app.keymap.labels_of(action.id),
            f"{action.id} {' '.join(action.aliases)} {action.help}",
        )
        for action in ACTIONS.values()
        if action.id in rows
    ]

    def find(typed: str) -> Sequence[Choice[str]]:
        return [rows[found.id] for found in ranked(typed, findable, app.recent_actions)]

    dialog = Choose("Do what?", list(rows.values()), typing=True, lines=30, find=find)
    app.push_screen(dialog, _runner(app))


def menu(app: TfmApp) -> None:
    """The menu bar: every action in its group."""
    from tfm.ui.menus import MenuBar

    groups = [group for group in GROUPS if _of(group)]

    def rows(at: int) -> list[Choice[str]]:
        return [_row(app, action) for action in _of(groups[at])]

    app.push_screen(MenuBar(groups, rows), _runner(app))


def context_menu(app: TfmApp) -> None:
    """What can be done with the row at the cursor, beside it."""
    view, pane = app.view, app.session.pane
    region = view.list.region
    context_menu_at(
        app, region.x + min(8, region.width // 4), region.y + pane.cursor - pane.top + 1
    )


def context_menu_at(app: TfmApp, x: int, y: int) -> None:
    """The same at the pointer."""
    from tfm.ui.menus import Popup

    rows = [_row(app, action) for group in _CONTEXT for action in _known(group)]
    pane = app.session.pane
    more: Sequence[str] = _OF_BUCKETS if lists_containers(pane) else _OF_OBJECTS
    if pane.current is not None and pane.current.opens_as_directory:
        more = tuple(name for name in more if name not in _OF_FILES)
    rows += [row for action in _known(more) if not (row := _row(app, action)).why_not]
    app.push_screen(Popup(rows, x, y), _runner(app))


def _known(names: Sequence[str]) -> Iterator[Action]:
    for name in names:
        action = ACTIONS.get(name)
        if action is not None and action.available:
            yield action


def _of(group: str) -> list[Action]:
    return [action for action in ACTIONS.values() if action.group == group]


def _row(app: TfmApp, action: Action) -> Choice[str]:
    from tfm.ui.dialogs.choose import Choice

    return Choice(action.id, action.title, _keys(app, action), why_not=why_not(app, action))


def _keys(app: TfmApp, action: Action) -> str:
    return "  ".join(app.keymap.labels_of(action.id)[:_KEYS_IN_MENUS])


def _runner(app: TfmApp) -> Callable[[str | None], None]:
    def run(action: str | None) -> None:
        if action is not None:
            app.recent_actions = remembered(app.recent_actions, action)
            app.run_action_of(ACTIONS[action])

    return run


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "help": show_help,
    "palette": palette,
    "menu": menu,
    "context_menu": context_menu,
}
