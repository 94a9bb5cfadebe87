"""`tfm lock`: what keeps objects from being deleted, shown and set."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage, VerbCall
from tfm.cli.bucket_verbs import NO_RETENTION
from tfm.cli.listing import utc
from tfm.cli.places import Typed, found_of, typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import local_time, plural, safe_text
from tfm.ops.locking import locks_in, locks_of, parse_until, question_for_good, set_lock
from tfm.ops.plan import Picked
from tfm.storage.object_locks import FOR_GOOD, MODES, Lock, LockEdit, Retention


def changes(call: VerbCall) -> bool:
    """Whether a lock is to be another, and not only shown."""
    dated = bool(call.until) or call.days is not None
    return dated or bool(call.mode or call.hold) or call.bypass


def lock(run: VerbRun) -> int:
    """Show the locks of every place named, or change them; what nobody can take back is asked about."""
    call = run.call
    if not call.places:
        raise Usage("Name an object: tfm lock PLACE...")
    edit = _edit(call) if changes(call) else None
    final = edit is not None and edit.retention is not None and edit.retention.mode == FOR_GOOD
    if final and not (call.yes or run.console.can_ask):
        raise Usage(
            f"Nobody can take back {FOR_GOOD}, and there is no terminal to ask on: nothing was locked. "
            "Add --yes to lock."
        )
    account = Account(run, as_json=call.json and edit is not None)
    picked = _picked(run, account)
    if edit is None:
        return _show(run, picked, account)
    if picked and final and not call.yes and not _confirmed(run, picked, edit):
        run.console.say("Nothing was locked.")
        return account.close(answered_no=True)
    if picked:
        set_lock(run.context(on_item=account.item), picked, edit)
    return account.close()


def _edit(call: VerbCall) -> LockEdit:
    """What the options say. Raises Usage."""
    if call.until and call.days is not None:
        raise Usage("--until and --days exclude each other.")
    when = call.until if call.days is None else f"{call.days}d"
    retention = None
    if call.mode == NO_RETENTION:
        if when:
            raise Usage(f"--mode {NO_RETENTION} takes the retention away: leave the date out.")
        retention = Retention()
    elif when:
        try:
            until = parse_until(when, time.time_ns())
        except ValueError as error:
            raise Usage(f"{'--until' if call.until else '--days'}: {error}") from error
        retention = Retention((call.mode or MODES[0].name).upper(), until)
    elif call.mode:
        raise Usage(f"Until when? Add --until or --days to --mode {call.mode}.")
    if call.bypass and retention is None:
        raise Usage("--bypass shortens a retention or takes it away: name the new one.")
    return LockEdit(retention, call.hold == "on" if call.hold else None, call.bypass)


def _picked(run: VerbRun, account: Account) -> list[Picked]:
    """What is there of the places named, each once. Raises Usage for a directory without -r."""
    why = "" if run.call.recursive else ". Add -r for every object inside of it."
    picked: list[Picked] = []
    for found in found_of(run, _lockable(run, account), account.refused, why):
        if found not in picked:
            picked.append(found)
    return picked


def _lockable(run: VerbRun, account: Account) -> Iterator[Typed]:
    """The places of storages that know locks; nobody is asked about the others."""
    for place in [typed(text) for text in run.call.places]:
        try:
            locks_of(run.vfs, place.location)
        except StorageError as error:
            account.refused(place.text, error)
        else:
            yield place


def _confirmed(run: VerbRun, picked: Sequence[Picked], edit: LockEdit) -> bool:
    assert edit.retention is not None
    what = plural(len(picked), "place")
    if len(picked) == 1:
        place, entry = picked[0]
        what = safe_text(str(place))
        if entry.is_directory:
            what = safe_text(f"{what} and all inside")
    until = local_time(edit.retention.until_ns, full=True)
    return run.console.ask(question_for_good(what, until), run.cancel) == FOR_GOOD


def _show(run: VerbRun, picked: Sequence[Picked], account: Account) -> int:
    document: list[dict[str, object]] = []
    found = sorted(locks_in(run.context(), picked), key=lambda each: each[0].key)
    for place, told in found:
        if isinstance(told, StorageError):
            account.refused(str(place), told)
            continue
        account.done(str(place))
        if run.call.json:
            document.append(_facts(place, told))
        else:
            run.console.line(_line(place, told))
    if run.call.json:
        write_json(run.console, document)
    return account.close()


def _line(place: Location, found: Lock) -> str:
    kept = found.retention
    until = local_time(kept.until_ns, full=True) if kept.mode else ""
    hold = "hold" if found.hold else ""
    return f"{kept.mode or 'none':<10}  {until:<19}  {hold:<4}  {safe_text(str(place))}"


def _facts(place: Location, found: Lock) -> dict[str, object]:
    kept = found.retention
    return {
        "place": str(place),
        "mode": kept.mode.lower() or None,
        "until": utc(kept.until_ns) if kept.mode else None,
        "hold": found.hold,
    }
