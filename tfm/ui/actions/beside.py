"""A second one of what is marked, and its permissions, owner and time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.text import safe_text
from tfm.ops import twin
from tfm.ops.change_attributes import (
    change_attributes,
    change_time,
    owner_refusal,
    parse_mode,
    parse_time,
)
from tfm.ops.change_attributes import refusal as refusal_of
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.twin import LinkKind, duplicate, free_name, link
from tfm.ui.selection import picked_in_buckets, submit, what

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.permissions import Permissions

_HOT = {LinkKind.ABSOLUTE: "a", LinkKind.RELATIVE: "r", LinkKind.HARD: "h"}


def _unless_refused(app: TfmApp, ask: Callable[[OpContext], str], then: Callable[[], None]) -> None:
    """Ask on a worker why something cannot be; go on if nothing is in the way."""

    def told(reason: str) -> None:
        if reason:
            app.say(reason, "warning")
        else:
            then()

    app.bridge.ask(
        lambda cancel: ask(OpContext(app.vfs, cancel=cancel)),
        told,
        lambda error: app.say(str(error), "error"),
    )


# -- a second one ------------------------------------------------------------------------------------


def start_duplicate(app: TfmApp) -> None:
    """Copy beside the original; a single thing under a name that is asked for."""
    picked = picked_in_buckets(app)
    if not picked:
        return
    taken = {name for name, _directory in app.session.pane.rows.index}
    names: list[str] = []
    for place, entry in picked:
        names.append(free_name(place.name, taken, directory=entry.is_directory))
        taken.add(names[-1])
    if len(picked) > 1:
        title = f"Duplicate {what(picked)}"
        parents = {place.parent for place, _ in picked}
        submit(app, title, lambda ctx: duplicate(ctx, picked, names), picked, *parents)
        return
    from tfm.ui.dialogs.conflict import name_fault, stem_of
    from tfm.ui.dialogs.prompt import Prompt

    place, entry = picked[0]

    def named(name: str | None) -> None:
        if name is None:
            return
        target = place.parent.child(name, directory=entry.is_directory)
        app.session.pane.land_on((name, entry.is_directory))
        title = f"Duplicate {what(picked)} as {safe_text(name)}"
        app.job_watcher.order(title, Order("copy", ((place, entry),), target, into=False))

    shown = safe_text(names[0])
    selection = (0, len(shown)) if entry.is_directory else stem_of(shown)
    app.push_screen(
        Prompt("Duplicate", "Name of the copy:", names[0], check=name_fault, select=selection),
        named,
    )


def start_link(app: TfmApp) -> None:
    """Links in the other pane to what is marked."""
    picked = picked_in_buckets(app)
    if not picked:
        return
    there = app.session.other.place

    def choose() -> None:
        from tfm.ui.dialogs.choose import Choice, Choose

        choices = [Choice(kind, kind.value.capitalize(), hot=_HOT[kind]) for kind in LinkKind]
        app.push_screen(Choose(f"Link to {what(picked)} in the other pane", choices), start)

    def start(kind: LinkKind | None) -> None:
        if kind is not None:
            title = f"Link {what(picked)} in {safe_text(str(there))}"
            submit(app, title, lambda ctx: link(ctx, picked, there, kind), picked, there)

    _unless_refused(app, lambda ctx: twin.refusal(ctx, picked[0][0], there), choose)


# -- permissions and time ----------------------------------------------------------------------------


def start_permissions(app: TfmApp) -> None:
    """Other permission bits and another owner, where the place has any."""
    picked = picked_in_buckets(app)
    if not picked:
        return
    place = picked[0][0]

    def chosen(wanted: Permissions | None) -> None:
        if wanted is None:
            return
        deep, owner = wanted.recursive, wanted.owner
        mode = parse_mode(wanted.text) if wanted.text else None
        words = f"Permissions {wanted.text} for " if mode else ""
        words += "and " if mode and owner else ""
        words += f"Owner {safe_text(wanted.owner_text)} of " if owner else ""
        submit(
            app,
            f"{words}{what(picked)}",
            lambda ctx: change_attributes(ctx, picked, mode=mode, owner=owner, recursive=deep),
            picked,
        )

    def ask(refusals: tuple[str, str]) -> None:
        from tfm.ui.dialogs.permissions import PermissionsDialog

        refusal, no_owners = refusals
        if refusal:
            app.say(refusal, "warning")
        else:
            dialog = PermissionsDialog(app.bridge, app.vfs, picked, no_owners=no_owners)
            app.push_screen(dialog, chosen)

    def look(cancel: CancelToken) -> tuple[str, str]:
        ctx = OpContext(app.vfs, cancel=cancel)
        return refusal_of(ctx, place), owner_refusal(ctx, place)

    app.bridge.ask(look, ask, lambda error: app.say(str(error), "error"))


def start_time(app: TfmApp) -> None:
    """Another time of the last change, where the place lets one set it."""
    picked = picked_in_buckets(app)
    if not picked:
        return

    def check(text: str) -> str:
        try:
            parse_time(text, 0)
        except (ValueError, OverflowError) as error:
            return str(error)
        return ""

    def ask() -> None:
        from tfm.ui.dialogs.prompt import Prompt

        def typed(text: str | None) -> None:
            if text is not None:
                moment = parse_time(text, time.time_ns())
                title = f"Time of {what(picked)}"
                submit(app, title, lambda ctx: change_time(ctx, picked, moment), picked)

        question = "2026-11-20 14:05, or nothing for now:"
        app.push_screen(Prompt(f"Time of {what(picked)}", question, check=check), typed)

    _unless_refused(app, lambda ctx: refusal_of(ctx, picked[0][0]), ask)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "duplicate": start_duplicate,
    "link": start_link,
    "permissions": start_permissions,
    "set_time": start_time,
}
