"""Settings of containers in memory: few, and each as simple as it can be, for tests of what is built on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import NOTHING, Change, around
from tfm.model.difference import changes, difference
from tfm.model.errors import InvalidName, TooLate
from tfm.model.location import Location
from tfm.storage.bucket_facets import NEW_PART, Field, Setting, SettingValue
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.shelf import refusal

_FIXED = "memory is always here"
_ROWS = (
    Setting("region", "Region", "About it", fixed=_FIXED, removable=False),
    Setting("tags", "Tags", "About it", form=True),
    Setting("policy", "Policy", "Access", example='{"Statement": ["CONTAINER"]}\n'),
    Setting("notifications", "Notifications", "Telling others", part="target"),
)
_MEMBER = {"tags": "TagSet", "policy": "Statement", "notifications": "Targets"}


class MemorySettings:
    """The `Settings` facet: what is written is kept, and nobody acts on it."""

    settings: Sequence[Setting] = _ROWS

    def __init__(self, shelf: FlatShelf) -> None:
        self._shelf = shelf

    def why_none(self, location: Location) -> str:  # noqa: ARG002 - the same everywhere
        """As the protocol."""
        return ""

    def read(self, location: Location, name: str, cancel: CancelToken = NEVER) -> SettingValue:
        """As the protocol."""
        cancel.check()
        with self._shelf.lock:
            container = self._shelf.container(location, "look at")
            text = container.settings.get(name, "")
        if name == "region":
            return SettingValue(_text({"Region": "memory"}), ("memory",))
        return SettingValue(text, tuple(_words(name, text)) or ("none",))

    def fault_in(self, name: str, text: str) -> str:
        """As the protocol."""
        row = next(row for row in _ROWS if row.name == name)
        if row.fixed:
            return f"{row.title}: {row.fixed}."
        try:
            found = json.loads(text or "{}")
        except json.JSONDecodeError as error:
            return f"Line {error.lineno}, column {error.colno}: {error.msg}."
        if not isinstance(found, dict):
            return "It begins with { and ends with }."
        unknown = sorted(set(found) - {_MEMBER[name]})
        if unknown:
            return f"There is no {unknown[0]}: only {_MEMBER[name]}."
        return "" if isinstance(found.get(_MEMBER[name], []), list) else "It holds a list."

    def warnings(self, name: str, before: str, after: str) -> tuple[str, ...]:
        """As the protocol."""
        return ("It is gone then.",) if before and not after and name == "policy" else ()

    def write(
        self,
        location: Location,
        name: str,
        text: str,
        expected: str,
        cancel: CancelToken = NEVER,
    ) -> Change:
        """As the protocol; here it is atomic."""
        verb = "set"
        cancel.check()
        if fault := self.fault_in(name, text):
            raise refusal(InvalidName, location, verb, fault)
        text = _text(json.loads(text or "{}"))
        with self._shelf.lock:
            settings = self._shelf.container(location, verb).settings
            now = settings.get(name, "")
            if now != expected:
                told = changes(difference(expected, now), 4)
                raise refusal(TooLate, location, verb, f"somebody changed it meanwhile: {told}.")
            if now == text:
                return NOTHING
            settings[name] = text
        return around(Location(location.root, f"{location.container}/"))

    def form(self, name: str, text: str, part: int | None = None) -> Sequence[Field]:
        """As the protocol."""
        rows = _rows(name, text)
        if part is not None:
            return [Field("who", "Who is told", "" if part == NEW_PART else str(rows[part]))]
        hint = "name = value"
        told = [
            Field(f"tag {at}", "Tag", f"{row['Key']} = {row['Value']}", hint)
            for at, row in enumerate(rows)
        ]
        return [*told, Field("tag", "Tag", "", hint, more=True)]

    def filled(
        self, name: str, text: str, values: Mapping[str, str], part: int | None = None
    ) -> str:
        """As the protocol."""
        if part is None:
            typed = [value.partition("=") for value in values.values() if value.strip()]
            rows = [{"Key": key.strip(), "Value": value.strip()} for key, _, value in typed]
            return _text({"TagSet": rows} if rows else {})
        if not values["who"].strip():
            raise ValueError("Say who is told.")
        told = _rows(name, text)
        at = len(told) if part == NEW_PART else part
        return _text({_MEMBER[name]: [*told[:at], values["who"], *told[at + 1 :]]})

    def parts(self, name: str, text: str) -> Sequence[str]:
        """As the protocol."""
        return [str(row) for row in _rows(name, text)]

    def without(self, name: str, text: str, part: int) -> str:
        """As the protocol."""
        rows = [row for at, row in enumerate(_rows(name, text)) if at != part]
        return _text({_MEMBER[name]: rows} if rows else {})


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n" if document else ""


def _rows(name: str, text: str) -> list[Any]:
    found = json.loads(text or "{}").get(_MEMBER[name], [])
    return found if isinstance(found, list) else []


def _words(name: str, text: str) -> list[str]:
    if name not in _MEMBER:
        return []
    if name == "tags":
        return [f"{row['Key']} = {row['Value']}" for row in _rows(name, text)]
    return [str(row) for row in _rows(name, text)]
