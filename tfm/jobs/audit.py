"""The audit log: who did what, where and how it ended. Append-only, a line of JSON for each beginning and end.

Written at the boundary of jobs, so that no operation can forget it. Each line is on the disk before the work
goes on. A full file is set aside under a name with the time and never deleted; several programs write to the
same one, under a lock. What does not fit on the disk leaves no half line behind.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import pwd
import socket
import stat
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypedDict

from tfm import __version__
from tfm.jobs.journal import LONGEST_TITLE
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.redact import redact
from tfm.model.text import shortened
from tfm.ops.context import Outcome, Report
from tfm.storage.vfs import Vfs

_log = logging.getLogger("tfm.audit")

FILE: Final = "audit.jsonl"
_LOCK: Final = "audit.lock"
_MOST_PLACES: Final = 100
_MOST_FAILURES: Final = 20


class AuditError(StorageError):
    """The audit log cannot be written; the message says why and what to do."""


class AuditLog:
    """Writes to one directory. With `required` a job does not begin whose beginning cannot be written down.

    `largest` is the size in bytes at which a file is set aside. `make` makes the directory, for this user alone,
    and raises OSError where it cannot be trusted. `clock` is seconds since 1970. Any thread; all methods do I/O.
    """

    def __init__(
        self,
        directory: Path,
        make: Callable[[Path], object],
        *,
        largest: int,
        required: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.required = required
        self._make = make
        self._largest = largest
        self._clock = clock
        self._who: dict[str, object] = {
            "user": _user(),
            "uid": os.getuid(),
            "host": socket.gethostname(),
            "process": os.getpid(),
            "program": f"tfm {__version__}",
        }

    @property
    def file(self) -> Path:
        """The file that is written to now."""
        return self.directory / FILE

    def begun(
        self,
        act: str,
        title: str,
        places: Sequence[Location | str],
        destination: Location | None = None,
    ) -> str:
        """Something is about to be done; the id under which its end is told.

        Raises AuditError only where the log is required: then it must not be done.
        """
        job = uuid.uuid4().hex
        shown = [str(place) for place in places[:_MOST_PLACES]]
        title = shortened(title, LONGEST_TITLE)
        facts: dict[str, object] = {"act": act, "title": title, "places": shown}
        facts |= {} if destination is None else {"destination": str(destination)}
        if len(places) > _MOST_PLACES:
            facts["more_places"] = len(places) - _MOST_PLACES
        try:
            self._write("begin", job, facts)
        except AuditError as error:
            if self.required:
                raise
            _log.error("%s", error)
        return job

    def ended(
        self,
        job: str,
        result: str,
        *,
        act: str = "",
        counts: Mapping[str, int] | None = None,
        size: int = 0,
        error: str = "",
        failures: Sequence[Mapping[str, object]] = (),
        identities: Iterable[str] = (),
    ) -> None:
        """It has ended. What is done is done: a line that cannot be written is told, and that is all."""
        facts: dict[str, object] = {"result": result, "counts": dict(counts or {}), "bytes": size}
        facts |= {"act": act} if act else {}
        facts |= {"error": error} if error else {}
        facts |= {"failures": list(failures[:_MOST_FAILURES])} if failures else {}
        facts["identities"] = sorted(set(identities))
        try:
            self._write("end", job, facts)
        except AuditError as problem:
            _log.error("%s", problem)

    # -- the file ----------------------------------------------------------------------------------

    def _write(self, event: str, job: str, facts: Mapping[str, object]) -> None:
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        record = {"time": moment, "event": event, "job": job, **self._who, **_redacted(facts)}
        line = f"{json.dumps(record)}\n".encode("ascii")
        try:
            self._make(self.directory)
            with self._locked():
                self._set_aside(len(line))
                self._append(line)
        except OSError as error:
            reason = error.strerror or str(error)
            raise AuditError(
                f"The audit log {self.file} cannot be written: {reason}.",
                hint="Make room or mend its directory; AUDIT_LOG in the configuration says what it is for.",
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = _open_private(self.directory / _LOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _set_aside(self, more: int) -> None:
        """Give a full file a name of its own. Nothing is replaced: the name is free, and we have the lock."""
        try:
            size = self.file.lstat().st_size
        except FileNotFoundError:
            return
        if size == 0 or size + more <= self._largest:
            return
        moment = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%SZ")
        number = 1
        while os.path.lexists(kept := self.directory / f"audit-{moment}-{number}.jsonl"):
            number += 1
        self.file.rename(kept)

    def _append(self, line: bytes) -> None:
        descriptor = _open_private(self.file)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line  # a power cut tore the last one: it must not tear this one, too
            try:
                if size == 0:
                    _sync(self.directory)
                view = memoryview(line)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def identities_of(vfs: Vfs, places: Iterable[Location]) -> Iterator[str]:
    """As whom the storages of these places were asked, as far as is known without asking anybody."""
    for root in {place.root for place in places}:
        facet = vfs.known_facets(Location(root, "")).login
        if facet is not None:
            name = f"{root.connection}@" if root.connection else ""
            yield f"{root.scheme}://{name}: {facet.known() or 'nobody was asked'}"


class Ending(TypedDict, total=False):
    """What `AuditLog.ended` is told of a report."""

    act: str
    counts: Mapping[str, int]
    size: int
    failures: Sequence[Mapping[str, object]]


def ending_of(report: Report | None) -> Ending:
    """What the end of a job tells of its report: counts, bytes, and the items that failed."""
    if report is None:
        return {}
    counts: Counter[str] = Counter(item.outcome.value for item in report.items)
    done = [item for item in report.items if item.outcome is Outcome.DONE]
    failures: list[dict[str, object]] = [
        {
            "source": str(item.source),
            "reason": item.reason,
            "request_id": item.error.request_id if item.error is not None else "",
        }
        for item in report.failures[:_MOST_FAILURES]
    ]
    size = sum(item.size for item in done)
    return {"act": report.verb, "counts": counts, "size": size, "failures": failures}


@contextmanager
def written_down(
    audit: AuditLog | None,
    vfs: Vfs,
    act: str,
    title: str,
    places: Sequence[Location | str],
    ending: Callable[[], tuple[str, Ending]] = lambda: ("", {}),
) -> Iterator[None]:
    """For what changes something or gives somebody a right outside of a job: its beginning and its end.

    `ending` tells at the end how it went: its result (none: `failed` if the block raised, else `done`) and
    what came of it. Places that are texts, as typed, tell of no storage: then all that are open count as asked.

    Raises AuditError where the log is required and cannot be written: then the block is not entered.
    """
    if audit is None:
        yield
        return
    job, error = audit.begun(act, title, places), ""
    try:
        yield
    except BaseException as problem:
        error = str(problem) or type(problem).__name__
        raise
    finally:
        result, told = ending()
        asked = [place for place in places if isinstance(place, Location)]
        asked = asked or [Location(storage.root, "") for storage in vfs.opened()]
        audit.ended(
            job,
            result or ("failed" if error else "done"),
            error=error,
            identities=identities_of(vfs, asked),
            **told,
        )


def reported(
    audit: AuditLog | None,
    vfs: Vfs,
    act: str,
    title: str,
    places: Sequence[Location],
    run: Callable[[], Report],
) -> Report:
    """As `written_down`, for an operation outside of a job: its end is told by its report."""
    reports: list[Report] = []

    def ending() -> tuple[str, Ending]:
        if not reports:
            return "", {}
        return ("failed" if reports[0].failures else ""), ending_of(reports[0])

    with written_down(audit, vfs, act, title, places, ending):
        reports.append(run())
    return reports[0]


def _redacted(facts: object) -> dict[str, object]:
    cleaned = _clean(facts)
    assert isinstance(cleaned, dict)
    return cleaned


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(name): _clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value


def _user() -> str:
    """The name of the account that runs this; what variables claim is not believed."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without an entry, as in many containers
        return str(os.getuid())


def _open_private(path: Path) -> int:
    """A regular file of ours, to append to. Raises OSError for anything else that stands there."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("it is not a regular file")
        if facts.st_uid != os.geteuid():
            raise OSError("it belongs to another user")
        os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
