"""`tfm cp` and `tfm mv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfm.cli.account import Account, write_json
from tfm.cli.answers import resolver_for
from tfm.cli.arguments import Usage
from tfm.cli.places import Typed, found_of, receives, typed, typed_at
from tfm.cli.running import VerbRun
from tfm.cli.streams import STREAM, from_input, to_output
from tfm.model.conflict import Policy
from tfm.model.entry import Kind
from tfm.model.errors import NotDirectory, StorageError
from tfm.model.text import safe_text
from tfm.ops.conflicts import Occupancy
from tfm.ops.order import Order
from tfm.ops.plan import Item, Picked, Plan
from tfm.ops.thaw import Thaw
from tfm.ops.tree import preview


def cp(run: VerbRun) -> int:
    """Copy files and trees; `-` streams."""
    *sources, destination = _operands(run)
    if destination == STREAM or STREAM in sources:
        if len(sources) != 1 or sources[0] == destination:
            raise Usage(
                "With - there is one source and one destination: tfm cp - DST, tfm cp SRC -"
            )
        _refuse_stream_options(run)
        if destination == STREAM:
            return to_output(run, typed_at(sources[0], run.call.at))
        return from_input(run, typed(destination))
    return _carry(run, sources, destination)


def mv(run: VerbRun) -> int:
    """Move or rename files and trees."""
    *sources, destination = _operands(run)
    if destination == STREAM or STREAM in sources:
        raise Usage("A stream cannot be moved: use tfm cp.")
    return _carry(run, sources, destination)


def _operands(run: VerbRun) -> tuple[str, ...]:
    if len(run.call.places) < 2:
        raise Usage(f"Name a source and a destination: tfm {run.call.verb} SRC... DST")
    return run.call.places


def _refuse_stream_options(run: VerbRun) -> None:
    call = run.call
    options = (
        (call.recursive, "-r"),
        (call.dry_run, "--dry-run"),
        (call.json, "--json"),
        (call.encrypt, "--encrypt"),
        (call.decrypt, "--decrypt"),
    )
    for given, name in options:
        if given:
            raise Usage(f"{name} does not go with a stream.")


def _carry(run: VerbRun, source_texts: Sequence[str], destination_text: str) -> int:
    call = run.call
    sources = [typed_at(text, call.at) for text in source_texts]
    destination = typed(destination_text)
    resolver = resolver_for(call.on_conflict, run.console, run.cancel)
    account = Account(run, as_json=call.json and not call.dry_run)
    picked = _picked(run, sources, account)
    if not picked:
        return account.close()
    into = receives(run.vfs, destination, exact_name=call.exact_name)
    if not into and len(sources) > 1:
        raise NotDirectory(
            f"{safe_text(destination_text)} is not a directory, but there are "
            f"{len(sources)} sources.",
            place=destination.location,
            verb=call.verb,
            hint="Nothing was changed. End it with / to put them inside.",
        )
    moves = call.verb == "mv"
    if call.dry_run:
        ctx = run.context(resolver, account.item)
        plan = preview(ctx, picked, destination.location, into=into, move=moves)
        return _tell_plan(run, plan, account)
    order = Order(
        "move" if moves else "copy",
        tuple(picked),
        destination.location,
        into,
        answer=resolver.answer if isinstance(resolver, Policy) else None,
        level=run.level,
        thaw=_thaw(run, picked),
        age=run.age,
    )
    title = f"{call.verb} {' '.join(source_texts)} {destination_text}"
    try:
        with run.keeper.new(title, order) as kept:
            ctx = replace(run.context(resolver, account.item), recorder=kept.recorder)
            kept.run(order, ctx)
        if kept.waits:
            account.skipped(destination_text, None, "not restored from the archive yet")
    except StorageError as error:  # refused as a whole, before anything happened
        account.refused(destination_text, error)
    if call.verb == "mv" and account.is_clean:
        account.kept_buckets(picked)
    return account.close(answered_no=run.cancel.cancelled)


def _thaw(run: VerbRun, picked: Sequence[Picked]) -> Thaw | None:
    """How what is archived is restored first. Raises Usage for a speed that there is not."""
    speed = run.call.restore
    if not speed:
        return None
    tiers = run.vfs.facets(picked[0][0]).tiers
    known = () if tiers is None else tuple(each.name for each in tiers.speeds)
    if speed not in known:
        names = ", ".join(known) or "none: nothing there is archived"
        raise Usage(f"--restore {safe_text(speed)}: speeds of restoring are {names}.")
    return Thaw(speed)


def _picked(run: VerbRun, sources: Sequence[Typed], account: Account) -> list[Picked]:
    """What is there of the sources. Raises Usage for a directory without -r."""
    whole = run.call.recursive or run.call.verb != "cp"
    why = ": nothing was copied. Add -r to copy it with everything in it."
    return list(found_of(run, sources, account.refused, "" if whole else why))


def _tell_plan(run: VerbRun, plan: Plan, account: Account) -> int:
    occupancy = Occupancy(
        run.context(), [item.target for item in [*plan.directories, *plan.others]]
    )
    rows = [_row(run, occupancy, item, plan) for item in [*plan.directories, *plan.others]]
    for item, error in plan.unreadable:
        account.refused(str(item.source), error)
    rows = [row for row in rows if row]
    if run.call.json:
        write_json(run.console, {"verb": run.call.verb, "dry_run": True, "items": rows})
    else:
        for row in rows:
            remark = f"  ({row['remark']})" if row["remark"] else ""
            run.console.line(
                f"{row['action']} {safe_text(row['source'])} -> "
                f"{safe_text(row['destination'])}{remark}"
            )
    return account.close()


def _row(run: VerbRun, occupancy: Occupancy, item: Item, plan: Plan) -> dict[str, str]:
    """One line of the plan; empty for a directory that needs no making."""
    there = occupancy.at(item.target)
    if item.entry.kind is Kind.DIRECTORY:
        made = run.vfs.features(item.target).real_directories or item.source not in plan.filled
        if not made or (there is not None and there.opens_as_directory):
            return {}
        action, remark = "make", ""
    elif item.entry.kind.is_special or (
        item.entry.kind is Kind.LINK and run.vfs.facets(item.target).links is None
    ):
        action, remark = "skip", f"it is a {item.entry.kind.value}"
    else:
        action = "move" if run.call.verb == "mv" else "copy"
        remark = f"already there: {run.call.on_conflict or _unasked(run)}" if there else ""
    return {
        "action": action,
        "source": str(item.source),
        "destination": str(item.target),
        "remark": remark or item.note,
    }


def _unasked(run: VerbRun) -> str:
    return "ask" if run.console.can_ask else "fail"
