"""`tfm versions`."""

from __future__ import annotations

from tfm.cli.account import Account, write_json
from tfm.cli.arguments import Usage
from tfm.cli.listing import utc
from tfm.cli.places import Typed, typed
from tfm.cli.running import VerbRun
from tfm.model.entry import ObjectDetails
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location
from tfm.model.past import now
from tfm.model.text import local_time, safe_text
from tfm.ops.versions import facet_of
from tfm.storage.object_facets import Version


def versions(run: VerbRun) -> int:
    """List the versions of every place named; those that fail do not stop the others."""
    places = [typed(text) for text in run.call.places]
    if not places:
        raise Usage("Name an object: tfm versions PLACE...")
    account = Account(run)
    document: list[dict[str, object]] = []
    for place in places:
        try:
            _list(run, place, document)
        except StorageError as error:
            account.refused(place.text, error)
        else:
            account.done(place.text)
    if run.call.json:
        write_json(run.console, document)
    return account.close()


def _list(run: VerbRun, place: Typed, document: list[dict[str, object]]) -> None:
    """Of the object, else of the directory of that name. Raises NotFound if there is none."""
    tops = [place.location]
    if not place.location.looks_like_directory:
        tops.append(place.location.as_directory())
    for top in tops:
        found = 0
        for page in facet_of(run.context(), top).versions(top, run.cancel):
            for version in page:
                found += 1
                if run.call.json:
                    document.append(_facts(version))
                else:
                    run.console.line(_line(version))
        if found:
            return
    raise _none(place.location)


def _line(version: Version) -> str:
    size = "deleted" if version.deleted else str(version.entry.size or 0)
    when = local_time(version.entry.mtime_ns, full=True)
    return (
        f"{when}  {size:>14}  {'now' if version.latest else '':<3}  {safe_text(str(version.place))}"
    )


def _facts(version: Version) -> dict[str, object]:
    details = version.entry.details
    known = details if isinstance(details, ObjectDetails) else ObjectDetails()
    return {
        "place": str(now(version.place)),
        "version": version.id,
        "read_as": str(version.place),
        "size": version.entry.size,
        "time": utc(version.entry.mtime_ns),
        "latest": version.latest,
        "deleted": version.deleted,
        "etag": known.etag,
        "storage_class": known.storage_class,
        "owner": version.owner,
    }


def _none(place: Location) -> NotFound:
    return NotFound(f"There is no version of {safe_text(str(place))}.", place=place, verb="list")
