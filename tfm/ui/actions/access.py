"""Who may reach objects by their access lists: private, public."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.text import safe_text
from tfm.ops.objects import set_access, single
from tfm.ops.plan import Picked
from tfm.storage.object_facets import Access, Pairs
from tfm.ui.actions.headers import picked_objects, submit, what

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def start_access(app: TfmApp) -> None:
    """Show who may reach a single object, and choose."""
    picked = picked_objects(app)
    if not picked:
        return
    facet = app.vfs.known_facets(picked[0][0]).access
    if facet is None:
        app.say("What is here has no access lists of this kind.", "warning")
        return
    one = single(picked)
    if one is None:
        _ask(app, facet, picked, ())
        return
    app.bridge.ask(
        lambda _cancel: facet.access(one[0]),
        lambda facts: _ask(app, facet, picked, facts),
        lambda error: app.say(str(error), "error"),
    )


def _ask(app: TfmApp, facet: Access, picked: Sequence[Picked], facts: Pairs) -> None:
    from tfm.ui.dialogs.choose import Choice, Choose

    choices: list[Choice[str]] = [
        Choice(None, f"now {safe_text(who)}: {may}") for who, may in facts
    ]
    choices += [Choice(kind.name, kind.name, kind.title) for kind in facet.kinds]

    def start(kind: str) -> None:
        title = f"Access to {what(picked)}: {kind}"
        submit(app, title, lambda ctx: set_access(ctx, picked, kind), picked)

    def chosen(kind: str | None) -> None:
        if kind is None:
            return
        title = next(each.title for each in facet.kinds if each.name == kind)
        if not title.startswith("everybody"):
            start(kind)
            return
        from tfm.ui.dialogs.confirm import Confirm

        lines = (f"{what(picked)}: {title}, whoever has the address.",)
        confirm = Confirm("Access", lines, "Open it")
        app.push_screen(confirm, lambda yes: start(kind) if yes else None)

    app.push_screen(Choose(f"Access to {what(picked)}", choices, at=len(facts)), chosen)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"access": start_access}
