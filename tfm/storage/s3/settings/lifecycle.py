"""Lifecycle rules: in words, and what they will do with one object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from tfm.model.text import short_size
from tfm.storage.s3.settings.documents import Document
from tfm.storage.s3.settings.words import items, listed, part, texts

_COLDER = (
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
"""Rules move objects only down this list (Amazon S3 user guide, lifecycle transitions)."""
_SMALLEST_MOVED = 128 * 1024
_EXPIRATION = re.compile(r'expiry-date="([^"]+)"(?:, *rule-id="([^"]*)")?')


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an object rules look at; `tags` is None where they are not known."""

    key: str
    size: int
    modified: datetime
    storage_class: str
    tags: Mapping[str, str] | None = None


def lifecycle_words(document: Document) -> list[str]:
    """One line for each rule."""
    return [rule_words(rule) for rule in items(document, "Rules")]


def rule_words(rule: Mapping[str, Any]) -> str:
    """`objects below logs/ are deleted after 30 days; unfinished uploads after 7`."""
    acts = _acts(rule)
    off = "" if rule.get("Status") == "Enabled" else " (off)"
    what = _which(rule)
    if not acts:
        line = f"{what}: nothing"
    elif acts[0].startswith(("unfinished", "old versions", "delete markers")):
        line = f"of {what}: {'; '.join(acts)}"
    else:
        line = f"{what} {'; '.join(acts)}"
    return f"{line}{off}"


def _acts(rule: Mapping[str, Any]) -> list[str]:
    told = []
    moves = [
        f"move to {each.get('StorageClass')} {_when(each)}" for each in items(rule, "Transitions")
    ]
    if moves:
        told.append(listed(moves))
    gone = part(rule, "Expiration")
    if "Days" in gone or "Date" in gone:
        told.append(f"are deleted {_when(gone)}")
    told += [
        f"old versions move to {each.get('StorageClass')} {_when_old(each)}"
        for each in items(rule, "NoncurrentVersionTransitions")
    ]
    old = part(rule, "NoncurrentVersionExpiration")
    if old:
        told.append(f"old versions are deleted {_when_old(old)}")
    if gone.get("ExpiredObjectDeleteMarker") is True:
        told.append("delete markers go when nothing is behind them")
    days = part(rule, "AbortIncompleteMultipartUpload").get("DaysAfterInitiation")
    if days is not None:
        told.append(f"unfinished uploads are given up after {_days(days)}")
    return told


def _days(days: Any) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _when(act: Mapping[str, Any]) -> str:
    if "Days" in act:
        return "at once" if act["Days"] == 0 else f"after {_days(act['Days'])}"
    return f"on {str(act.get('Date') or '')[:10]}"


def _when_old(act: Mapping[str, Any]) -> str:
    line = f"after {_days(act.get('NoncurrentDays', 0))}"
    keep = act.get("NewerNoncurrentVersions")
    return f"{line}, but the newest {keep} stay" if keep else line


def _conditions(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Prefix, tags and sizes, wherever the rule has them."""
    chosen = part(rule, "Filter")
    both = {"Prefix": rule.get("Prefix"), **chosen, **part(chosen, "And")}
    tags = [*items(both, "Tags"), *([both["Tag"]] if both.get("Tag") else [])]
    return {
        "prefix": str(both.get("Prefix") or ""),
        "tags": {str(tag.get("Key")): str(tag.get("Value") or "") for tag in tags},
        "above": both.get("ObjectSizeGreaterThan"),
        "below": both.get("ObjectSizeLessThan"),
    }


def _which(rule: Mapping[str, Any]) -> str:
    found = _conditions(rule)
    line = f"objects below {found['prefix']}" if found["prefix"] else "all objects"
    more = [f"tag {name} = {value}" for name, value in found["tags"].items()]
    if found["above"] is not None:
        more.append(f"more than {short_size(found['above'])}")
    if found["below"] is not None:
        more.append(f"less than {short_size(found['below'])}")
    return f"{line} with {listed(more)}" if more else line


def covers_all(rule: Mapping[str, Any]) -> bool:
    """True if a rule is about every object."""
    found = _conditions(rule)
    return not (found["prefix"] or found["tags"] or found["above"] or found["below"])


def covers(rule: Mapping[str, Any], facts: Facts) -> bool | None:
    """Whether a rule that is on is about an object; None where its tags would have to be known."""
    if rule.get("Status") != "Enabled":
        return False
    found = _conditions(rule)
    if not facts.key.startswith(found["prefix"]):
        return False
    if found["above"] is not None and facts.size <= found["above"]:
        return False
    if found["below"] is not None and facts.size >= found["below"]:
        return False
    if not found["tags"]:
        return True
    if facts.tags is None:
        return None
    return all(facts.tags.get(name) == value for name, value in found["tags"].items())


def fate(document: Mapping[str, Any], facts: Facts) -> list[tuple[datetime, str]]:
    """What the rules will do with an object and when, the next first; nothing happens after a delete.

    Only acts are told that come later than what the object is by now: what is due already is shown with its date.
    """
    acts: list[tuple[datetime, str]] = []
    for rule in items(document, "Rules"):
        if not covers(rule, facts):
            continue
        name = f" (rule {rule['ID']})" if rule.get("ID") else ""
        for move in items(rule, "Transitions"):
            kind, due = str(move.get("StorageClass")), _due(move, facts.modified)
            if due is not None and _moves(document, rule, facts, kind):
                acts.append((due, f"moves to {kind}{name}"))
        due = _due(part(rule, "Expiration"), facts.modified)
        if due is not None:
            acts.append((due, f"is deleted{name}"))
    acts.sort(key=lambda act: act[0])
    ends = [at for at, (_due_at, words) in enumerate(acts) if words.startswith("is deleted")]
    return acts[: ends[0] + 1] if ends else acts


def _moves(document: Mapping[str, Any], rule: Mapping[str, Any], facts: Facts, kind: str) -> bool:
    """Only to a colder class; small objects stay unless the rule names a size."""
    if kind not in _COLDER or facts.storage_class not in _COLDER:
        return kind != facts.storage_class
    if _COLDER.index(kind) <= _COLDER.index(facts.storage_class):
        return False
    found = _conditions(rule)
    if facts.size >= _SMALLEST_MOVED or found["above"] is not None or found["below"] is not None:
        return True
    varies = document.get("TransitionDefaultMinimumObjectSize") == "varies_by_storage_class"
    return varies and kind in ("GLACIER", "DEEP_ARCHIVE")


def _due(act: Mapping[str, Any], modified: datetime) -> datetime | None:
    """Days count from the next midnight UTC."""
    if isinstance(act.get("Days"), int):
        moment = modified.astimezone(UTC) + timedelta(days=act["Days"])
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if midnight == moment else midnight + timedelta(days=1)
    date = act.get("Date")
    if isinstance(date, datetime):
        return date.astimezone(UTC)
    for text in texts(date):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def told_by_header(value: str) -> str:
    """What x-amz-expiration says: `2026-12-23 (rule tidy)`; the text itself where it is none of that form."""
    found = _EXPIRATION.search(value)
    if found is None:
        return value
    try:
        moment = parsedate_to_datetime(found[1]).astimezone(UTC)
    except (TypeError, ValueError):
        return value
    return f"is deleted {day(moment)}{f' (rule {found[2]})' if found[2] else ''}"


def day(moment: datetime) -> str:
    """`on 2026-12-23`."""
    return f"on {moment.astimezone(UTC):%Y-%m-%d}"


def fate_words(acts: Sequence[tuple[datetime, str]], now: datetime) -> list[str]:
    """One line for each act; what is due already happens with the next daily run."""
    return [
        f"{words}: due since {due:%Y-%m-%d}" if due <= now else f"{words} {day(due)}"
        for due, words in acts
    ]
