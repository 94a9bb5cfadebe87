"""`tfm mkdir` and `tfm cat`."""

from __future__ import annotations

from tfm.cli.account import Account
from tfm.cli.arguments import Usage
from tfm.cli.places import typed, typed_at
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.ops.copy import BLOCK
from tfm.ops.make import make_directory


def mkdir(run: VerbRun) -> int:
    """Make every directory named; those that fail do not stop the others."""
    call = run.call
    places = [typed(text) for text in call.places]
    if not places:
        raise Usage("Name a directory to make: tfm mkdir PLACE...")
    account = Account(run, as_json=call.json)
    ctx = run.context()
    for place in places:
        run.cancel.check()
        try:
            make_directory(ctx, place.location, parents=call.parents)
        except StorageError as error:
            account.refused(place.text, error)
        else:
            account.done(place.text)
    return account.close()


def cat(run: VerbRun) -> int:
    """Write every file named to standard output; those that fail do not stop the others."""
    places = [typed_at(text, run.call.at) for text in run.call.places]
    if not places:
        raise Usage("Name a file: tfm cat PLACE...")
    account = Account(run)
    for place in places:
        try:
            size = pour(run, place.location)
        except StorageError as error:
            account.refused(place.text, error)
        else:
            account.done(place.text, size=size)
    return account.close()


def pour(run: VerbRun, location: Location) -> int:
    """One file to standard output, checked at its end; its size. Raises StorageError."""
    run.meter.start(location)
    size = 0
    with run.vfs.open_read(location) as reader:
        run.meter.plan(1, reader.entry.size or 0)
        run.meter.planned()
        while block := reader.read(BLOCK):
            run.cancel.check()
            run.console.write(block)
            run.meter.advance(len(block))
            size += len(block)
        reader.verify()
    run.meter.finish()
    return size
