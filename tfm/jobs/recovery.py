"""The journals of all jobs: begun for new ones, found again after a kill, taken up or cleared up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tfm.jobs import journal
from tfm.jobs.journal import JournalFile
from tfm.jobs.recorder import JobRecorder, Past, past_of
from tfm.model.errors import StorageError
from tfm.model.location import LOCAL
from tfm.model.past import present
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.ops.order import Order, clear_up
from tfm.storage.base import Leftover
from tfm.storage.vfs import Vfs

_log = logging.getLogger("tfm.jobs")


class JournalError(StorageError):
    """A journal that cannot be taken up or cleared up; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A job that was cut off. `began` in seconds since 1970; `elsewhere` is the machine it ran on, if
    that is another one; `finished` means that only its leftovers are still to be cleared up.
    """

    id: str
    title: str
    began: float
    done: int
    leftovers: tuple[Leftover, ...]
    order: Order
    elsewhere: str
    finished: bool


def _make(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


class Journals:
    """The journals in one directory. `endpoint` names the S3 server and profile of this run, without
    secrets, and `connections` does so for each connection with a name: a job is only taken up against
    the same ones. `make` makes the directory, for this user
    alone, and raises OSError where it cannot be trusted. All methods do I/O.
    """

    def __init__(
        self,
        directory: Path,
        endpoint: str = "",
        make: Callable[[Path], object] = _make,
        connections: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.directory = directory
        self.endpoint = endpoint
        self._connections = connections
        self._make = make

    def begin(self, title: str, order: Order, past: Past | None = None) -> JobRecorder:
        """For a new job; where no journal can be written, without one and with a warning in the log."""
        try:
            self._make(self.directory)
            file = JournalFile.create(self.directory)
        except OSError as error:
            where = safe_text(str(self.directory))
            _log.warning("No journal can be written in %s: %s", where, safe_text(str(error)))
            return JobRecorder(order, past=past)
        named = {
            present(place.root).connection for place in order.places
        } & self._connections.keys()
        servers = {name: self._connections[name] for name in sorted(named)}
        return JobRecorder.begin(file, title, order, self.endpoint, past, servers)

    def interrupted(self) -> list[Interrupted]:
        """Jobs whose program is gone, oldest first. Unreadable journals are left out and logged."""
        found: list[Interrupted] = []
        for path in journal.paths(self.directory):
            try:
                if journal.is_held(path):
                    continue
                past = past_of(journal.read(path))
                if past is None:
                    _log.info("%s holds nothing", path.name)
                    journal.remove_unbegun(path)
                    continue
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("%s cannot be read: %s", path.name, safe_text(str(error)))
                continue
            found.append(_told(path, past))
        return sorted(found, key=lambda job: job.began)

    def find(self, name: str) -> Interrupted:
        """The interrupted job of that id, or of the only one whose id begins so. Raises JournalError."""
        matching = [one for one in self.interrupted() if one.id.startswith(name)]
        exact = [one for one in matching if one.id == name]
        if len(exact or matching) != 1:
            what = "no interrupted job" if not matching else "more than one interrupted job"
            raise JournalError(f"There is {what} called {safe_text(name)}. See: tfm jobs list")
        return (exact or matching)[0]

    def take_up(self, name: str) -> tuple[Past, JobRecorder]:
        """Hold a job that is to go on. Raises JournalError."""
        past, file = self._hold(name)
        if past.finished:
            file.close()
            raise JournalError("That job has ended; only what it left is still there: discard it.")
        return past, JobRecorder(past.order, file, past)

    def discard(self, name: str, vfs: Vfs) -> list[str]:
        """Remove what a job left, then its journal. What could not be removed keeps it: one text each.

        Raises JournalError; ReadOnly, and then nothing was done.
        """
        past, file = self._hold(name)
        recorder = JobRecorder(past.order, file, past)
        try:
            for left in recorder.left():
                vfs.check_writable(left.leftover.place, "clear up")
        except StorageError:
            recorder.finish(keep=True)
            raise
        problems = clear_up(OpContext(vfs, recorder=recorder))
        recorder.finish()
        return problems

    @contextmanager
    def holding(self, name: str) -> Iterator[JobRecorder]:
        """Keep a job from being taken up while something of what it left is removed; its recorder is told
        what is gone. A job that only waited for that is forgotten then. Raises JournalError.
        """
        past, file = self._hold(name)
        recorder = JobRecorder(past.order, file, past)
        try:
            yield recorder
        finally:
            recorder.finish(keep=not past.finished)

    def _hold(self, name: str) -> tuple[Past, JournalFile]:
        known = self.find(name)
        path = self.directory / f"{known.id}{journal.SUFFIX}"
        try:
            taken = JournalFile.take_over(path)
        except OSError as error:
            raise JournalError(f"{known.id} cannot be opened: {error.strerror}.") from error
        if taken is None:
            raise JournalError("Another tfm has just taken up that job.")
        file, records = taken
        try:
            past = past_of(records)
        except (ValueError, KeyError, TypeError) as error:
            file.close()
            raise JournalError(f"{known.id} cannot be read: {error}.") from error
        if past is None:
            file.close()
            raise JournalError(f"{known.id} holds nothing.")
        if known.elsewhere:
            file.close()
            raise JournalError(f"That job ran on {safe_text(known.elsewhere)}: take it up there.")
        if past.endpoint != self.endpoint and _is_remote(past.order):
            file.close()
            raise JournalError(
                f"That job spoke to {safe_text(past.endpoint)}: "
                "start tfm with the same --profile and --endpoint-url."
            )
        for name, server in past.servers.items():
            if server != self._connections.get(name):
                file.close()
                raise JournalError(
                    f"That job spoke to {safe_text(server)}, which the connection {safe_text(name)} "
                    "led to: it has to lead there again first (S3_CONNECTIONS in the configuration)."
                )
        return past, file


def _told(path: Path, past: Past) -> Interrupted:
    return Interrupted(
        id=path.name.removesuffix(journal.SUFFIX),
        title=past.title,
        began=past.began,
        done=len(past.ended),
        leftovers=tuple(left.leftover for left in past.left.values()),
        order=past.order,
        elsewhere="" if past.host == journal.host() else past.host,
        finished=past.finished,
    )


def _is_remote(order: Order) -> bool:
    return any(place.root != LOCAL for place in order.places)
