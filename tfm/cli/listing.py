"""`tfm ls`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tfm.cli.account import Account, write_json
from tfm.cli.places import Typed, look, typed_at
from tfm.cli.running import VerbRun
from tfm.model.entry import Entry, LocalDetails, ObjectDetails
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location, Style
from tfm.model.order import SortSpec, is_hidden, sort
from tfm.model.past import is_past
from tfm.model.text import local_time, safe_text

_SHOWN_OTHERWISE = {"size", "time"}


def ls(run: VerbRun) -> int:
    """List every place named; those that fail do not stop the others."""
    places = [typed_at(text, run.call.at) for text in run.call.places or (".",)]
    account = Account(run)
    printer = _Printer(run, many=len(places) > 1)
    for place in places:
        try:
            where, entries = _entries(run, place)
        except StorageError as error:
            account.refused(place.text, error)
            continue
        printer.show(place, where, entries)
        account.done(place.text)
    printer.close()
    say_whether_complete(run, places)
    return account.close()


def say_whether_complete(run: VerbRun, places: Sequence[Typed]) -> None:
    """What was may be known in part only: then say so, once."""
    pasts = {place.location.root: place.location for place in places}
    for root, location in pasts.items():
        label = run.vfs.features(location).label if is_past(root) else ""
        if label.endswith("incomplete"):
            run.console.say(f"{label}: not all that was there may be known.")


def _entries(run: VerbRun, place: Typed) -> tuple[Location | None, Sequence[Entry]]:
    """The rows of a directory with where they are, or None with the one row of a file."""
    location = place.location
    if location.root.style is Style.KEY and not location.looks_like_directory:
        # listing `d/` itself says whether it exists: one request fewer than asking first
        try:
            return None, [run.vfs.stat(location, fresh=True)]
        except NotFound as missing:
            try:
                return _scan(run, location.as_directory())
            except NotFound:
                raise missing from None
    if location.root.style is Style.PATH:
        _, entry = look(run.vfs, place)
        if not entry.opens_as_directory:
            return None, [entry]
    return _scan(run, location)


def _scan(run: VerbRun, directory: Location) -> tuple[Location, Sequence[Entry]]:
    listing = run.vfs.scan(directory, cancel=run.cancel)
    rows = [entry for entry in listing.entries if run.call.all or not is_hidden(entry)]
    return directory, sort(rows, SortSpec())


class _Printer:
    def __init__(self, run: VerbRun, *, many: bool) -> None:
        self._run = run
        self._console = run.console
        self._many = many
        self._shown = 0
        self._document: list[dict[str, object]] = []
        self._altered = 0

    def show(self, place: Typed, where: Location | None, entries: Sequence[Entry]) -> None:
        call = self._run.call
        if call.json:
            for entry in entries:
                at = place.location if where is None else _place(where, entry)
                self._document.append(_facts(at, entry))
            return
        if call.raw:
            for entry in entries:
                self._console.line(place.text if where is None else _name(entry), end="\0")
            return
        if self._many and where is not None:
            blank = "\n" if self._shown else ""
            self._console.line(f"{blank}{self._safe(place.text)}:")
        self._shown += 1
        for entry in entries:
            name = place.text if where is None else _name(entry)
            facts = self._long(place.location, entry) if call.long else ""
            self._console.line(facts + self._safe(name))

    def close(self) -> None:
        if self._run.call.json:
            write_json(self._console, self._document)
        if self._altered:
            self._console.say(
                f"{self._altered} of the names hold line breaks and are not shown exactly: "
                "use -0 or --json."
            )

    def _safe(self, name: str) -> str:
        if self._console.out_is_terminal:
            return safe_text(name)
        if "\n" in name:
            self._altered += 1
            return safe_text(name)
        return name

    def _long(self, location: Location, entry: Entry) -> str:
        size = "-" if entry.is_directory or entry.size is None else str(entry.size)
        cells = [f"{size:>14}", f"{local_time(entry.source_mtime_ns):<16}"]
        cells += [
            f"{column.text(entry):<{column.width}}"
            for column in self._run.vfs.columns(location)
            if column.id not in _SHOWN_OTHERWISE
        ]
        return "  ".join(cells) + "  "


def _name(entry: Entry) -> str:
    return f"{entry.name}/" if entry.is_directory else entry.name


def _place(where: Location, entry: Entry) -> Location:
    return where.child(entry.name, directory=entry.is_directory)


def _facts(place: Location, entry: Entry) -> dict[str, object]:
    facts: dict[str, object] = {
        "place": str(place),
        "name": entry.name,
        "kind": entry.kind.value,
        "size": entry.size,
        "time": utc(entry.source_mtime_ns),
    }
    details = entry.details
    if isinstance(details, LocalDetails):
        facts |= {"mode": f"{details.mode & 0o7777:04o}", "uid": details.uid, "gid": details.gid}
        if details.target:
            facts["target"] = details.target
    elif isinstance(details, ObjectDetails):
        facts |= {"etag": details.etag, "storage_class": details.storage_class}
    return facts


def utc(mtime_ns: int | None) -> str | None:
    """An ISO 8601 time; None where it is not known."""
    if mtime_ns is None:
        return None
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None
