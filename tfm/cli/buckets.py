"""`tfm mb`, `tfm rb` and `tfm measure`."""

from __future__ import annotations

from collections.abc import Sequence

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage, VerbCall
from tfm.cli.places import Typed, typed
from tfm.cli.running import VerbRun
from tfm.model.entry import Entry, Kind
from tfm.model.errors import StorageError
from tfm.model.location import Style
from tfm.model.text import safe_text
from tfm.ops.containers import (
    create,
    empty,
    facet_of,
    look_into,
    measure_gain,
    remove_containers,
)
from tfm.ops.context import ItemResult, Outcome

_SAMPLE = 8 * 1024 * 1024


def _buckets(call: VerbCall) -> list[Typed]:
    """The buckets named. Raises Usage for anything else."""
    places = [typed(text) for text in call.places]
    if not places:
        raise Usage(f"Name a bucket: tfm {call.verb} s3://NAME...")
    for place in places:
        if not place.location.is_container:
            raise Usage(f"{safe_text(place.text)} is not a bucket: write s3://NAME.")
    return places


def mb(run: VerbRun) -> int:
    """Make every bucket named; those that fail do not stop the others."""
    call = run.call
    places = _buckets(call)
    account, ctx = Account(run, as_json=call.json), run.context()
    chosen = _chosen(call)
    for place in places:
        if fault := facet_of(ctx, place.location).fault_in(place.location.container, chosen):
            raise Usage(f"{safe_text(place.text)}: {fault}")
    for place in places:
        run.cancel.check()
        where = place.location
        try:
            made = create(ctx, where, chosen)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        note = " ".join(made.notes)
        account.item(ItemResult(where, None, Outcome.DONE, note=note))
        for words, why in made.missed:
            reason = f"{safe_text(place.text)} was made, but not set: {words}. {why}"
            account.item(ItemResult(where, None, Outcome.FAILED, reason=reason, error=why))
    return account.close()


def _chosen(call: VerbCall) -> dict[str, str]:
    """As the options of a new bucket are called; what was not asked for is left out."""
    chosen = {"versions": "on" if call.versions else "", "lock": "on" if call.object_lock else ""}
    chosen |= {"encryption": call.encryption, "key": call.kms_key}
    chosen["region"] = call.choice.region  # beside Amazon's, only who names one gets it
    chosen["public"] = "not blocked" if call.allow_public else ""
    return {name: value for name, value in chosen.items() if value}


def rb(run: VerbRun) -> int:
    """Delete every bucket named, if it holds nothing; with --empty what it holds goes first."""
    call = run.call
    places = _buckets(call)
    if not (call.yes or run.console.can_ask):
        raise Usage("There is no terminal to ask on: nothing was deleted. Add --yes to delete.")
    account = Account(run, as_json=call.json)
    if not call.yes and not _confirmed(run, places):
        run.console.say("Nothing was deleted.")
        return account.close(answered_no=True)
    for place in places:
        run.cancel.check()
        try:
            _remove(run, place, account)
        except StorageError as error:
            account.refused(place.text, error)
    return account.close()


def _remove(run: VerbRun, place: Typed, account: Account) -> None:
    ctx, where = run.context(on_item=account.item), place.location
    if run.call.empty and not empty(ctx, where).all_done:
        return  # what stays is told, and the bucket with it
    remove_containers(ctx, [(where, Entry(where.name, Kind.DIRECTORY))])


def _confirmed(run: VerbRun, places: Sequence[Typed]) -> bool:
    """The name of each bucket that is to be emptied is typed; of empty ones a yes is enough."""
    for place in places:
        name = safe_text(place.location.container)
        if run.call.empty:
            held = look_into(run.context(), place.location)
            more = "" if held.complete else " at least"
            question = (
                f"Delete {name} with{more} {held}, for good? Type its name to go on:"
                if not held.is_empty
                else f"Delete {name}, which is empty? Type its name to go on:"
            )
            if run.console.ask(question, run.cancel) != place.location.container:
                return False
            continue
        answer = run.console.ask(f"Delete the bucket {name}, if it is empty? [y/N]", run.cancel)
        if (answer or "").lower() not in ("y", "yes"):
            return False
    return True


def measure(run: VerbRun) -> int:
    """What acceleration gains to every place named, in sentences or as figures."""
    places = [typed(text) for text in run.call.places]
    if not places:
        raise Usage("Name a bucket: tfm measure s3://NAME/")
    if any(place.location.root.style is Style.KEY and place.location.is_top for place in places):
        raise Usage("Name one of the buckets: tfm measure s3://NAME/")
    account, ctx = Account(run), run.context()
    document: list[dict[str, object]] = []
    for place in places:
        try:
            gain = measure_gain(ctx, place.location.as_directory(), _SAMPLE)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        account.done(place.text)
        document.append(
            {
                "place": str(place.location),
                "size": gain.size,
                "up": {"plain": gain.up[0], "accelerated": gain.up[1]},
                "down": {"plain": gain.down[0], "accelerated": gain.down[1]},
                "round_trip": gain.round_trip,
                "verdict": list(gain.verdict),
            }
        )
        for line in () if run.call.json else gain.verdict:
            run.console.line(line)
    if run.call.json:
        write_json(run.console, document)
    return account.close()
