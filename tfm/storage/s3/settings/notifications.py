"""Notifications: who is told of what, in words and in the fields of a form; targets that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfm.storage.bucket_facets import NEW_PART, Field
from tfm.storage.s3.settings.documents import Document
from tfm.storage.s3.settings.words import items, listed, part, texts

BRIDGE = "EventBridgeConfiguration"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of target: where its configurations and their ARN stand, and the service in that ARN."""

    word: str
    list: str
    arn: str
    service: str
    resource: re.Pattern[str]
    example: str


_KINDS = (
    _Kind(
        "queue (SQS)", "QueueConfigurations", "QueueArn", "sqs",
        re.compile(r"[\w-]{1,80}"), "arn:aws:sqs:eu-central-1:111122223333:name",
    ),
    _Kind(
        "topic (SNS)", "TopicConfigurations", "TopicArn", "sns",
        re.compile(r"[\w-]{1,256}"), "arn:aws:sns:eu-central-1:111122223333:name",
    ),
    _Kind(
        "function (Lambda)", "LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda",
        re.compile(r"function:[\w-]{1,140}(:[\w$-]{1,128})?"),
        "arn:aws:lambda:eu-central-1:111122223333:function:name",
    ),
)  # fmt: skip
_ARN = re.compile(r"arn:(aws[\w-]*):([\w-]+):([\w-]*):(\d{12}|):(.+)")
_EVENTBRIDGE = "EventBridge"
_CHOICES = (*(kind.word for kind in _KINDS), _EVENTBRIDGE)

EVENTS = (
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    "s3:ObjectAcl:Put",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:Replication:OperationNotTracked",
)
"""In the order people look for them (Amazon S3 user guide, supported event types)."""
_NO_EVENT = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """One configuration of a document; EventBridge has neither ARN nor events."""

    kind: _Kind | None
    at: int
    row: Mapping[str, Any]

    @property
    def arn(self) -> str:
        """Of the queue, topic or function."""
        return str(self.row.get(self.kind.arn) or "") if self.kind else _EVENTBRIDGE

    @property
    def events(self) -> list[str]:
        """What it is told of."""
        return texts(self.row.get("Events"))

    def rule(self, name: str) -> str:
        """The prefix or suffix that keys must have."""
        for row in items(part(part(self.row, "Filter"), "Key"), "FilterRules"):
            if str(row.get("Name")).lower() == name:
                return str(row.get("Value") or "")
        return ""

    @property
    def words(self) -> str:
        """`queue jobs: ObjectCreated:*, below in/ and ending in .jpg`."""
        if self.kind is None:
            return "EventBridge: every event"
        place = _ARN.fullmatch(self.arn)
        name = place[5] if place else self.arn
        named = name.removeprefix("function:")
        told = ", ".join(event.removeprefix("s3:") for event in self.events)
        line = f"{self.kind.word.partition(' ')[0]} {named}: {told}"
        keys = [
            f"below {self.rule('prefix')}" if self.rule("prefix") else "",
            f"ending in {self.rule('suffix')}" if self.rule("suffix") else "",
        ]
        where = listed(filter(None, keys))
        return f"{line}, {where}" if where else line


def targets(document: Mapping[str, Any]) -> list[Target]:
    """All of them, in one order."""
    found = [
        Target(kind, at, row)
        for kind in _KINDS
        for at, row in enumerate(items(document, kind.list))
        if isinstance(row, Mapping)
    ]
    return [*found, Target(None, 0, {})] if BRIDGE in document else found


def tidied(document: Document) -> Document:
    """With the names of filters in small letters: AWS takes them so, and shows them with a capital."""

    def small(row: Any) -> Any:
        rules = items(part(part(row, "Filter"), "Key"), "FilterRules")
        if not rules:
            return row
        named = [{**rule, "Name": str(rule.get("Name")).lower()} for rule in rules]
        key = {**part(part(row, "Filter"), "Key"), "FilterRules": named}
        return {**row, "Filter": {**part(row, "Filter"), "Key": key}}

    lists = {kind.list: [small(row) for row in items(document, kind.list)] for kind in _KINDS}
    return {**document, **{name: rows for name, rows in lists.items() if rows}}


def notification_words(document: Document) -> list[str]:
    """One line for each target."""
    return [target.words for target in targets(document)] or ["nobody is told"]


# -- the form of one target ----------------------------------------------------------------------------


def target_fields(document: Document, at: int) -> list[Field]:
    """The fields of one target, or of another one."""
    target = Target(_KINDS[0], NEW_PART, {}) if at == NEW_PART else targets(document)[at]
    kind = target.kind.word if target.kind else _EVENTBRIDGE
    arn = target.arn if target.kind else ""
    fields = [
        Field("kind", "Who is told", kind, "", choices=_CHOICES),
        Field("arn", "ARN", arn, "arn:aws:sqs:REGION:ACCOUNT:NAME, as its own page shows it."),
        Field("prefix", "Keys beginning with", target.rule("prefix"), "in/; empty for all."),
        Field("suffix", "Keys ending in", target.rule("suffix"), ".jpg; empty for all."),
    ]
    known = (_NO_EVENT, *EVENTS, *(event for event in target.events if event not in EVENTS))
    events = target.events or [EVENTS[0]]
    fields += [Field(f"event_{n}", "Event", event, "", known) for n, event in enumerate(events)]
    return [*fields, Field("event", "Event", _NO_EVENT, "", known, more=True)]


def with_target(document: Document, at: int, values: Mapping[str, str]) -> Document:
    """The document with that target as it was filled in. Raises ValueError."""
    found = None if at == NEW_PART else targets(document)[at]
    wanted = values.get("kind", "")
    if wanted == _EVENTBRIDGE:
        rest = without_target(document, found) if found is not None else document
        if BRIDGE in document and (found is None or found.kind is not None):
            raise ValueError("EventBridge is told already.")
        return {**rest, BRIDGE: {}}
    kind = next(each for each in _KINDS if each.word == wanted)
    row = _row(kind, values, found.row if found is not None else {})
    if found is not None and found.kind is kind:
        rows = list(items(document, kind.list))
        rows[found.at] = row
        made = {**document, kind.list: rows}
    else:
        rest = without_target(document, found) if found is not None else document
        made = {**rest, kind.list: [*items(rest, kind.list), row]}
    if fault := fault_in_notifications(made):
        raise ValueError(fault)
    return made


def _row(kind: _Kind, values: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    arn = values.get("arn", "").strip()
    if fault := _fault_in_arn(kind, arn):
        raise ValueError(fault)
    events = [
        value for name, value in values.items() if name.startswith("event") and value != _NO_EVENT
    ]
    if not events:
        raise ValueError("Choose an event: of nothing nobody can be told.")
    row: dict[str, Any] = {"Id": before["Id"]} if before.get("Id") else {}
    row |= {kind.arn: arn, "Events": list(dict.fromkeys(events))}
    rules = [
        {"Name": name, "Value": values[name]} for name in ("prefix", "suffix") if values.get(name)
    ]
    return {**row, "Filter": {"Key": {"FilterRules": rules}}} if rules else row


def without_target(document: Document, target: Target) -> Document:
    """The document without it."""
    if target.kind is None:
        return {name: value for name, value in document.items() if name != BRIDGE}
    rows = [row for at, row in enumerate(items(document, target.kind.list)) if at != target.at]
    rest = {name: value for name, value in document.items() if name != target.kind.list}
    return {**rest, target.kind.list: rows} if rows else rest


# -- what cannot be ------------------------------------------------------------------------------------


def fault_in_notifications(document: Mapping[str, Any]) -> str:
    """Why no bucket can have these targets: an ARN that is none, two that would both be told of one thing."""
    rows = [target for target in targets(document) if target.kind is not None]
    for target in rows:
        if target.kind is not None and (fault := _fault_in_arn(target.kind, target.arn)):
            return fault
        for event in target.events:
            if not event.startswith("s3:"):
                return f"{event} is no event: they begin with s3:, such as s3:ObjectCreated:*."
    for at, one in enumerate(rows):
        for other in rows[at + 1 :]:
            event = next(_events_both(one, other), "")
            if event and _keys_meet(one, other):
                return (
                    f"{one.arn.rpartition(':')[2]} and {other.arn.rpartition(':')[2]} would both be told of "
                    f"{event} for the same keys: S3 takes one target for each. Give them other prefixes or suffixes."
                )
    return ""


def _fault_in_arn(kind: _Kind, arn: str) -> str:
    found = _ARN.fullmatch(arn)
    if not found:
        return f"That is no ARN. One of a {kind.word} looks like {kind.example}."
    if found[2] != kind.service:
        return f"That is the ARN of something of {found[2]}, not of a {kind.word}."
    if not found[3] or not found[4]:
        return "The ARN must name a region and an account."
    if found[5].endswith(".fifo"):
        return "S3 cannot tell FIFO queues and topics: take a standard one."
    if not kind.resource.fullmatch(found[5]):
        return f"The name in the ARN is none of a {kind.word}: {kind.example}."
    return ""


def _events_both(one: Target, other: Target) -> Iterator[str]:
    for event in one.events:
        for another in other.events:
            if event == another or _holds(event, another):
                yield another
            elif _holds(another, event):
                yield event


def _holds(wide: str, event: str) -> bool:
    return wide.endswith("*") and event.startswith(wide[:-1])


def _keys_meet(one: Target, other: Target) -> bool:
    """True if a key can have the prefixes and suffixes of both."""
    before, after = (one.rule("prefix"), other.rule("prefix"))
    begins = before.startswith(after) or after.startswith(before)
    before, after = (one.rule("suffix"), other.rule("suffix"))
    return begins and (before.endswith(after) or after.endswith(before))
