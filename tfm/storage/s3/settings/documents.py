"""Documents of settings: to and from text and whether two are the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

MADE_UP = frozenset(
    {
        "ID",
        "Id",
        "Owner",
        "DisplayName",
        "Type",
        "BucketKeyEnabled",
        "BlockedEncryptionTypes",
        "TransitionDefaultMinimumObjectSize",
    }
)
"""What a server adds by itself to what it was sent."""
_SAYS_BY_BEING_THERE = frozenset({"EventBridgeConfiguration"})
"""What means something although nothing is in it."""
_IN_ORDER = frozenset({"CORSRules", "RoutingRules"})
"""Lists of which the first member that fits is taken."""
_ACCOUNT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")
"""How a policy comes back that names an account by its number."""


class Fault(ValueError):
    """The text is no document."""


def text_of(document: Mapping[str, Any]) -> str:
    """As people read and edit it; empty for nothing."""
    if not document:
        return ""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def as_text(document: Mapping[str, Any]) -> str:
    """As it is sent where a document travels as a text."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def document_of(text: str) -> Document:
    """The document that a text holds; nothing for an empty text. Raises Fault with the line."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Fault(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise Fault("It is nested too deeply.") from error
    if not isinstance(found, dict):
        raise Fault("It begins with { and ends with }.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> Document:
    found: Document = {}
    for name, value in pairs:
        if name in found:
            raise Fault(f"{name} is there twice in the same place.")
        found[name] = value
    return found


def _no_number(name: str) -> Any:
    raise Fault(f"{name} is no number of JSON.")


def agrees(wanted: Any, found: Any, made_up: frozenset[str] = MADE_UP) -> bool:
    """True if a server that was sent `wanted` may show it as `found`: what it adds does not count, nor does the
    order of most lists.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        extra = [name for name in found if name not in wanted]
        return all(
            _agrees_as(name, value, found[name], made_up)
            if name in found
            else _is_nothing(name, value)
            for name, value in wanted.items()
        ) and all(name in made_up or _is_nothing(name, found[name]) for name in extra)
    if isinstance(wanted, list) or isinstance(found, list):
        return _same_members(_as_list(wanted), _as_list(found), made_up)
    if isinstance(wanted, str) and isinstance(found, str) and _account(wanted) == _account(found):
        return True
    return bool(wanted == found or _as_moment(wanted) == _as_moment(found) != str(wanted))


def _agrees_as(name: str, wanted: Any, found: Any, made_up: frozenset[str]) -> bool:
    """The same of two members of that name."""
    if name in _IN_ORDER:
        one, other = _as_list(wanted), _as_list(found)
        return len(one) == len(other) and all(
            agrees(each, another, made_up) for each, another in zip(one, other, strict=True)
        )
    return agrees(wanted, found, made_up)


def _account(text: str) -> str:
    named = _ACCOUNT.fullmatch(text)
    return named[1] if named else text


def same(one: Document, other: Document) -> bool:
    """True if two documents say the same."""
    return agrees(one, other, frozenset()) and agrees(other, one, frozenset())


def _is_nothing(name: str, value: Any) -> bool:
    if name in _SAYS_BY_BEING_THERE:
        return False
    # a number is never nothing: more than 0 bytes is not every size
    return (
        value is None or value is False or (isinstance(value, str | list | Mapping) and not value)
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _same_members(wanted: Sequence[Any], found: Sequence[Any], made_up: frozenset[str]) -> bool:
    left = list(found)
    for each in wanted:
        at = next((n for n, other in enumerate(left) if agrees(each, other, made_up)), None)
        if at is None:
            return False
        del left[at]
    return not left


def _as_moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment.replace(tzinfo=moment.tzinfo or UTC)
