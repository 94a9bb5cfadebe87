"""Locks of objects: retention in one of two modes, and legal hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import local_time, sentence
from tfm.ops.locking import parse_until, question_for_good, set_lock
from tfm.ops.plan import Picked
from tfm.storage.object_locks import FOR_GOOD, Lock, LockEdit, Locks, Retention
from tfm.ui.actions.objects import begin, look_at_one
from tfm.ui.selection import submit, whole

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_AS_IT_IS, _NONE = "as it is", "none"
_ON, _OFF = "on", "off"
_NO, _YES = "no", "yes"


def start_lock(app: TfmApp) -> None:
    """Look at the lock of a single object, then ask."""
    begun = begin(app, "lock", lambda facets: facets.locks)
    if begun is None:
        return
    picked, facet = begun
    if why := facet.refusal(picked[0][0]):
        app.say(sentence(why), "warning")
        return

    def look(place: Location, cancel: CancelToken) -> Lock | str:
        try:
            return facet.lock(place, cancel)
        except Unsupported:
            if why := facet.refusal(place):
                return why  # of the bucket: in the status line nothing of it is cut off
            raise

    def looked(found: Lock | str | None) -> None:
        if isinstance(found, str):
            app.say(sentence(found), "warning")
        else:
            ask(app, facet, picked, found)

    look_at_one(app, picked, look, looked)


def ask(app: TfmApp, facet: Locks, picked: Sequence[Picked], had: Lock | None) -> None:
    """The form; `had` is the lock of a single object."""
    from tfm.ui.dialogs.form import Form, Line

    zone = app.look.zone
    modes = tuple(mode.name for mode in facet.modes)
    kept = had is not None and had.retention.mode
    shown = local_time(had.retention.until_ns, zone, full=True) if had and kept else ""
    stays = (_AS_IT_IS,) if had is None else ()
    now = had or Lock()
    lines = (
        Line(
            "mode",
            "Retention",
            _AS_IT_IS if had is None else now.retention.mode or _NONE,
            "",
            choices=(*stays, _NONE, *modes),
        ),
        Line("until", "Until", shown, "30d, 12w or 7y from now, or 2027-01-31 12:00."),
        Line(
            "hold",
            "Legal hold",
            _AS_IT_IS if had is None else _ON if now.hold else _OFF,
            "Keeps it until somebody takes the hold away.",
            choices=(*stays, _ON, _OFF),
        ),
        Line(
            "bypass",
            f"Bypass {modes[0]}",
            _NO,
            "To shorten it or take it away; needs a right of its own.",
            choices=(_NO, _YES),
        ),
    )

    def edit_of(values: Mapping[str, str]) -> LockEdit:
        """Raises ValueError."""
        mode, hold = values["mode"], values["hold"]
        retention = None
        if mode == _NONE:
            retention = Retention()
        elif mode != _AS_IT_IS:
            same = had is not None and values["until"] == shown
            when = now.retention.until_ns if same and shown else None
            retention = Retention(mode, when or parse_until(values["until"], time.time_ns()))
        return LockEdit(
            retention,
            None if hold == _AS_IT_IS else hold == _ON,
            values["bypass"] == _YES,
        )

    def check(values: Mapping[str, str]) -> str:
        try:
            edit = edit_of(values)
        except ValueError as error:
            return str(error)
        if edit.retention is None and edit.hold is None:
            return "Choose what is to be another."
        if had is None:
            return ""
        fault = facet.fault(had, edit, time.time_ns())
        return sentence(fault) if fault else ""

    def chosen(values: Mapping[str, str] | None) -> None:
        if values is None:
            return
        edit = edit_of(values)
        if had is not None and edit.applied(had) == had:
            app.say("Nothing was changed.")
        elif edit.retention is not None and edit.retention.mode == FOR_GOOD:
            _ask_twice(app, picked, edit)
        else:
            _start(app, picked, edit)

    titles = "; ".join(f"{mode.name}: {mode.title}" for mode in facet.modes)
    form = Form(
        f"Lock of {whole(picked)}",
        lines,
        accept="Lock",
        about=f"{titles}. The current version of each object is locked.",
        check=check,
    )
    app.push_screen(form, chosen)


def _ask_twice(app: TfmApp, picked: Sequence[Picked], edit: LockEdit) -> None:
    """What nobody can take back is typed."""
    from tfm.ui.dialogs.prompt import Prompt

    assert edit.retention is not None
    until = local_time(edit.retention.until_ns, app.look.zone)

    def check(text: str) -> str:
        return "" if text.strip() == FOR_GOOD else f"Type {FOR_GOOD}, or leave with Esc."

    def typed(text: str | None) -> None:
        if text is not None:
            _start(app, picked, edit)

    question = question_for_good(whole(picked), until)
    app.push_screen(Prompt("Lock for good", question, check=check), typed)


def _start(app: TfmApp, picked: Sequence[Picked], edit: LockEdit) -> None:
    submit(app, f"Lock {whole(picked)}", lambda ctx: set_lock(ctx, picked, edit), picked)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"lock": start_lock}
