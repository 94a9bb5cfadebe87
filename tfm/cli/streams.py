"""`tfm cp - DST` and `tfm cp SRC -`."""

from __future__ import annotations

from tfm.cli.account import Account
from tfm.cli.arguments import Usage
from tfm.cli.making import pour
from tfm.cli.places import Typed, look
from tfm.cli.running import VerbRun
from tfm.model.conflict import Answer
from tfm.model.entry import Entry
from tfm.model.errors import AlreadyExists, IsDirectory, NotFound, StorageError
from tfm.model.text import safe_text
from tfm.storage.base import Hints

STREAM = "-"
_SIGNALS_ARRIVE_WITHIN = 0.2
_ANSWERS = ("", Answer.FAIL.value, Answer.SKIP.value, Answer.OVERWRITE.value)


def to_output(run: VerbRun, source: Typed) -> int:
    """One file to standard output."""
    account = Account(run)
    try:
        account.done(source.text, STREAM, pour(run, source.location))
    except StorageError as error:
        account.refused(source.text, error)
    return account.close()


def from_input(run: VerbRun, destination: Typed) -> int:
    """Standard input to one file, published whole at its end; nothing stays of a broken one."""
    answer = run.call.on_conflict
    if answer not in _ANSWERS:
        raise Usage("A stream has no name or time: --on-conflict takes overwrite, skip or fail.")
    if destination.inside:
        raise Usage(f"{safe_text(destination.text)} is a directory: name the file to write.")
    account = Account(run)
    try:
        existing = _existing(run, destination)
        if existing is not None and answer == Answer.SKIP.value:
            reason = "something of that name is already there"
            account.skipped(STREAM, destination.text, reason)
        elif existing is not None and answer != Answer.OVERWRITE.value:
            raise AlreadyExists(
                f"{safe_text(destination.text)} is already there.",
                place=destination.location,
                verb="copy",
                hint="Nothing was changed. To replace it: --on-conflict overwrite",
            )
        else:
            account.done(STREAM, destination.text, _take(run, destination, existing))
    except StorageError as error:
        account.refused(STREAM, error)
    return account.close()


def _existing(run: VerbRun, destination: Typed) -> Entry | None:
    """The file that stands there. Raises IsDirectory."""
    try:
        place, entry = look(run.vfs, destination)
    except NotFound:
        return None
    if entry.opens_as_directory:
        if run.call.exact_name and place != destination.location:
            return None  # -T: the object `d` beside the directory `d/`
        raise IsDirectory(
            f"{safe_text(destination.text)} is a directory.",
            place=destination.location,
            verb="copy",
            hint="Name the file to write.",
        )
    return entry


def _take(run: VerbRun, destination: Typed, existing: Entry | None) -> int:
    size = 0
    run.meter.start(destination.location)
    work = run.context().work(alone=True)
    with run.vfs.open_write(destination.location, Hints(replaces=existing), work) as writer:
        for block in run.console.input_blocks(run.cancel):
            writer.write(block)
            run.meter.advance(len(block))
            size += len(block)
        # Ctrl-C ends whoever feeds the pipe, too: their end must not look like the end of the data
        run.cancel.wait(_SIGNALS_ARRIVE_WITHIN)
        run.cancel.check()
        writer.commit()
    return size
