"""`tfm uploads`: what was begun and never completed, and its end."""

from __future__ import annotations

from collections.abc import Sequence

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage
from tfm.cli.listing import utc
from tfm.cli.places import Typed, typed
from tfm.cli.running import VerbRun
from tfm.jobs.uploads import JobUploads
from tfm.model.errors import StorageError
from tfm.model.text import local_time, plural, safe_text
from tfm.ops.uploads import (
    OwnerOf,
    Weighed,
    abort,
    older_than,
    parse_age,
    refusal,
    uploads_of,
    weigh,
)


def uploads(run: VerbRun) -> int:
    """List the unfinished uploads of every place named; with --abort, end them after a question."""
    call = run.call
    places = [typed(text) for text in call.places]
    if not places:
        raise Usage("Name a bucket or a directory in one: tfm uploads PLACE...")
    if call.abort and not (call.yes or run.console.can_ask):
        raise Usage("There is no terminal to ask on: nothing was aborted. Add --yes.")
    try:
        oldest = parse_age(call.older_than) if call.older_than else 0
    except ValueError as error:
        raise Usage(f"--older-than: {error}") from error
    account = Account(run, as_json=call.json and call.abort)
    ledger = JobUploads(run.keeper.journals)
    owner_of = ledger.owners()
    found: dict[tuple[str, str, str], Weighed] = {}
    for place in places:
        try:
            weighed = _found(run, place, oldest, owner_of)
        except StorageError as error:
            account.refused(place.text, error)
        else:
            found.update((each.upload.name, each) for each in weighed)
            if not call.abort:
                account.done(place.text)
    if call.abort:
        return _abort(run, list(found.values()), ledger, account)
    if call.json:
        write_json(run.console, [_document(each) for each in found.values()])
    else:
        for each in found.values():
            run.console.line(_line(each))
        if run.console.shows_progress:
            run.console.say(f"{_sum(list(found.values()))}, billed")
    return account.close()


def _found(run: VerbRun, place: Typed, oldest: int, owner_of: OwnerOf) -> list[Weighed]:
    """Of the object of that name, and of all beneath the directory of that name."""
    facet = uploads_of(run.vfs, place.location)
    tops = [place.location]
    if not place.location.looks_like_directory:
        tops.append(place.location.as_directory())
    listed = [each for top in tops for page in facet.uploads(top, run.cancel) for each in page]
    if run.call.older_than:
        listed = older_than(listed, oldest)
    return weigh(run.context(), listed, owner_of)


def _abort(run: VerbRun, found: Sequence[Weighed], ledger: JobUploads, account: Account) -> int:
    doomed = []
    for each in found:
        if why := refusal(run.vfs, each):
            account.skipped(str(each.upload.place), None, why)
        else:
            doomed.append(each)
    if doomed and not run.call.yes and not _confirmed(run, doomed):
        run.console.say("Nothing was aborted.")
        return account.close(answered_no=True)
    if doomed:
        abort(run.context(on_item=account.item), doomed, ledger)
    return account.close()


def _confirmed(run: VerbRun, doomed: Sequence[Weighed]) -> bool:
    for each in doomed:
        run.console.say(_line(each))
    recent = sum(each.recent for each in doomed)
    warning = f" {recent:,} got data within the last hour." if recent else ""
    question = f"Abort {_sum(doomed)}?{warning} This cannot be undone. [y/N]"
    words = run.console.ask(question, run.cancel)
    return words is not None and words.lower() in ("y", "yes")


def _sum(found: Sequence[Weighed]) -> str:
    held = [each.held for each in found if each.held is not None]
    parts, size = sum(each.count for each in held), sum(each.bytes for each in held)
    return f"{plural(len(found), 'upload')} ({plural(parts, 'part')}, {plural(size, 'byte')})"


def _whose(each: Weighed) -> str:
    if each.owner is None:
        return "foreign"
    return "running" if each.owner.running else "ours"


def _line(each: Weighed) -> str:
    upload, held = each.upload, each.held
    when = local_time(upload.began_ns, full=True) or "?"
    parts, size = ("?", "?") if held is None else (str(held.count), str(held.bytes))
    return f"{when:<19}  {parts:>6}  {size:>14}  {_whose(each):<7}  {safe_text(str(upload.place))}"


def _document(each: Weighed) -> dict[str, object]:
    upload, held = each.upload, each.held
    return {
        "place": str(upload.place),
        "upload": upload.id,
        "began": utc(upload.began_ns),
        "age": None if upload.age_ns is None else upload.age_ns // 10**9,
        "parts": None if held is None else held.count,
        "bytes": None if held is None else held.bytes,
        "storage_class": upload.storage_class,
        "initiator": upload.initiator,
        "whose": _whose(each),
        "job": None if each.owner is None else each.owner.job,
    }
