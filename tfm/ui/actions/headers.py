"""Headers and metadata of objects, in a form; of several at once only what is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tfm.ops.objects import rewrite
from tfm.ops.plan import Picked
from tfm.storage.object_facets import Edit, Held, Rewrite
from tfm.ui.actions.objects import begin_rewrite
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.form import Line

_NONE = "-"
_ONE = "The object is copied onto itself, if it did not change meanwhile."
_MANY = "Only what you fill in is changed; a single - takes it away. Each is copied onto itself."


def start_headers(app: TfmApp) -> None:
    """Read what a single object has, then ask."""
    begin_rewrite(app, "edit_headers", partial(_ask, app))


def _ask(app: TfmApp, facet: Rewrite, picked: Sequence[Picked], held: Held | None) -> None:
    from tfm.ui.dialogs.form import Form

    def check(values: Mapping[str, str]) -> str:
        try:
            return facet.fault_in(edit_of(values, held))
        except ValueError as error:
            return str(error)

    def chosen(values: Mapping[str, str] | None) -> None:
        if values is None:
            return
        edit = edit_of(values, held)
        if edit == Edit():
            app.say("Nothing was changed.")
            return
        title = f"Headers and metadata of {whole(picked)}"
        submit(app, title, lambda ctx: rewrite(ctx, picked, edit), picked)

    form = Form(
        f"Headers and metadata of {whole(picked)}",
        lines_of(facet.headers, held),
        accept="Change",
        about=_MANY if held is None else _ONE,
        check=check,
    )
    app.push_screen(form, chosen)


def lines_of(headers: Sequence[str], held: Held | None) -> list[Line]:
    """The lines of the form; empty ones where several objects are meant."""
    from tfm.ui.dialogs.form import Line

    values = dict(held.headers) if held is not None else {}
    hints = {
        "Expires": "Such as 2026-12-01 08:00 (UTC).",
        "Content-Type": "Such as text/plain; charset=utf-8.",
    }
    lines = [
        Line(f"header {name}", name, values.get(name, ""), hints.get(name, "")) for name in headers
    ]
    hint = "name = value; nothing behind the = takes it away"
    for name, value in held.metadata if held is not None else ():
        lines.append(Line(f"metadata {name}", "Metadata", f"{name} = {value}", hint))
    lines.append(Line("metadata", "Metadata", "", hint, more=True))
    return lines


def edit_of(values: Mapping[str, str], held: Held | None) -> Edit:
    """What of a form is another than before. Raises ValueError."""
    before = dict(held.headers) if held is not None else {}
    headers = []
    for id, value in values.items():  # noqa: A001 - as lines call it
        kind, _, name = id.partition(" ")
        typed = value.strip()
        if kind != "header" or (held is None and not typed) or typed == before.get(name, ""):
            continue
        headers.append((name, "" if held is None and typed == _NONE else typed))
    had = dict(held.metadata) if held is not None else {}
    wanted: dict[str, str] = {}
    gone = dict.fromkeys(had, "") if held is not None else {}
    for id, value in values.items():  # noqa: A001
        if not id.startswith("metadata") or not value.strip():
            continue
        name, sign, text = (part.strip() for part in value.partition("="))
        if not sign or not name:
            raise ValueError("Metadata: write name = value.")
        gone.pop(name, None)
        if text != had.get(name, "") or (held is None and not text):
            wanted[name] = text
    return Edit(tuple(headers), tuple({**gone, **wanted}.items()))


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"edit_headers": start_headers}
