"""What an action works on, in places and in words, and the job that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tfm.model.location import Location
from tfm.model.past import now
from tfm.model.text import plural, safe_text
from tfm.ops.context import OpContext, Report
from tfm.ops.plan import Picked

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def picked_here(app: TfmApp) -> list[Picked]:
    """The marks of the active pane, else its cursor; says so if that is nothing."""
    picked = list(app.session.pane.picked())
    if not picked:
        app.say("There is nothing here to work on.", "warning")
    return picked


def picked_in_buckets(app: TfmApp) -> list[Picked]:
    """The same for what no bucket bears as a whole; says so if one is among them."""
    picked = picked_here(app)
    if any(place.is_container for place, _ in picked):
        app.say("Not for a bucket itself. Open one and mark what it holds.", "warning")
        return []
    return picked


def why_read_only(app: TfmApp) -> str:
    """Why nothing can be changed where the active pane is, in a sentence; empty if it can, as far as is known."""
    if app.vfs.read_only:
        return "tfm runs with --read-only."
    # what is changed from a pane of the past lies in the present
    features = app.vfs.known_features(now(app.session.pane.place))
    return "" if features is None or features.writable else "This connection is read-only."


def what(picked: Sequence[Picked]) -> str:
    """The name of a single thing, else how many."""
    return safe_text(picked[0][0].name) if len(picked) == 1 else plural(len(picked), "item")


def whole(picked: Sequence[Picked]) -> str:
    """The same where a directory means all inside."""
    return f"{what(picked)}{_inside(picked)}"


def quoted(picked: Sequence[Picked]) -> str:
    """For a question: the name in quotes, else how many marks."""
    return f"“{what(picked)}”" if len(picked) == 1 else plural(len(picked), "marked item")


def named(picked: Sequence[Picked]) -> str:
    """The same where a directory means all inside."""
    return f"{quoted(picked)}{_inside(picked)}"


def _inside(picked: Sequence[Picked]) -> str:
    return " and all inside" if len(picked) == 1 and picked[0][1].is_directory else ""


def submit(
    app: TfmApp,
    title: str,
    run: Callable[[OpContext], Report],
    picked: Sequence[Picked],
    *more: Location,
) -> None:
    """Start the job, which takes the marks as it gets on; it may also change things in `more`."""
    places = [place for place, _ in picked]
    app.job_watcher.watch(app.jobs.submit(title, run, [*places, *more]), places)
