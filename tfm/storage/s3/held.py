"""What an object has besides its bytes: read from a HEAD, changed by an edit, stated to a copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.object_facets import Edit, Encryption, Held
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.customer import ALGORITHM
from tfm.storage.s3.facts import ALGORITHMS, entry_from, fault_in_metadata
from tfm.storage.s3.manners import UNKNOWN_REQUEST
from tfm.storage.s3.options import SSE_C

Attributes = dict[str, Any]
"""Parameters of a request that stores an object."""

HEADERS = MappingProxyType(
    {
        "Content-Type": "ContentType",
        "Cache-Control": "CacheControl",
        "Content-Disposition": "ContentDisposition",
        "Content-Encoding": "ContentEncoding",
        "Content-Language": "ContentLanguage",
        "Expires": "Expires",
    }
)
"""Headers that people change → fields of requests and answers."""

_KEPT = (
    *HEADERS.values(),
    "WebsiteRedirectLocation",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
)
ENCRYPTION = (
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
)
_GRANTS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE_ACP": "GrantWriteACP",
}
_NO_TYPES = ("binary/octet-stream", "application/octet-stream")
_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
_LEFT_TO_SERVER = ("ContentType", "ServerSideEncryption", "SSEKMSKeyId")
"""A server sets them itself where it is told nothing."""
_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def held_of(location: Location, head: Mapping[str, Any]) -> Held:
    """What a HEAD tells, in texts."""
    told = {name: str(head.get(field) or "") for name, field in HEADERS.items()}
    told["Expires"] = str(head.get("ExpiresString") or "")
    metadata = {str(name): str(value) for name, value in (head.get("Metadata") or {}).items()}
    return Held(
        entry_from(location, head),
        tuple(told.items()),
        tuple(sorted(metadata.items())),
        str(head.get("StorageClass") or "STANDARD"),
        encryption_of(head),
    )


def headers_of(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Those that an answer tells and that belong to the object, by their names in HTTP."""
    kept = {field: answer[field] for field in HEADERS.values() if answer.get(field)}
    drop_chunking(kept)
    kept.pop("Expires", None)
    if answer.get("ExpiresString"):
        kept["Expires"] = answer["ExpiresString"]
    return tuple((name, str(kept[field])) for name, field in HEADERS.items() if field in kept)


def headers_given(headers: Iterable[tuple[str, str]]) -> tuple[Attributes, tuple[str, ...]]:
    """The same as parameters for another object, and notes on what cannot be sent. A type that says nothing
    is left to whoever stores it.
    """
    given: Attributes = {}
    notes: list[str] = []
    for name, value in headers:
        told = safe_text(value)
        if name == "Expires":
            try:
                given[name] = parse_date(value)
            except ValueError:
                notes.append(f"Expires was not kept: {told} is no date that can be sent.")
        elif not value.isascii() or not value.isprintable():
            notes.append(f"{name} was not kept: {told} is more than printable ASCII.")
        elif value not in _NO_TYPES:
            given[HEADERS[name]] = value
    return given, tuple(notes)


def encryption_of(head: Mapping[str, Any]) -> Encryption:
    """How a HEAD says that the object is encrypted."""
    if head.get("SSECustomerAlgorithm"):
        return Encryption(SSE_C)
    kind = str(head.get("ServerSideEncryption") or "")
    return Encryption(kind, str(head.get("SSEKMSKeyId") or "") if "kms" in kind else "")


def stated(head: Mapping[str, Any]) -> Attributes:
    """Everything that a copy must be told, or it is lost: all but tags and grants.

    Raises StorageError if the server keeps some of it to itself.
    """
    if head.get("MissingMeta") or (head.get("ExpiresString") and not head.get("Expires")):
        raise StorageError("It has metadata that cannot be read, and so would be lost.")
    kept = {field: head[field] for field in _KEPT if head.get(field) not in (None, "")}
    drop_chunking(kept)
    until = kept.get("ObjectLockRetainUntilDate")
    if isinstance(until, datetime) and until <= datetime.now(UTC):
        # it is over, but shown for ever; a copy can only be locked until some time to come
        for field in ("ObjectLockMode", "ObjectLockRetainUntilDate"):
            kept.pop(field, None)
    kept["Metadata"] = dict(head.get("Metadata") or {})
    if str(head.get("StorageClass") or "STANDARD") != "STANDARD":
        kept["StorageClass"] = head["StorageClass"]
    kept |= encryption_parameters(encryption_of(head))
    if head.get("SSECustomerKeyMD5"):  # says which of the keys it is
        kept["SSECustomerKeyMD5"] = head["SSECustomerKeyMD5"]
    if "SSEKMSKeyId" in kept and "BucketKeyEnabled" in head:
        kept["BucketKeyEnabled"] = bool(head["BucketKeyEnabled"])
    return kept


def drop_chunking(attributes: Attributes) -> None:
    """Take out of the Content-Encoding what only belonged to an upload: some servers keep it."""
    encoding = [part.strip() for part in str(attributes.get("ContentEncoding", "")).split(",")]
    if "aws-chunked" in encoding:
        encoding.remove("aws-chunked")
        attributes["ContentEncoding"] = ",".join(encoding)
        if not encoding:
            del attributes["ContentEncoding"]


def encryption_parameters(wanted: Encryption) -> Attributes:
    """How a request asks for an encryption. A key of one's own is added where it is sent."""
    if wanted.kind == SSE_C:
        return {"SSECustomerAlgorithm": ALGORITHM}
    given: Attributes = {"ServerSideEncryption": wanted.kind} if wanted.kind else {}
    if wanted.key:
        given["SSEKMSKeyId"] = wanted.key
    return given


def edited(attributes: Attributes, edit: Edit, own_key: str = "") -> Attributes:
    """The attributes with what is to be another; `own_key` is the MD5 of the key for SSE-C."""
    wanted = {**attributes, "Metadata": dict(attributes["Metadata"])}
    for name, value in edit.headers:
        field = HEADERS[name]
        wanted.pop(field, None)
        if value:
            wanted[field] = parse_date(value) if field == "Expires" else value
    for name, value in edit.metadata:
        for old in [old for old in wanted["Metadata"] if old.lower() == name.lower()]:
            del wanted["Metadata"][old]
        if value:
            wanted["Metadata"][name] = value
    if edit.storage_class:
        wanted.pop("StorageClass", None)
        if edit.storage_class != "STANDARD":
            wanted["StorageClass"] = edit.storage_class
    if edit.encryption is not None:
        for field in ENCRYPTION:
            wanted.pop(field, None)
        wanted |= encryption_parameters(edit.encryption)
        if edit.encryption.kind == SSE_C:
            wanted["SSECustomerKeyMD5"] = own_key
    return wanted


def fault_in(edit: Edit) -> str:
    """Why no object can be given that; empty if one can."""
    for name, value in edit.headers:
        if not value.isascii() or not value.isprintable():
            return f"{name} takes printable ASCII only."
        if name == "Expires" and value:
            try:
                parse_date(value)
            except ValueError as error:
                return str(error)
    for name, value in edit.metadata:
        if fault := fault_in_metadata(name, value):
            return fault
    return ""


def parse_date(text: str) -> datetime:
    """`2026-12-01 08:00` in UTC, or as HTTP writes it. Raises ValueError."""
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError):
        raise ValueError("Expires: write 2026-12-01 08:00 (UTC).") from None


def differences(
    before: Mapping[str, Any], wanted: Attributes, after: Mapping[str, Any]
) -> tuple[list[str], list[str], list[str]]:
    """Fields that became another as wanted; that should have; that were lost."""
    was, now = _comparable(stated(before)), _comparable(stated(after))
    want = _comparable(wanted)
    # an alias leads to a key, which the server tells: that it is another one by now must do
    by_alias = "alias/" in str(wanted.get("SSEKMSKeyId", ""))
    done: list[str] = []
    refused: list[str] = []
    lost: list[str] = []
    for field in sorted(was.keys() | want.keys() | now.keys()):
        old, new, got = (each.get(field) for each in (was, want, now))
        if old != new:
            taken = got == new or (new is None and field in _LEFT_TO_SERVER)
            if field == "SSEKMSKeyId" and by_alias:
                taken = got not in (None, old)
            (done if taken else refused).append(field)
        elif got != new and new is not None:
            lost.append(field)
    return done, refused, lost


def _comparable(attributes: Attributes) -> dict[str, Any]:
    flat = {
        f"metadata {name.lower()}": value for name, value in attributes.get("Metadata", {}).items()
    }
    plain = {name: value for name, value in attributes.items() if name != "Metadata"}
    key = str(plain.get("SSEKMSKeyId", ""))
    if key:  # a server may tell the whole name of a key that was given by its id
        plain["SSEKMSKeyId"] = key.rpartition("/")[2]
    plain.pop("BucketKeyEnabled", None)
    plain.setdefault("StorageClass", "STANDARD")
    return plain | flat


def checksum_of(head: Mapping[str, Any], *, parts: bool) -> Attributes:
    """So that the copy has a checksum of the same kind; of parts where only that can be."""
    for algorithm in ALGORITHMS:
        if head.get(f"Checksum{algorithm}"):
            if not parts:
                return {"ChecksumAlgorithm": algorithm}
            whole = algorithm.startswith("CRC") and head.get("ChecksumType") != "COMPOSITE"
            kind = "FULL_OBJECT" if whole else "COMPOSITE"
            return {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    return {}


def grants_of(calls: Calls, location: Location) -> tuple[Attributes, tuple[str, ...]]:
    """Who else may reach it by its access list, which no copy keeps by itself; one request."""
    try:
        calls.check_subresources(location, "look at the access list of")
        answer = calls.send(
            "get_object_acl",
            location,
            "look at the access list of",
            bulk=True,
            Bucket=location.container,
            Key=location.inner_key,
        )
    except Unsupported:
        return {}, ()
    except StorageError as error:
        if error.code in UNKNOWN_REQUEST:
            return {}, ()
        told = safe_text(error.message)
        return {}, (f"If its access list let others in, it does so no more. {told}",)
    owner = str((answer.get("Owner") or {}).get("ID") or "")
    grants: dict[str, list[str]] = {}
    for row in answer.get("Grants") or ():
        who = row.get("Grantee") or {}
        name = f'uri="{who["URI"]}"' if who.get("URI") else f'id="{who.get("ID") or owner}"'
        if row.get("Permission") in _GRANTS:
            grants.setdefault(_GRANTS[row["Permission"]], []).append(name)
    alone = {"GrantFullControl": [f'id="{owner}"']}
    if grants in ({}, alone):
        return {}, ()
    if grants == {**alone, "GrantRead": [f'uri="{_EVERYBODY}"']}:
        return {"ACL": "public-read"}, ()  # taken also where single grants are not
    return {field: ", ".join(names) for field, names in grants.items()}, ()
