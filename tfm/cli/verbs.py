"""One verb from its arguments to its exit status."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

from tfm.cli.abilities import abilities
from tfm.cli.answers import CodeAsker
from tfm.cli.arguments import Usage, VerbCall
from tfm.cli.attend import attend
from tfm.cli.bucket_settings import bucket
from tfm.cli.buckets import mb, measure, rb
from tfm.cli.carrying import cp, mv
from tfm.cli.compose import audit_of, compose, journals_of, load_settings, patience_of
from tfm.cli.console import Console
from tfm.cli.jobs import LOOKS, jobs
from tfm.cli.keeping import Keeper
from tfm.cli.listing import ls
from tfm.cli.lock import changes as locks_change
from tfm.cli.lock import lock
from tfm.cli.log import logging_to
from tfm.cli.making import cat, mkdir
from tfm.cli.progress import Progress
from tfm.cli.removing import rm
from tfm.cli.running import VerbRun
from tfm.cli.sharing import presign
from tfm.cli.statistics import tell_statistics
from tfm.cli.summing import checksum
from tfm.cli.uploads import uploads
from tfm.cli.usage import du
from tfm.cli.versions import versions
from tfm.config.places import Places
from tfm.config.settings import Settings
from tfm.jobs.audit import Ending, written_down
from tfm.jobs.lane import Lane
from tfm.model.verify import Level
from tfm.ops.age import Age
from tfm.ops.context import Outcome

_log = logging.getLogger("tfm.cli")

_ACTS: Mapping[str, Callable[[VerbRun], int]] = {
    "ls": ls,
    "cp": cp,
    "mv": mv,
    "rm": rm,
    "mkdir": mkdir,
    "mb": mb,
    "rb": rb,
    "measure": measure,
    "cat": cat,
    "checksum": checksum,
    "presign": presign,
    "versions": versions,
    "lock": lock,
    "bucket": bucket,
    "uploads": uploads,
    "du": du,
    "abilities": abilities,
    "jobs": jobs,
}
_READERS = ("ls", "cat", "checksum", "presign", "versions", "abilities", "du")


def run_verb(call: VerbCall, console: Console) -> int:
    """Run it; the exit status. Raises Usage, StorageError, PipeClosed, OutputFailed, Cancelled."""
    with logging_to(call.choice.log, debug=call.choice.debug):
        places = Places.from_environ(os.environ)
        loaded = load_settings(call.choice, places, os.environ, console)
        for problem in loaded.problems:
            console.say(str(problem))
        for notice in loaded.notices:
            _log.info("%s", notice)
        vfs = compose(loaded.settings, call.choice)
        lane = Lane("parts", _hands(call, loaded.settings))
        keeper = Keeper(journals_of(places, loaded.settings, call.choice, os.environ), console)
        patience = patience_of(loaded.settings)
        level = Level(call.verify or loaded.settings.verify)
        run = VerbRun(
            call,
            console,
            vfs,
            lane.fan_out,
            patience=patience,
            level=level,
            age=_age(call, loaded.settings),
            keeper=keeper,
        )
        vfs.codes.asked_by(CodeAsker(console, run.cancel).ask)
        progress = Progress(console, run.meter, run.cancel)

        # a link that is made changes nothing, but gives somebody a right
        silent = _reads(call) and call.verb != "presign"
        audit = None if silent else audit_of(places, loaded.settings)
        title = f"tfm {call.verb} {' '.join(call.places)}"

        def act() -> int:
            with written_down(audit, vfs, call.verb, title, call.places, lambda: _ending(run)):
                code = _ACTS[call.verb](run)
            console.flush()
            return code

        try:
            return attend(
                act,
                vfs=vfs,
                cancel=run.cancel,
                console=console,
                arrived=run.signals,
                tick=progress.tick,
                stopping=keeper.stopping,
                changes=not _reads(call) and call.places[-1:] != ("-",),
            )
        finally:
            if call.choice.stats:
                tell_statistics(vfs, console)
            lane.close()
            vfs.close()


def _age(call: VerbCall, settings: Settings) -> Age | None:
    """What a copy does to the bytes. Raises Usage where keys are missing, or stand there for nothing."""
    if (call.recipients and not call.encrypt) or (call.identities and not call.decrypt):
        raise Usage("--recipient goes with --encrypt, --identity with --decrypt.")
    if call.encrypt:
        keys, missing = call.recipients or settings.age_recipients, "--recipient or AGE_RECIPIENTS"
    elif call.decrypt:
        keys, missing = call.identities or settings.age_identities, "--identity or AGE_IDENTITIES"
    else:
        return None
    if not keys:
        raise Usage(f"Name the keys: {missing}.")
    return Age("encrypt" if call.encrypt else "decrypt", keys)


def _reads(call: VerbCall) -> bool:
    """Whether this call of a verb changes nothing, whatever the verb may do else."""
    if call.verb == "uploads":
        return not call.abort
    if call.verb == "bucket":
        return not (call.set_from or call.remove)
    if call.verb == "lock":
        return not locks_change(call)
    if call.verb == "jobs":
        return not call.places or call.places[0] in LOOKS
    return call.verb in _READERS or call.dry_run


def _ending(run: VerbRun) -> tuple[str, Ending]:
    """What the audit log is told of a verb at its end; an error is told by what was raised."""
    failed = "failed" if run.counts[Outcome.FAILED] else ""
    counts = {outcome.value: count for outcome, count in run.counts.items()}
    told = Ending(counts=counts, size=run.meter.totals().bytes_done)
    return "cancelled" if run.cancel.cancelled else failed, told


def _hands(call: VerbCall, settings: Settings) -> int:
    """How many files or parts move at once."""
    remote = any("://" in place for place in call.places)
    return settings.s3_transfer_threads if remote else settings.file_op_workers_local
