"""`tfm abilities`: what the server of a place can do."""

from __future__ import annotations

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage
from tfm.cli.places import typed
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.text import safe_text
from tfm.ops.abilities import known, probe
from tfm.storage.server_facets import Acquaintance


def abilities(run: VerbRun) -> int:
    """What is known of each server; with `--probe` it is asked first, with requests that only read."""
    if not run.call.places:
        raise Usage("Name a place: tfm abilities s3://bucket/")
    account, ctx = Account(run), run.context()
    document: list[dict[str, object]] = []
    for place in (typed(text) for text in run.call.places):
        try:
            found = (probe if run.call.probe else known)(ctx, place.location)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        account.done(place.text)
        if run.call.json:
            document.append(_facts(place.text, found))
        else:
            _print(run, place.text, found)
    if run.call.json:
        write_json(run.console, document)
    return account.close()


def _print(run: VerbRun, place: str, found: Acquaintance) -> None:
    who = f"{found.server}, recognised {found.by}" if found.server else "a server not known"
    run.console.line(f"{safe_text(place)}: {safe_text(who)}")
    for each in found.abilities:
        told = f"{each.title}: {each.meaning}" if each.meaning else each.title
        run.console.line(f"{each.can.value:<14} {each.name:<18} {safe_text(told)}")


def _facts(place: str, found: Acquaintance) -> dict[str, object]:
    rows = [
        {
            "name": each.name,
            "title": each.title,
            "can": each.can.name.lower(),
            "meaning": each.meaning,
            "known_by": each.known_by,
        }
        for each in found.abilities
    ]
    return {"place": place, "server": found.server, "by": found.by, "abilities": rows}
