"""Which viewer opens which file: the one place to add one.

A viewer is a screen (like `text.Viewer`, made of bridge, vfs, place, entry and look) in a module
that is imported when it is first needed. The first row that suits opens the file; the last one
suits everything.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.screen import Screen

from tfm.model.entry import Entry
from tfm.model.location import Location

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.viewers.search import Wanted


@runtime_checkable
class Searches(Protocol):
    """A viewer that goes to the first place of something when it opens a file."""

    wanted: Wanted | None


@dataclass(frozen=True, slots=True)
class ViewerKind:
    """One viewer: its name for people, what it opens, and `module:Class`."""

    title: str
    suits: Callable[[Entry], bool]
    target: str


VIEWERS: tuple[ViewerKind, ...] = (
    ViewerKind("Text and bytes", lambda _entry: True, "tfm.ui.viewers.text:Viewer"),
)


def viewer_for(entry: Entry) -> ViewerKind:
    """The first one that suits."""
    return next(kind for kind in VIEWERS if kind.suits(entry))


def open_viewer(app: TfmApp, place: Location, entry: Entry, wanted: Wanted | None = None) -> None:
    """Show a file in the viewer that suits it; one that can search stands on what is `wanted`."""
    module, _, name = viewer_for(entry).target.partition(":")
    made: Callable[..., Screen[None]] = getattr(importlib.import_module(module), name)
    viewer = made(app.bridge, app.vfs, place, entry, app.viewer_look)
    if wanted is not None and isinstance(viewer, Searches):
        viewer.wanted = wanted
    app.push_screen(viewer)
