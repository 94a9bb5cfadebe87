"""Going to places that are typed, remembered or kept: history, favourites, bookmarks, back and forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.config.rules import Favorite
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.session.recall import place_of, row_of
from tfm.ui.actions.paying import asked_to_pay
from tfm.ui.pane.pane import shown_place

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.choose import Choice

_LONGEST_NAME = 60


def goto(app: TfmApp) -> None:
    """Type a place; Tab completes it."""
    from tfm.ui.dialogs.goto import GoTo

    pane = app.session.pane

    def apply(place: Location | None) -> None:
        if place is not None:
            go_to(app, place)

    app.push_screen(GoTo(app.bridge, app.vfs, pane.place, hidden=pane.hidden), apply)


def go_to(app: TfmApp, place: Location) -> None:
    """Take the active pane there, or say why not."""

    def failed(error: StorageError) -> None:
        if not asked_to_pay(app, error, lambda: go_to(app, place)):
            app.say(str(error), "error")

    if place.root.scheme != "file" and place.looks_like_directory:
        app.navigator.enter(app.session.active, place)  # its listing tells all that a stat would
        return
    app.navigator.open_text(app.session.active, place, failed)


# -- back and forward ------------------------------------------------------------------------------


def back(app: TfmApp) -> None:
    """Where this pane came from."""
    if not app.navigator.along(app.session.active, back=True):
        app.say("This pane has not been anywhere before.")


def forward(app: TfmApp) -> None:
    """Where this pane came back from."""
    if not app.navigator.along(app.session.active, back=False):
        app.say("There is nothing to go forward to.")


# -- history ---------------------------------------------------------------------------------------


def history(app: TfmApp) -> None:
    """Places either pane has been to, most recent first, without the one that is shown."""
    from tfm.ui.dialogs.place_list import PlaceList

    choices = _visited(app)
    if not choices:
        app.say("No other place has been visited yet.")
        return

    def remove(place: Location) -> tuple[Sequence[Choice[Location]], str]:
        app.recall.forget(place)
        return _visited(app), f"Forgotten: {shown_place(place)}"

    def apply(place: Location | None) -> None:
        if place is not None:
            go_to(app, place)

    hint = "Type to search. Enter goes there, Delete forgets a place."
    app.push_screen(PlaceList("History", choices, remove=remove, hint=hint), apply)


def _visited(app: TfmApp) -> list[Choice[Location]]:
    from tfm.ui.dialogs.choose import Choice

    here = app.session.pane.place
    return [
        Choice(place, shown_place(place), keep_end=True)
        for place in app.recall.history()
        if place != here
    ]


# -- favourites ------------------------------------------------------------------------------------


def favorites(app: TfmApp) -> None:
    """Places from the configuration and those that were added here; the last row adds this place."""
    from tfm.ui.dialogs.place_list import PlaceList

    def remove(favorite: Favorite) -> tuple[Sequence[Choice[Favorite]], str]:
        if favorite in app.recall.memory.favorites:
            app.recall.remove_favorite(favorite.path)
            return _favorites(app), f"Removed: {safe_text(favorite.name)}"
        if favorite == _adding(app):
            return _favorites(app), "This row adds a place; it cannot be removed."
        return _favorites(
            app
        ), "This one stands in config.py (FAVORITE_DIRECTORIES): remove it there."

    def apply(favorite: Favorite | None) -> None:
        if favorite is None:
            return
        if favorite == _adding(app):
            add_favorite(app)
        elif (place := place_of(favorite.path)) is None:
            app.say(f"{safe_text(favorite.path)} is not a place.", "error")
        else:
            go_to(app, place)

    hint = "Type to search. Enter goes there, Delete removes what was added."
    app.push_screen(PlaceList("Favourites", _favorites(app), remove=remove, hint=hint), apply)


def _favorites(app: TfmApp) -> list[Choice[Favorite]]:
    from tfm.ui.dialogs.choose import Choice

    own = app.recall.memory.favorites
    taken = {favorite.path for favorite in own}
    configured = [each for each in app.settings.favorite_directories if each.path not in taken]
    rows = [
        Choice(each, safe_text(each.name), _shown_text(each.path), keep_end=True)
        for each in (*configured, *own)
    ]
    adding = _adding(app)
    if adding.path not in taken:
        rows.append(Choice(adding, "+ Add this place", _shown_text(adding.path), keep_end=True))
    return rows


def _adding(app: TfmApp) -> Favorite:
    """The row that adds where the pane is."""
    return Favorite("+", str(app.session.pane.place))


def _shown_text(path: str) -> str:
    place = place_of(path)
    return safe_text(path) if place is None else shown_place(place)


def add_favorite(app: TfmApp) -> None:
    """Keep this place under a name."""
    from tfm.ui.dialogs.prompt import Prompt

    place = app.session.pane.place

    def fault(name: str) -> str:
        if not name.strip():
            return "A favourite needs a name."
        return "" if len(name) <= _LONGEST_NAME else f"At most {_LONGEST_NAME} characters."

    def apply(name: str | None) -> None:
        if name is not None:
            app.recall.add_favorite(name.strip(), place)
            app.say(f"{safe_text(name.strip())} is a favourite now.", "good")

    suggested = safe_text(place.name or str(place))[:_LONGEST_NAME]
    question = f"Name for {shown_place(place)}:"
    app.push_screen(Prompt("New favourite", question, suggested, check=fault), apply)


# -- bookmarks -------------------------------------------------------------------------------------


def set_bookmark(app: TfmApp) -> None:
    """Let a letter stand for this place and row."""
    from tfm.ui.dialogs.place_list import Letters

    pane = app.session.pane

    def apply(letter: str | None) -> None:
        if letter is not None:
            app.recall.set_bookmark(letter, pane)
            app.say(f"{letter} stands for {shown_place(pane.place)} now.", "good")

    hint = "Press the letter or digit that is to stand for this place."
    app.push_screen(Letters("Set a bookmark", _bookmarks(app), free=True, hint=hint), apply)


def jump(app: TfmApp) -> None:
    """Go to the place of a letter."""
    from tfm.ui.dialogs.place_list import Letters

    choices = _bookmarks(app)
    if not choices:
        key = next(iter(app.keymap.labels_of("set_bookmark")), "")
        how = f" {key} and a letter makes one." if key else ""
        app.say(f"There is no bookmark yet.{how}")
        return

    def remove(letter: str) -> tuple[Sequence[Choice[str]], str]:
        app.recall.remove_bookmark(letter)
        return _bookmarks(app), f"{letter} stands for nothing now."

    def apply(letter: str | None) -> None:
        bookmark = app.recall.memory.bookmarks.get(letter or "")
        place = place_of(bookmark.place) if bookmark is not None else None
        if bookmark is not None and place is not None:
            app.navigator.enter(app.session.active, place, land_on=row_of(bookmark.cursor))

    hint = "Press a letter. Delete removes a bookmark."
    app.push_screen(Letters("Bookmarks", choices, free=False, remove=remove, hint=hint), apply)


def _bookmarks(app: TfmApp) -> list[Choice[str]]:
    from tfm.ui.dialogs.choose import Choice

    return [
        Choice(letter, _with_row(each.place, each.cursor), hot=letter, keep_end=True)
        for letter, each in app.recall.memory.bookmarks.items()
    ]


def _with_row(place: str, cursor: str) -> str:
    shown = _shown_text(place)
    return f"{shown}  {safe_text(cursor)}" if cursor else shown


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "goto": goto,
    "back": back,
    "forward": forward,
    "history": history,
    "favorites": favorites,
    "set_bookmark": set_bookmark,
    "jump": jump,
}
