"""How the server encrypts objects, changed for a selection: another kind, another key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.location import Location
from tfm.ops.objects import rewrite
from tfm.ops.plan import Picked
from tfm.storage.object_facets import Edit, Encryption, Held, Rewrite
from tfm.storage.server_keys import KeyFacts, ServerKey, ServerKeys
from tfm.ui.actions.objects import begin_rewrite
from tfm.ui.bridge import Pending
from tfm.ui.messages import Answered
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_PLAIN = "as the bucket does"
_ABOUT = "Each object is copied onto itself, and encrypted anew. Its bytes stay."
_KEY = "Id, ARN or alias of a KMS key; empty: the key of the account."
_KEY_OR_LIST = "Id, ARN or alias; empty: that of the account. F2 lists the keys."


def start_encryption(app: TfmApp) -> None:
    """Look how a single object is encrypted, then ask."""
    begin_rewrite(app, "encryption", partial(_ask, app))


def _ask(app: TfmApp, facet: Rewrite, picked: Sequence[Picked], held: Held | None) -> None:
    from tfm.ui.dialogs.form import Form, Line

    kinds = {kind.name or _PLAIN: kind for kind in facet.encryptions}
    titles = "; ".join(f"{name}: {kind.title}" for name, kind in kinds.items() if kind.name)
    now = held.encryption if held is not None else Encryption()
    place = picked[0][0]
    keys = app.vfs.known_facets(place).keys
    listed = None if keys is None else partial(_pick, app, keys, place)
    hint = _KEY if keys is None else _KEY_OR_LIST
    lines = (
        Line("kind", "Encryption", now.kind or _PLAIN, "", choices=tuple(kinds)),
        Line("key", "KMS key", now.key, hint, pick=listed),
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


def _pick(app: TfmApp, facet: ServerKeys, place: Location, take: Callable[[str], None]) -> None:
    """A list of keys; it fills while one looks at it."""
    from tfm.ui.dialogs.keys import KeysDialog

    asked: list[Pending] = []

    def shown(act: Callable[[], None]) -> None:
        if dialog.is_attached:
            act()

    def read(cancel: CancelToken) -> None:
        for page in facet.keys(place, cancel):
            cancel.check()
            app.post_message(Answered(partial(shown, partial(dialog.add_keys, page))))

    def look(key: ServerKey) -> None:
        asked.append(
            app.bridge.ask(
                lambda cancel: facet.about(place, key, cancel),
                lambda facts: shown(partial(dialog.facts, key, facts)),
                lambda error: shown(partial(dialog.facts, key, KeyFacts(str(error)))),
            )
        )

    def chosen(key: ServerKey | None) -> None:
        for each in asked:
            each.cancel()
        if key is not None:
            take(key.name)

    dialog = KeysDialog(look)
    asked.append(
        app.bridge.ask(
            read,
            lambda _none: shown(dialog.end),
            lambda error: shown(partial(dialog.end, str(error))),
        )
    )
    app.push_screen(dialog, chosen)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"encryption": start_encryption}
