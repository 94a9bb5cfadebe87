"""Copies lent to programs: noted while they are out, and found again when the tfm that lent them is gone.

Each loan is a folder, and beside it a journal of the same name. The journal is held as long as its
program lives, as those of jobs are: a loan that nobody holds is stranded, and only such a one is offered.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tfm.jobs import codec, journal
from tfm.jobs.journal import JournalFile, Record
from tfm.jobs.recovery import JournalError
from tfm.model.text import safe_text
from tfm.ops.borrow import Borrowed, left_beside

_log = logging.getLogger("tfm.jobs")

DAY: Final = 86_400
"""Seconds that an unchanged copy stays: an editor that outlived its tfm may still have it open."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """A copy that nobody brought home. `since` in seconds since 1970.

    `others` are files that a program left beside it, as paths from there; `refusal` says why it cannot be written
    back from here, empty if it can.
    """

    loan: str
    borrowed: Borrowed
    since: float
    others: tuple[str, ...] = ()
    refusal: str = ""


def _make(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


class Loans:
    """The loans in one directory; `endpoint` and `make` are as for `Journals`. All methods do I/O."""

    def __init__(
        self,
        directory: Path,
        endpoint: str = "",
        make: Callable[[Path], object] = _make,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.endpoint = endpoint
        self._make = make
        self._clock = clock
        self._held: dict[Path, JournalFile] = {}
        self._lock = threading.Lock()

    # -- our own -----------------------------------------------------------------------------------

    def begin(self) -> Path:
        """A private folder for copies. Raises OSError."""
        self._make(self.directory)
        file = JournalFile.create(self.directory)
        folder = self._folder(file.id)
        try:
            folder.mkdir(mode=0o700)
        except OSError:
            file.remove()
            raise
        file.append(
            {
                "k": "loan",
                "v": journal.VERSION,
                "host": journal.host(),
                "endpoint": self.endpoint,
                "began": self._clock(),
            }
        )
        with self._lock:
            self._held[folder] = file
        return folder

    def note(self, folder: Path, borrowed: Sequence[Borrowed]) -> None:
        """Write down what lies in the folder, before a program may change it."""
        with self._lock:
            file = self._held.get(folder)
        if file is not None:
            copies = [_from_borrowed(each, folder) for each in borrowed]
            file.append({"k": "lent", "copies": copies}, durable=True)

    def settle(self, folder: Path) -> None:
        """Forget the loan if nothing is left in its folder."""
        if _has_files(folder):
            return
        with self._lock:
            file = self._held.pop(folder, None)
        shutil.rmtree(folder, ignore_errors=True)
        if file is not None:
            file.remove()

    def close(self) -> None:
        """The program ends: what is still out is stranded from now on."""
        with self._lock:
            held, self._held = list(self._held.values()), {}
        for file in held:
            file.close()

    # -- those of programs that are gone -----------------------------------------------------------

    def stranded(self) -> list[Stranded]:
        """Copies that were changed, or have something beside them, oldest first.

        What no program ever saw is removed, and what stayed as it was for a day.
        """
        found: list[Stranded] = []
        for path in journal.paths(self.directory):
            try:
                if journal.is_held(path):
                    continue
                records = journal.read(path)
                copies = self._told(path, records)
                if not copies and _is_whole(path, records) and self._is_over(records):
                    self._sweep(path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("%s cannot be read: %s", path.name, safe_text(str(error)))
                continue
            found += copies
        return sorted(found, key=lambda each: each.since)

    @contextmanager
    def held(self, stranded: Stranded) -> Iterator[None]:
        """Nobody else has this copy in hand meanwhile. Raises JournalError."""
        path = self._journal(stranded.loan)
        try:
            taken = JournalFile.take_over(path)
        except OSError as error:
            raise JournalError(f"The copy cannot be taken up: {error.strerror}.") from error
        if taken is None:
            raise JournalError("Another tfm has just taken up that copy.")
        try:
            yield
        finally:
            taken[0].close()

    def came_home(self, stranded: Stranded) -> None:
        """The copy is not needed any more; what lies beside it stays. While it is `held`."""
        stranded.borrowed.copy.unlink(missing_ok=True)
        self._forget_if_empty(stranded)

    def discard(self, stranded: Stranded) -> None:
        """Remove the copy and what lies beside it. While it is `held`."""
        stranded.borrowed.copy.unlink(missing_ok=True)
        for name in stranded.others:
            (stranded.borrowed.copy.parent / name).unlink(missing_ok=True)
        self._forget_if_empty(stranded)

    def _forget_if_empty(self, stranded: Stranded) -> None:
        path = self._journal(stranded.loan)
        if not self._told(path, journal.read(path)):
            shutil.rmtree(self._folder(stranded.loan), ignore_errors=True)
            path.unlink(missing_ok=True)

    def _folder(self, loan: str) -> Path:
        return self.directory / loan

    def _journal(self, loan: str) -> Path:
        return self.directory / f"{loan}{journal.SUFFIX}"

    def _told(self, path: Path, records: Sequence[Record]) -> list[Stranded]:
        loan = path.name.removesuffix(journal.SUFFIX)
        folder = self._folder(loan)
        begin = next((record for record in records if record["k"] == "loan"), None)
        if begin is None:
            return []
        lent = [
            _to_borrowed(copy, folder)
            for record in records
            if record["k"] == "lent"
            for copy in record["copies"]
        ]
        copies = [each.copy for each in lent]
        found = []
        for each in lent:
            others = left_beside(each.copy, copies)
            if each.changed or others:
                refusal = self._refusal(begin)
                found.append(Stranded(loan, each, float(begin["began"]), others, refusal))
        return found

    def _refusal(self, begin: Record) -> str:
        if begin["host"] != journal.host():
            return f"It was lent on {begin['host']}, which shares this home: take it up there."
        if begin["endpoint"] != self.endpoint:
            return (
                f"It came from {begin['endpoint']}: "
                "start tfm with the same --profile and --endpoint-url."
            )
        return ""

    def _is_over(self, records: Sequence[Record]) -> bool:
        """True if no program ever saw the copies, or none can still mean to change them."""
        if not records:
            return True
        if records[0]["host"] != journal.host():
            return False
        ran = any(record["k"] == "lent" for record in records)
        return not ran or self._clock() - float(records[0]["began"]) > DAY

    def _sweep(self, path: Path) -> None:
        taken = JournalFile.take_over(path)
        if taken is None:
            return
        shutil.rmtree(self._folder(taken[0].id), ignore_errors=True)
        taken[0].remove()


def _has_files(folder: Path) -> bool:
    return any(path.is_symlink() or not path.is_dir() for path in folder.rglob("*"))


def _is_whole(path: Path, records: Sequence[Record]) -> bool:
    """False if a line is damaged: it may have told of a copy. A torn last one was never finished."""
    return path.read_bytes().count(b"\n") == len(records)


def _from_borrowed(borrowed: Borrowed, folder: Path) -> Record:
    return {
        "home": codec.from_place(borrowed.home),
        "entry": None if borrowed.entry is None else codec.from_entry(borrowed.entry),
        "copy": str(borrowed.copy.relative_to(folder)),
        "digest": borrowed.digest.hex(),
    }


def _to_borrowed(value: Record, folder: Path) -> Borrowed:
    within = Path(value["copy"])
    if within.is_absolute() or ".." in within.parts:
        raise ValueError("a copy lies elsewhere")
    return Borrowed(
        codec.to_place(value["home"]),
        None if value["entry"] is None else codec.to_entry(value["entry"]),
        folder / within,
        bytes.fromhex(value["digest"]),
    )
