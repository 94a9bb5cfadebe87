"""What is taken along: names and paths to the clipboard of the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.location import Location
from tfm.model.text import plural, safe_text
from tfm.ui import clipboard

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def _targets(app: TfmApp) -> list[Location]:
    pane = app.session.pane
    return [pane.location(entry) for entry in pane.targets()]


def copy_names(app: TfmApp) -> None:
    """The names of what is marked or at the cursor, one a line."""
    send(app, [place.name for place in _targets(app)], "name")


def copy_paths(app: TfmApp) -> None:
    """Their full paths or addresses, one a line."""
    send(app, [str(place) for place in _targets(app)], "path")


def copy_place(app: TfmApp) -> None:
    """The directory that the pane shows."""
    send(app, [str(app.session.pane.place)], "place")


def send(app: TfmApp, lines: list[str], noun: str) -> None:
    """Hand lines to the terminal, and say what was sent: whether it took them cannot be known."""
    if not lines:
        app.say("There is nothing here to copy.", "warning")
        return
    text = "\n".join(lines)
    if not clipboard.send(app, text):
        told = f"{plural(len(lines), noun)} are more than a clipboard of a terminal takes."
        app.say(f"{told} Mark fewer.", "warning")
        return
    what = safe_text(text) if len(lines) == 1 else plural(len(lines), noun)
    app.say(f"To the clipboard, if the terminal takes it (OSC 52): {what}")


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "copy_names": copy_names,
    "copy_paths": copy_paths,
    "copy_place": copy_place,
}
