"""What is wrong with a document, before it is sent: held against the SDK's own model of the interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tfm.model.text import safe_text
from tfm.storage.s3.settings.documents import Document, as_text
from tfm.storage.s3.settings.forms import fault_in_tags
from tfm.storage.s3.settings.notifications import fault_in_notifications
from tfm.storage.s3.settings.table import Row, operation_name
from tfm.storage.s3.settings.words import items, part, principals, statements, texts

_LARGEST_POLICY = 20 * 1024
_POLICY = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
        "NotResource", "Condition",
    }
)  # fmt: skip
_FREE_WORDS = frozenset({"Event"})
"""Names of the model whose words grow without us: notifications check them themselves."""
_MOST_NAMED = 6


def fault_in(row: Row, document: Document, model: Any) -> str:
    """The first thing wrong; empty if nothing is. `model` is the service model of an SDK client."""
    if row.is_text:
        return fault_in_policy(document)
    inner = row.tidy({name: value for name, value in document.items() if name not in row.beside})
    members = model.operation_model(operation_name(row.put)).input_shape.members
    sent = [(inner, members[row.parameter])]
    sent += [(document[beside], members[beside]) for beside in row.beside if beside in document]
    for value, shape in sent:
        if fault := _by_model(value, shape) or _by_words(value, shape, ""):
            return fault
    check = _MORE.get(row.name)
    return check(document) if check is not None else ""


def _by_model(value: Any, shape: Any) -> str:
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(value, shape)
    if not report.has_errors():
        return ""
    first = report.generate_report().splitlines()[0]
    first = re.sub(r", type: <class '(\w+)'>, valid types: .*", r" (\1).", first)
    first = re.sub(r", valid types: .*", ".", first)
    told = first.replace("parameter in input", "member").replace("parameter", "member")
    told = told.replace("Missing required member", "What must be there is missing")
    return f"{safe_text(told)[:300].rstrip('.')}."


def _by_words(value: Any, shape: Any, where: str) -> str:
    """The SDK does not look whether a word is one of those that can stand there."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name, inner in value.items():
            if fault := _by_words(inner, shape.members[name], f"{where}.{name}".lstrip(".")):
                return fault
    elif shape.type_name == "list" and isinstance(value, list):
        for at, inner in enumerate(value):
            if fault := _by_words(inner, shape.member, f"{where}[{at}]"):
                return fault
    words = list(getattr(shape, "enum", ()) or ())
    if words and shape.name not in _FREE_WORDS and value not in words:
        known = ", ".join(words[:_MOST_NAMED]) + (" …" if len(words) > _MOST_NAMED else "")
        return f"{where} cannot be {safe_text(str(value))}. It is one of {known}."
    return ""


def fault_in_policy(document: Document) -> str:
    """What is wrong with a policy; the SDK knows nothing of what is inside."""
    if unknown := sorted(set(document) - _POLICY):
        return f"A policy has no {unknown[0]}: only Version, Id and Statement."
    rows = statements(document)
    found = document.get("Statement")
    if not rows or (isinstance(found, list) and len(rows) != len(found)):
        return "Statement is a list of statements in braces."
    for at, row in enumerate(rows):
        if fault := _fault_in_statement(row):
            return f"Statement {at + 1}: {fault}"
    return ""


def _fault_in_statement(row: Mapping[str, Any]) -> str:
    if unknown := sorted(set(row) - _STATEMENT):
        return f"it has no {unknown[0]}."
    if row.get("Effect") not in ("Allow", "Deny"):
        return "Effect is Allow or Deny."
    for name in ("Principal", "Action", "Resource"):
        if (name in row) == (f"Not{name}" in row):
            return f"it needs {name} or Not{name}, and only one of them."
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in row and not texts(row[name]):
            return f"{name} is a text or a list of texts."
    who = "Principal" if "Principal" in row else "NotPrincipal"
    if not principals(row, who):
        return f'{who} is "*" or such as {{"AWS": "arn:aws:iam::111122223333:root"}}.'
    return ""


def _fault_in_lifecycle(document: Document) -> str:
    for at, rule in enumerate(items(document, "Rules")):
        if "Prefix" not in rule and "Filter" not in rule:
            return f'Rule {at + 1}: what it is about is missing. "Filter": {{}} is everything.'
        if "Prefix" in rule and "Filter" in rule:
            return f"Rule {at + 1}: it has Prefix and Filter; leave Prefix out."
        acts = ("Expiration", "Transitions", "NoncurrentVersionTransitions")
        more = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
        if not any(rule.get(name) for name in (*acts, *more)):
            return f"Rule {at + 1}: it does nothing. Give it one of {', '.join((*acts, *more))}."
        chosen = part(rule, "Filter")
        if len(chosen) > 1:
            return f"Rule {at + 1}: several conditions of a Filter stand together in And."
    return ""


_MORE: Mapping[str, Callable[[Document], str]] = MappingProxyType(
    {
        "tags": fault_in_tags,
        "notifications": fault_in_notifications,
        "lifecycle": _fault_in_lifecycle,
    }
)


def too_large(row: Row, document: Document) -> str:
    """Why it is more than a bucket can keep; it counts as it is sent, without the blanks that people read it by."""
    size = len(as_text(document).encode("utf-8", "surrogateescape")) if row.is_text else 0
    if size > _LARGEST_POLICY:
        return f"A policy has 20 KB at most; this one has {size:,} bytes."
    return ""
