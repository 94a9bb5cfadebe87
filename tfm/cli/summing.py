"""`tfm checksum`: print checksums in the form of the usual programs, or hold files against a list."""

from __future__ import annotations

from tfm.cli.account import Account
from tfm.cli.arguments import Usage
from tfm.cli.places import look, typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.ops.checksum import (
    Algorithm,
    Sum,
    algorithm_of,
    check_list,
    checksums,
    read_list,
    read_text,
    write_list,
)
from tfm.ops.context import ItemResult, Outcome
from tfm.ops.plan import Picked

_USUAL = Algorithm.SHA256


def checksum(run: VerbRun) -> int:
    """Print one line for each file, or with --check verify the lists that are named."""
    if not run.call.places:
        raise Usage("Name a file: tfm checksum PLACE...")
    return _verify(run) if run.call.check else _print(run)


def _print(run: VerbRun) -> int:
    account = Account(run)
    picked: list[Picked] = []
    names: dict[Location, str] = {}
    for place in (typed(text) for text in run.call.places):
        try:
            found = look(run.vfs, place)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        picked.append(found)
        names[found[0]] = place.text
    algorithm = Algorithm(run.call.algorithm) if run.call.algorithm else _USUAL

    def told(one: Sum) -> None:
        run.console.write(
            write_list([one], algorithm, bsd=run.call.tag).encode("utf-8", "surrogateescape")
        )

    if picked:
        ctx = run.context(on_item=account.item)
        ask = not run.call.download
        checksums(ctx, picked, algorithm, told=told, names=names, ask_storage=ask)
    return account.close()


def _verify(run: VerbRun) -> int:
    """The names of a list are relative to the directory of the list."""
    account = Account(run)

    def ended(item: ItemResult) -> None:
        account.item(item)
        if item.outcome is Outcome.DONE:
            run.console.line(f"{item.source}: OK")

    ctx = run.context(on_item=ended)
    for place in (typed(text) for text in run.call.places):
        try:
            where, _ = look(run.vfs, place)
            usual = (
                Algorithm(run.call.algorithm) if run.call.algorithm else algorithm_of(where.name)
            )
            expected, bad = read_list(read_text(ctx, where), usual)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        if not expected:
            problem = StorageError(f"{where} holds no checksum that can be read.", place=where)
            account.refused(place.text, problem)
            continue
        if bad:
            account.skipped(place.text, None, f"{bad:,} of its lines are no checksum")
        check_list(ctx, where.parent, expected, ask_storage=not run.call.download)
    return account.close()
