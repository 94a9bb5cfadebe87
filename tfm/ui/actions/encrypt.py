"""How the server encrypts objects, changed for a selection: another kind, another key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.ops.objects import rewrite
from tfm.ops.plan import Picked
from tfm.storage.object_facets import Edit, Encryption, Held, Rewrite
from tfm.ui.actions.headers import as_held
from tfm.ui.actions.objects import begin, look_at_one
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_PLAIN = "as the bucket does"
_ABOUT = "Each object is copied onto itself, and encrypted anew. Its bytes stay."
_KEY = "Id, ARN or alias of a KMS key; empty: the key of the account."


def start_encryption(app: TfmApp) -> None:
    """Look how a single object is encrypted, then ask."""
    begun = begin(app, "encryption", lambda facets: facets.rewrite)
    if begun is not None:
        picked, facet = begun
        look_at_one(
            app,
            picked,
            lambda place, _cancel: facet.held(place),
            lambda held: _ask(app, facet, as_held(picked, held), held),
        )


def _ask(app: TfmApp, facet: Rewrite, picked: Sequence[Picked], held: Held | None) -> None:
    from tfm.ui.dialogs.form import Form, Line

    kinds = {kind.name or _PLAIN: kind for kind in facet.encryptions}
    titles = "; ".join(f"{name}: {kind.title}" for name, kind in kinds.items() if kind.name)
    now = held.encryption if held is not None else Encryption()
    lines = (
        Line("kind", "Encryption", now.kind or _PLAIN, "", choices=tuple(kinds)),
        Line("key", "KMS key", now.key, _KEY),
    )

    def check(values: Mapping[str, str]) -> str:
        kind, key = kinds[values["kind"]], values["key"].strip()
        if kind.refusal:
            return f"{kind.name}: {kind.refusal}."
        if key and not kind.name.startswith("aws:kms"):
            return "" if key == now.key else "Only SSE-KMS (aws:kms) takes a KMS key."
        return "" if key.isascii() and key.isprintable() else "The id of a key is ASCII."

    def chosen(values: Mapping[str, str] | None) -> None:
        if values is None:
            return
        kind = kinds[values["kind"]].name
        key = values["key"].strip() if kind.startswith("aws:kms") else ""
        edit = Edit(encryption=Encryption(kind, key))
        submit(app, f"Encrypt {whole(picked)}", lambda ctx: rewrite(ctx, picked, edit), picked)

    form = Form(
        f"Encryption of {whole(picked)}",
        lines,
        accept="Encrypt",
        about=f"{_ABOUT} {titles}.",
        check=check,
    )
    app.push_screen(form, chosen)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"encryption": start_encryption}
