"""`tfm jobs`: what was cut off, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tfm.cli.account import DONE, PARTLY, Account, write_json
from tfm.cli.answers import resolver_for
from tfm.cli.arguments import Usage
from tfm.cli.running import VerbRun
from tfm.jobs.loans import Loans
from tfm.jobs.recovery import Interrupted, JournalError, Journals
from tfm.model.errors import StorageError
from tfm.model.text import local_time, plural, safe_text

LIST, SHOW, RESUME, DISCARD = "list", "show", "resume", "discard"
LOOKS = (LIST, SHOW)
"""The words that change nothing."""


def jobs(run: VerbRun) -> int:
    """List, show, resume or discard interrupted jobs."""
    word, *names = run.call.places or (LIST,)
    act = _ACTS.get(word)
    if act is None:
        raise Usage(f"{safe_text(word)} is not one of {', '.join(_ACTS)}. Try: tfm jobs --help")
    if word == LIST and names:
        raise Usage("tfm jobs list takes no job. To see one: tfm jobs show ID")
    try:
        return act(run, tuple(names))
    except JournalError as error:
        run.console.say(str(error))
        return 1


def _list(run: VerbRun, _names: tuple[str, ...]) -> int:
    found = run.keeper.journals.interrupted()
    if run.call.json:
        write_json(run.console, [_document(job) for job in found])
        return DONE
    for job in found:
        run.console.line(f"{job.id}  {_began(job)}  {_state(job)}  {safe_text(job.title)}")
    if not found and run.console.shows_progress:
        run.console.say("no job was interrupted")
    kept = run.keeper.journals
    copies = Loans(kept.directory.with_name("lent"), kept.endpoint).stranded()
    for copy in copies:
        home = safe_text(str(copy.borrowed.home))
        run.console.say(f"the edited copy of {home} did not get back: tfm offers it at its start")
    return DONE


def _show(run: VerbRun, names: tuple[str, ...]) -> int:
    chosen = _chosen(run.keeper.journals, names)
    if run.call.json:
        write_json(run.console, [_document(job) for job in chosen])
        return DONE
    for job in chosen:
        line = run.console.line
        line(f"{job.id}: {safe_text(job.title)}")
        line(f"  began {_began(job)}; {_state(job)}")
        if job.elsewhere:
            line(f"  on {safe_text(job.elsewhere)}: take it up there")
        for left in job.leftovers:
            line(f"  left: {_left(left.name, str(left.place))}")
    return DONE


def _resume(run: VerbRun, names: tuple[str, ...]) -> int:
    resolver = resolver_for(run.call.on_conflict, run.console, run.cancel)
    account = Account(run, as_json=run.call.json)
    for job in _chosen(run.keeper.journals, names):
        past, recorder = run.keeper.journals.take_up(job.id)
        with run.keeper.again(recorder) as kept:
            ctx = replace(run.context(resolver, account.item), recorder=kept.recorder)
            try:
                kept.run(past.order, ctx, again=True)
            except StorageError as error:
                account.refused(job.title, error)
            if kept.waits:
                account.skipped(job.title, None, "not restored from the archive yet")
    return account.close(answered_no=run.cancel.cancelled)


def _discard(run: VerbRun, names: tuple[str, ...]) -> int:
    code = DONE
    for job in _chosen(run.keeper.journals, names):
        if not run.call.yes and not _sure(run, job):
            return PARTLY
        for problem in run.keeper.journals.discard(job.id, run.vfs):
            run.console.say(problem)
            code = PARTLY
    return code


_ACTS: Mapping[str, Callable[[VerbRun, tuple[str, ...]], int]] = {
    LIST: _list,
    SHOW: _show,
    RESUME: _resume,
    DISCARD: _discard,
}


def _chosen(journals: Journals, names: tuple[str, ...]) -> list[Interrupted]:
    """The jobs that are named; without a name the only one there is. Raises JournalError."""
    if names:
        return [journals.find(name) for name in names]
    found = journals.interrupted()
    if len(found) != 1:
        what = (
            "No job was interrupted." if not found else "Several jobs were interrupted: name one."
        )
        raise JournalError(f"{what} See: tfm jobs list")
    return found


def _sure(run: VerbRun, job: Interrupted) -> bool:
    if not run.console.can_ask:
        raise Usage("There is no terminal to ask on: nothing was discarded. Add --yes.")
    words = run.console.ask(f"Discard {safe_text(job.title)}? {_what_goes(job)} [y/N]", run.cancel)
    return words is not None and words.lower() in ("y", "yes")


def _what_goes(job: Interrupted) -> str:
    if not job.leftovers:
        return "Nothing is left of it but its journal."
    return f"{plural(len(job.leftovers), 'unfinished file')} will be removed; what is done stays."


def _began(job: Interrupted) -> str:
    return local_time(int(job.began * 10**9), full=True)


def _state(job: Interrupted) -> str:
    state = f"{job.done:,} done, {len(job.leftovers):,} left unfinished"
    return f"{state}, only to discard" if job.finished else state


def _left(name: str, place: str) -> str:
    if name.startswith("/"):
        return safe_text(name)
    return f"upload {safe_text(name) or 'without a known id'} of {safe_text(place)}"


def _document(job: Interrupted) -> dict[str, object]:
    return {
        "id": job.id,
        "title": job.title,
        "began": job.began,
        "verb": job.order.verb,
        "done": job.done,
        "host": job.elsewhere or None,
        "finished": job.finished,
        "left": [{"place": str(left.place), "name": left.name} for left in job.leftovers],
    }
