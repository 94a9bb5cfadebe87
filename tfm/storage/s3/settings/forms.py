"""Simple settings as fields of a form: what stands in them, and the document that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tfm.storage.bucket_facets import Field
from tfm.storage.s3.settings.documents import Document
from tfm.storage.s3.settings.words import items, part

_YES, _NO = "yes", "no"
_ON, _OFF, _SUSPENDED = "on", "off", "suspended"
_ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
_MOST_TAGS = 50
_NAME_LENGTH, _VALUE_LENGTH = 128, 256

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """How a document is shown in fields, and made from them. `make` raises ValueError."""

    fields: Callable[[Document], list[Field]]
    make: Callable[[Document, Values], Document]


def _state_fields(document: Document) -> list[Field]:
    now = {"Enabled": _ON, "Suspended": _SUSPENDED}.get(str(document.get("Status")), _OFF)
    choices = (_ON, _SUSPENDED) if now != _OFF else (_OFF, _ON)
    return [Field("state", "State", now, "", choices)]


def _state(document: Document, values: Values) -> Document:
    wanted = values.get("state")
    if wanted == _OFF:
        return document
    return {**document, "Status": "Enabled" if wanted == _ON else "Suspended"}


def _payer_fields(document: Document) -> list[Field]:
    now = _YES if document.get("Payer") == "Requester" else _NO
    return [Field("payer", "Whoever asks pays", now, "", (_NO, _YES))]


def _payer(_document: Document, values: Values) -> Document:
    return {"Payer": "Requester"} if values.get("payer") == _YES else {}


_BLOCKS = {
    "BlockPublicAcls": (
        "New public ACLs", "BlockPublicAcls: refuse access lists that let all in."
    ),
    "IgnorePublicAcls": ("Old public ACLs", "IgnorePublicAcls: those there are do not count."),
    "BlockPublicPolicy": (
        "New public policies", "BlockPublicPolicy: refuse policies that let all in."
    ),
    "RestrictPublicBuckets": (
        "Public by policy", "RestrictPublicBuckets: only this account gets in."
    ),
}  # fmt: skip


def _block_fields(document: Document) -> list[Field]:
    return [
        Field(name, label, _ON if document.get(name) is True else _OFF, hint, (_ON, _OFF))
        for name, (label, hint) in _BLOCKS.items()
    ]


def _blocks(_document: Document, values: Values) -> Document:
    return {name: values.get(name) == _ON for name in _BLOCKS}


def _ownership_fields(document: Document) -> list[Field]:
    kinds = [str(rule.get("ObjectOwnership")) for rule in items(document, "Rules")]
    now = kinds[0] if kinds else _OWNERSHIPS[-1]
    hint = "Enforced: no access lists."
    return [
        Field("kind", "Objects belong to", now, hint, (*_OWNERSHIPS, *({now} - set(_OWNERSHIPS))))
    ]


def _ownership(_document: Document, values: Values) -> Document:
    return {"Rules": [{"ObjectOwnership": values.get("kind", _OWNERSHIPS[0])}]}


def _encryption_fields(document: Document) -> list[Field]:
    rule: Mapping[str, Any] = next(iter(items(document, "Rules")), {})
    default = part(rule, "ApplyServerSideEncryptionByDefault")
    kind = str(default.get("SSEAlgorithm") or _ALGORITHMS[0])
    choices = (*_ALGORITHMS, *({kind} - set(_ALGORITHMS)))
    bucket_key = _ON if rule.get("BucketKeyEnabled") is True else _OFF
    hint = "On: fewer requests to KMS, which cost."
    return [
        Field("kind", "Encryption", kind, "AES256 is SSE-S3.", choices),
        Field(
            "key", "KMS key", str(default.get("KMSMasterKeyID") or ""),
            "Id, ARN or alias; empty for the key of AWS.",
        ),
        Field("bucket_key", "Bucket key", bucket_key, hint, (_ON, _OFF)),
    ]  # fmt: skip


def _encryption(document: Document, values: Values) -> Document:
    kind, key = values.get("kind", _ALGORITHMS[0]), values.get("key", "").strip()
    if key and "kms" not in kind:
        raise ValueError("AES256 has no key of its own: choose aws:kms, or empty the key.")
    default = {"SSEAlgorithm": kind, **({"KMSMasterKeyID": key} if key else {})}
    rules = items(document, "Rules")
    before = dict(rules[0]) if rules else {}
    made = {**before, "ApplyServerSideEncryptionByDefault": default}
    made.pop("BucketKeyEnabled", None)
    if "kms" in kind:
        made["BucketKeyEnabled"] = values.get("bucket_key") == _ON
    return {**document, "Rules": [made, *rules[1:]]}


def _tag_fields(document: Document) -> list[Field]:
    hint = "name = value; an empty line is no tag"
    told = [
        Field(f"tag {at}", "Tag", _tag_text(tag), hint)
        for at, tag in enumerate(items(document, "TagSet"))
    ]
    return [*told, Field("tag", "Tag", "", hint, more=True)]


def _tag_text(tag: Mapping[str, Any]) -> str:
    return f"{tag.get('Key')} = {tag.get('Value') or ''}".rstrip()


def _tags(document: Document, values: Values) -> Document:
    """What was left as it stood is taken as it was: its name may have an equals sign, its value blanks."""
    before = {_tag_text(tag).strip(): tag for tag in items(document, "TagSet")}
    rows: list[Mapping[str, Any]] = []
    for text in filter(str.strip, values.values()):
        if text.strip() in before:
            rows.append(before[text.strip()])
            continue
        name, sign, value = text.partition(" = ")
        if not sign:
            name, _, value = text.partition("=")
        rows.append({"Key": name.strip(), "Value": value.strip()})
    made = {"TagSet": rows} if rows else {}
    if fault := fault_in_tags(made) or fault_in_own_tags(document, made):
        raise ValueError(fault)
    return made


def fault_in_own_tags(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Why Amazon's own tags cannot be others than they are; empty if they are the same. None at all is a removal."""
    was, wanted = (
        {str(row.get("Key")): row.get("Value") for row in items(each, "TagSet") if _is_own(row)}
        for each in (before, after)
    )
    if not after or was == wanted:
        return ""
    return (
        "Tags whose names begin with aws: are Amazon's own: none is added, changed or taken away."
    )


def _is_own(row: Mapping[str, Any]) -> bool:
    return str(row.get("Key") or "").lower().startswith("aws:")


def fault_in_tags(document: Mapping[str, Any]) -> str:
    """Why no bucket can have these; empty if one can."""
    names = [str(row.get("Key") or "") for row in items(document, "TagSet")]
    if len(names) > _MOST_TAGS:
        return f"A bucket has {_MOST_TAGS} tags at most."
    if len(set(names)) < len(names):
        return "A tag of that name is there twice."
    for row in items(document, "TagSet"):
        name, value = str(row.get("Key") or ""), str(row.get("Value") or "")
        if not name or len(name) > _NAME_LENGTH:
            return f"The name of a tag has 1 to {_NAME_LENGTH} characters."
        if len(value) > _VALUE_LENGTH:
            return f"The value of a tag has {_VALUE_LENGTH} characters at most."
    return ""


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "tags": Form(_tag_fields, _tags),
        "versioning": Form(_state_fields, _state),
        "encryption": Form(_encryption_fields, _encryption),
        "public_access": Form(_block_fields, _blocks),
        "ownership": Form(_ownership_fields, _ownership),
        "requester_pays": Form(_payer_fields, _payer),
        "acceleration": Form(_state_fields, _state),
    }
)
