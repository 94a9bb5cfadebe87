"""Who may reach objects by their access lists: private, public."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.text import safe_text
from tfm.ops.objects import set_access
from tfm.ops.plan import Picked
from tfm.storage.object_facets import Access, Pairs
from tfm.ui.actions.objects import begin, look_at_one
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


_AS_IT_IS = "as it is"


def start_access(app: TfmApp) -> None:
    """Show who may reach a single object, and choose."""
    begun = begin(app, "access", lambda facets: facets.access)
    if begun is not None:
        picked, facet = begun
        look_at_one(
            app,
            picked,
            lambda place, _cancel: facet.access(place),
            lambda facts: _ask(app, facet, picked, facts or ()),
        )


def _ask(app: TfmApp, facet: Access, picked: Sequence[Picked], facts: Pairs) -> None:
    from tfm.ui.dialogs.choose import Choice, Choose

    choices: list[Choice[str]] = [
        Choice(None, f"now {safe_text(who)}: {may}") for who, may in facts
    ]
    choices.append(Choice(_AS_IT_IS, _AS_IT_IS, "nothing is changed"))
    choices += [Choice(kind.name, kind.name, kind.title) for kind in facet.kinds]

    def start(kind: str) -> None:
        title = f"Access to {whole(picked)}: {kind}"
        submit(app, title, lambda ctx: set_access(ctx, picked, kind), picked)

    def chosen(kind: str | None) -> None:
        if kind is None or kind == _AS_IT_IS:
            return
        title = next(each.title for each in facet.kinds if each.name == kind)
        if not title.startswith("everybody"):
            start(kind)
            return
        from tfm.ui.dialogs.confirm import Confirm

        lines = (f"{whole(picked)}: {title}, whoever has the address.",)
        confirm = Confirm("Access", lines, "Open it")
        app.push_screen(confirm, lambda yes: start(kind) if yes else None)

    app.push_screen(Choose(f"Access to {whole(picked)}", choices, at=len(facts)), chosen)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"access": start_access}
