"""What became of everything a verb was asked for: words, the JSON report, the exit status."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from tfm.cli.console import Console
from tfm.cli.running import VerbRun
from tfm.model.errors import StorageError
from tfm.model.redact import redact
from tfm.model.text import plural
from tfm.ops.context import ItemResult, Outcome
from tfm.ops.plan import Picked

DONE, ERROR, USAGE, PARTLY, ANSWERED_NO = 0, 1, 2, 3, 4


class Account:
    """Failures are said as they happen; `close` says the rest and gives the exit status.

    1 means that nothing could even begin, 3 that it began and not everything was done.
    """

    def __init__(self, run: VerbRun, *, as_json: bool = False) -> None:
        self._console = run.console
        self._verb = run.call.verb
        self._signals = run.signals
        self._as_json = as_json
        self._rows: list[dict[str, object]] = []
        self._counts = run.counts
        self._notes: dict[str, list[str]] = {}
        self._began = False

    def item(self, item: ItemResult) -> None:
        """One item of an operation."""
        self._began = True
        self._counts[item.outcome] += 1
        source = str(item.source)
        if item.outcome is Outcome.FAILED:
            words = " ".join(part for part in (item.reason, item.note and f"({item.note})") if part)
            if item.error is not None and item.error.trace:
                words += f" [{item.error.trace}]"
            self._console.say(words if source in words else f"{source}: {words}")
        elif item.outcome is Outcome.SKIPPED:
            self._console.say(f"{source}: skipped: {item.reason}")
        elif item.note:
            self._notes.setdefault(item.note, []).append(source)
        self._row(
            source=source,
            destination=None if item.destination is None else str(item.destination),
            outcome=item.outcome.value,
            size=item.size,
            reason=item.reason,
            note=item.note,
            error=_error(item.error),
        )

    def refused(self, source: str, error: StorageError) -> None:
        """One of the places named could not be worked on at all."""
        self._counts[Outcome.FAILED] += 1
        self._console.say(error.in_full)
        self._row(
            source=source,
            destination=None,
            outcome=Outcome.FAILED.value,
            size=0,
            reason=str(error),
            note="",
            error=_error(error),
        )

    def done(self, source: str, destination: str | None = None, size: int = 0) -> None:
        """One of the places named was worked on whole."""
        self._began = True
        self._counts[Outcome.DONE] += 1
        self._row(
            source=source,
            destination=destination,
            outcome=Outcome.DONE.value,
            size=size,
            reason="",
            note="",
            error=None,
        )

    def kept_buckets(self, picked: Iterable[Picked]) -> None:
        """Name the buckets among what was to go: they are emptied, and stay."""
        for location, _ in picked:
            if location.is_container:
                self.skipped(str(location), None, "what was in it is gone; buckets themselves stay")

    def skipped(self, source: str, destination: str | None, reason: str) -> None:
        """One of the places named was left out on purpose."""
        self._began = True
        self._counts[Outcome.SKIPPED] += 1
        self._console.say(f"{source}: skipped: {reason}")
        self._row(
            source=source,
            destination=destination,
            outcome=Outcome.SKIPPED.value,
            size=0,
            reason=reason,
            note="",
            error=None,
        )

    @property
    def is_clean(self) -> bool:
        """True if nothing failed, was skipped or cancelled so far."""
        return not any(self._counts[each] for each in Outcome if each is not Outcome.DONE)

    def close(self, *, answered_no: bool = False) -> int:
        """Say the sum, write the report; the exit status."""
        for note, sources in self._notes.items():
            # what is so of a whole tree, such as what its server cannot do, is said once
            where = sources[0] if len(sources) == 1 else plural(len(sources), "item")
            self._console.say(f"{where}: {note}")
        code = self._code(answered_no)
        if code not in (DONE, ERROR) and sum(self._counts.values()) > 1:
            self._console.say(
                ", ".join(f"{n} {each.value}" for each in Outcome if (n := self._counts[each]))
            )
        if self._as_json:
            counts = {each.value: self._counts[each] for each in Outcome}
            write_json(
                self._console,
                {"verb": self._verb, "exit": code, "counts": counts, "items": self._rows},
            )
        return code

    def _code(self, answered_no: bool) -> int:
        if self._signals:
            return 128 + self._signals[0]
        if answered_no:
            return ANSWERED_NO
        if self.is_clean:
            return DONE
        return PARTLY if self._began else ERROR

    def _row(self, **facts: object) -> None:
        if self._as_json:
            self._rows.append(facts)


def write_json(console: Console, document: object) -> None:
    """One JSON document, ASCII only: bytes that are no UTF-8 stand as lone surrogates."""
    console.line(json.dumps(document, indent=1))


def _error(error: StorageError | None) -> Mapping[str, object] | None:
    if error is None:
        return None
    return {
        "kind": type(error).__name__,
        "message": redact(error.message),
        "hint": redact(error.hint),
        "code": error.code,
        "request_id": error.request_id,
        "retryable": error.retryable,
    }
