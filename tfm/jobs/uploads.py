"""Which unfinished uploads jobs of this user began, as their journals say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tfm.jobs import journal
from tfm.jobs.codec import to_leftover
from tfm.jobs.recovery import Journals
from tfm.model.text import safe_text
from tfm.ops.uploads import Gone, Owner, OwnerOf
from tfm.storage.base import Leftover
from tfm.storage.open_uploads import OpenUpload

_log = logging.getLogger("tfm.jobs")

_CLOCKS_DIFFER = 300 * 10**9
"""What our clock and a server's may be apart, in nanoseconds."""

Name = tuple[str, str, str]


@dataclass(slots=True)
class _Known:
    """By name; and what running jobs have asked for and not yet been told the id of."""

    named: dict[Name, Owner] = field(default_factory=dict)
    asked: dict[tuple[str, str], list[tuple[int, Owner]]] = field(default_factory=dict)

    def of(self, upload: OpenUpload) -> Owner | None:
        owner = self.named.get(upload.name)
        if owner is not None:
            return owner
        for since, asker in self.asked.get(upload.name[:2], ()):
            if upload.began_ns is None or upload.began_ns >= since - _CLOCKS_DIFFER:
                return asker
        return None


class JobUploads:
    """The `Ledger` made of the journals of all jobs, also those of other programs of this user."""

    def __init__(self, journals: Journals) -> None:
        self._journals = journals

    def owners(self) -> OwnerOf:
        """As the protocol. Of a journal only the lines about uploads are read."""
        known = _Known()
        for path in journal.paths(self._journals.directory):
            try:
                _read(path, known)
            except FileNotFoundError:
                continue  # its job has just ended
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("%s cannot be read: %s", path.name, safe_text(str(error)))
        return known.of

    @contextmanager
    def holding(self, owner: Owner) -> Iterator[Gone]:
        """As the protocol."""
        with self._journals.holding(owner.job) as recorder:

            def gone(upload: OpenUpload) -> None:
                for left in recorder.left():
                    if _name(left.leftover) == upload.name:
                        recorder.gone(left.leftover)

            yield gone


def _read(path: Path, known: _Known) -> None:
    running = journal.is_held(path)
    title = where = ""
    left: dict[tuple[Name, int], Leftover] = {}
    for record in journal.scan(path, ("job", "left", "gone")):
        if record["k"] == "job":
            title, where = str(record["title"]), str(record.get("host", ""))
            continue
        leftover = to_leftover(record)
        name = _name(leftover)
        # what has no name yet is told apart by the time at which it was asked for
        asked = (name[0], name[1], ""), leftover.since
        if record["k"] == "gone":
            left.pop((name, 0) if leftover.name else asked, None)
            continue
        if leftover.name:
            left.pop(asked, None)
        left[(name, 0) if leftover.name else asked] = leftover
    owner = Owner(
        path.name.removesuffix(journal.SUFFIX),
        title,
        running,
        "" if where == journal.host() else where,
    )
    for (bucket, key, upload), since in left:
        if upload:
            known.named[bucket, key, upload] = owner
        elif running:
            known.asked.setdefault((bucket, key), []).append((since, owner))


def _name(leftover: Leftover) -> Name:
    return leftover.place.container, leftover.place.inner_key, leftover.name
