"""`tfm rm`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage, current_directory
from tfm.cli.places import Typed, found_of, typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.location import local
from tfm.model.text import plural, safe_text, short_size
from tfm.ops.order import Order
from tfm.ops.plan import Item, Picked, Plan, walk
from tfm.ops.size import Count, count
from tfm.storage.facets import Fate

_NAMED = 3
_WORTH_SHOWING = 1000


def rm(run: VerbRun) -> int:
    """Delete what is named, asking first; on anything unclear nothing is deleted."""
    call = run.call
    places = [typed(text) for text in call.places]
    if not places:
        raise Usage("Name what to delete: tfm rm PLACE...")
    for place in places:
        _refuse(place)
    if not (call.yes or call.dry_run or run.console.can_ask):
        raise Usage("There is no terminal to ask on: nothing was deleted. Add --yes to delete.")
    account = Account(run, as_json=call.json and not call.dry_run)
    picked = _picked(run, places, account)
    if call.dry_run:
        return _preview(run, picked, account)
    if picked and not call.yes and not _confirmed(run, picked):
        run.console.say("Nothing was deleted.")
        return account.close(answered_no=True)
    if picked:
        order = Order("delete", tuple(picked))
        title = f"rm {' '.join(call.places)}"
        with run.keeper.new(title, order) as kept:
            ctx = replace(run.context(on_item=account.item), recorder=kept.recorder)
            kept.report = order.run(ctx)
        if account.is_clean:
            account.kept_buckets(picked)
    return account.close()


def _refuse(place: Typed) -> None:
    """What nobody means to delete in one go. Raises Usage."""
    here = local(current_directory())
    if place.location.is_top:
        raise Usage(f"{safe_text(place.text)} is the top of everything there: nothing was deleted.")
    if place.location == here or place.location.holds(here):
        raise Usage(
            f"{safe_text(place.text)} is or holds the current directory: nothing was deleted."
        )


def _picked(run: VerbRun, places: Sequence[Typed], account: Account) -> list[Picked]:
    """What is there of the places named, each once. Raises Usage for a directory without -r."""
    why = ": nothing was deleted. Add -r to delete it with everything in it."
    picked: list[Picked] = []
    for found in found_of(run, places, account.refused, "" if run.call.recursive else why):
        if found not in picked:
            picked.append(found)
    return picked


def _confirmed(run: VerbRun, picked: Sequence[Picked]) -> bool:
    counted = count(run.context(), picked, lambda so_far: _show(run, so_far))
    while True:
        words = run.console.ask(f"{question(run, picked, counted)} [y/N]", run.cancel)
        if words is None or words.lower() in ("", "n", "no"):
            return False
        if words.lower() in ("y", "yes"):
            return True


def _show(run: VerbRun, so_far: Count) -> None:
    """Counting a large tree takes a while, and the question comes after it."""
    if run.console.shows_progress and so_far.files >= _WORTH_SHOWING:
        run.console.draw(f"counting … {plural(so_far.files, 'file')}")


def question(run: VerbRun, picked: Sequence[Picked], counted: Count) -> str:
    """`Delete 12 files, 3 directories (3.4M) in s3://b/x/? Permanent.`"""
    amounts = []
    if counted.files:
        amounts.append(plural(counted.files, "file"))
    if counted.directories:
        amounts.append(plural(counted.directories, "directory"))
    names = [safe_text(str(location)) for location, _ in picked]
    what = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        what += f" and {len(names) - _NAMED} more"
    link = " in" if len(picked) == 1 and picked[0][1].is_directory else ":"
    text = f"Delete {', '.join(amounts)} ({short_size(counted.bytes)}){link} {what}?"
    if any(location.is_container for location, _ in picked):
        text += " Buckets themselves stay."
    if counted.unreadable:
        text += f" {plural(counted.unreadable, 'directory')} could not be read and may hold more."
    return f"{text} {_fate(run, picked)}"


def _fate(run: VerbRun, picked: Sequence[Picked]) -> str:
    fates = set()
    for location in {location.parent: location for location, _ in picked}.values():
        facet = run.vfs.facets(location).retention
        try:
            fates.add(Fate.PERMANENT if facet is None else facet.fate(location))
        except StorageError:
            fates.add(Fate.UNKNOWN)
    if Fate.PERMANENT in fates:
        return "Permanent."
    return (
        "Can be undone." if fates == {Fate.UNDOABLE} else "Whether it can be undone is not known."
    )


def _preview(run: VerbRun, picked: Sequence[Picked], account: Account) -> int:
    plan = Plan()
    for location, entry in picked:
        walk(run.context(), Item(location, entry, location), plan)
    gone = [str(item.source) for item in [*plan.others, *reversed(plan.directories)]]
    for item, error in plan.unreadable:
        account.refused(str(item.source), error)
    if run.call.json:
        write_json(run.console, {"verb": "rm", "dry_run": True, "items": gone})
    else:
        for name in gone:
            run.console.line(f"delete {safe_text(name)}")
    return account.close()
