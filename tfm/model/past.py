"""Places as they were: the roots of a moment, and of one version of an object.

The connection of such a root ends with `at=TIME` or `version=ID`, behind a comma where a name stands before
it: `s3://prod,at=2026-11-20T14:05:03Z@bucket/dir/`. So the past is read, copied and compared like any place.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from tfm.model.location import Location, Root

NO_ID = "null"
"""What is told as the id of a version that has none: it was written while no versions were kept."""

_PAST = re.compile(r"(?:(?P<name>.*),)?(?P<what>at|version)=(?P<value>[^,]*)", re.DOTALL)
_AGO = re.compile(r"(\d{1,6}) ?(s|m|h|d|w)[a-z]*(?: ago)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NS = 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMS = "Write 2026-11-20 14:05, with seconds or Z for UTC if you like, or 3h or 2d ago."


def present(root: Root) -> Root:
    """The same storage now; the root itself where it is no past."""
    found = _PAST.fullmatch(root.connection)
    return replace(root, connection=found["name"] or "") if found else root


def is_past(root: Root) -> bool:
    """True for a moment and for a version."""
    return _PAST.fullmatch(root.connection) is not None


def now(place: Location) -> Location:
    """The same name in the present."""
    return Location(present(place.root), place.key)


def at_moment(root: Root, moment_ns: int) -> Root:
    """What a storage held at a moment, in nanoseconds since 1970."""
    return _ended(root, f"at={moment_text(moment_ns)}")


def at_version(root: Root, version: str) -> Root:
    """A storage in which every object is its version of that id, if it has one."""
    return _ended(root, f"version={quote(version, safe='')}")


def moment_of(root: Root) -> int | None:
    """The moment of a root in nanoseconds since 1970; None if it has none. Raises ValueError."""
    found = _PAST.fullmatch(root.connection)
    return parse_moment(found["value"], 0) if found and found["what"] == "at" else None


def version_of(root: Root) -> str:
    """The version id of a root; empty if it has none."""
    found = _PAST.fullmatch(root.connection)
    return unquote(found["value"]) if found and found["what"] == "version" else ""


def _ended(root: Root, end: str) -> Root:
    name = present(root).connection
    return replace(root, connection=f"{name},{end}" if name else end)


def moment_text(moment_ns: int) -> str:
    """`2026-11-20T14:05:03Z`, with nine digits of a second where it is no whole one."""
    seconds, rest = divmod(moment_ns, _NS)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}Z" if rest else f"{text}Z"


def parse_moment(text: str, now_ns: int) -> int:
    """Nanoseconds since 1970 of a date, a date and time, or a while ago (`3h`, `2 days ago`).

    Without a zone it is local time. Raises ValueError.
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    if ago:
        return now_ns - int(ago[1]) * _SECONDS[ago[2]] * _NS
    whole, dot, rest = text.partition(".")
    zone = "Z" if rest.endswith("Z") else ""
    digits = rest.removesuffix("Z")
    if dot and not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise ValueError(_FORMS)
    try:
        moment = datetime.fromisoformat(whole + zone)
    except ValueError:
        raise ValueError(_FORMS) from None
    if not _EPOCH.year <= moment.year < 9999:
        raise ValueError(_FORMS)
    moment = moment.astimezone(UTC)
    return (moment - _EPOCH) // timedelta(seconds=1) * _NS + int(digits.ljust(9, "0") if dot else 0)
