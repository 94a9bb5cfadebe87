"""What a request to S3 means and what AWS would refuse in it; no sockets here.

`classify(method, target, headers)` names the operation (as boto3 does), bucket and key (path style).
`Payload` gives the object bytes inside a body, also when they travel aws-chunked; `digest_fault` and
`request_fault` return the answer AWS would give where the servers of tests/servers say yes.
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final, Protocol
from urllib.parse import parse_qsl, unquote, unquote_to_bytes
from xml.sax.saxutils import escape

BLOCK: Final = 64 * 1024
KEY_LIMIT: Final = 1024
DELETE_LIMIT: Final = 1000

_SUBRESOURCES: Final = {
    "acl": "Acl",
    "attributes": "Attributes",
    "legal-hold": "LegalHold",
    "retention": "Retention",
    "tagging": "Tagging",
    "torrent": "Torrent",
    "accelerate": "AccelerateConfiguration",
    "cors": "Cors",
    "encryption": "Encryption",
    "lifecycle": "LifecycleConfiguration",
    "location": "Location",
    "logging": "Logging",
    "notification": "NotificationConfiguration",
    "object-lock": "ObjectLockConfiguration",
    "ownershipControls": "OwnershipControls",
    "policy": "Policy",
    "policyStatus": "PolicyStatus",
    "publicAccessBlock": "PublicAccessBlock",
    "replication": "Replication",
    "requestPayment": "RequestPayment",
    "versioning": "Versioning",
    "website": "Website",
}
_VERBS: Final = {"GET": "Get", "PUT": "Put", "DELETE": "Delete", "HEAD": "Head", "POST": "Post"}
_BARE: Final = ("PublicAccessBlock", "ObjectLockConfiguration")
"""Operations whose name does not repeat "Bucket"."""


@dataclass(frozen=True)
class Meaning:
    """What a request asks for; `query` keeps one value per name, decoded."""

    op: str
    bucket: str
    key: str
    query: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """An error answer in S3's form."""

    status: int
    code: str
    message: str = ""

    def body(self, resource: str = "") -> bytes:
        """The XML document."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message>"
            f"<Resource>{escape(resource)}</Resource><RequestId>PROXY0</RequestId></Error>"
        ).encode("utf-8", "replace")


def classify(method: str, target: str, headers: Mapping[str, str]) -> Meaning:
    """Name the operation. `headers` must have lower-case names."""
    path, _, query_text = target.partition("?")
    query = dict(parse_qsl(query_text, keep_blank_values=True, errors="surrogateescape"))
    bucket, _, key = path.removeprefix("/").partition("/")
    name = unquote_to_bytes(key).decode("utf-8", "surrogateescape")
    if not bucket:
        return Meaning("ListBuckets" if method == "GET" else method, "", "", query)
    copies = "x-amz-copy-source" in headers
    op = _object_op(method, query, copies) if name else _bucket_op(method, query)
    return Meaning(op, unquote(bucket), name, query)


def _subresource(method: str, noun: str, query: Mapping[str, str]) -> str | None:
    for parameter, suffix in _SUBRESOURCES.items():
        if parameter in query:
            owner = "" if suffix in _BARE else noun
            return f"{_VERBS.get(method, method)}{owner}{suffix}"
    return None


def _object_op(method: str, query: Mapping[str, str], copies: bool) -> str:
    special = {
        ("PUT", "partNumber"): "UploadPartCopy" if copies else "UploadPart",
        ("PUT", "renameObject"): "RenameObject",
        ("GET", "uploadId"): "ListParts",
        ("DELETE", "uploadId"): "AbortMultipartUpload",
        ("POST", "uploadId"): "CompleteMultipartUpload",
        ("POST", "uploads"): "CreateMultipartUpload",
        ("POST", "restore"): "RestoreObject",
        ("POST", "select"): "SelectObjectContent",
    }
    for (verb, parameter), op in special.items():
        if verb == method and parameter in query:
            return op
    if named := _subresource(method, "Object", query):
        return named
    if method == "PUT" and copies:
        return "CopyObject"
    return f"{_VERBS.get(method, method)}Object"


def _bucket_op(method: str, query: Mapping[str, str]) -> str:
    if method == "POST" and "delete" in query:
        return "DeleteObjects"
    if method == "GET":
        for parameter, op in (
            ("uploads", "ListMultipartUploads"),
            ("versions", "ListObjectVersions"),
        ):
            if parameter in query:
                return op
    if named := _subresource(method, "Bucket", query):
        return named
    if method == "GET":
        return "ListObjectsV2" if query.get("list-type") == "2" else "ListObjects"
    return {"PUT": "CreateBucket", "HEAD": "HeadBucket", "DELETE": "DeleteBucket"}.get(
        method, method
    )


@dataclass(frozen=True)
class Payload:
    """The object bytes of a spooled request body: (offset in the body, length) of each run of them."""

    runs: tuple[tuple[int, int], ...]
    trailers: Mapping[str, str]

    @property
    def length(self) -> int:
        """Bytes of the object."""
        return sum(length for _, length in self.runs)

    def place(self, offset: int) -> int | None:
        """Where byte `offset` of the object (negative: from its end) sits in the body; None outside."""
        offset += self.length if offset < 0 else 0
        for start, length in self.runs:
            if 0 <= offset < length:
                return start + offset
            offset -= length
        return None

    def blocks(self, body: IO[bytes]) -> Iterator[bytes]:
        """The object bytes."""
        for start, length in self.runs:
            body.seek(start)
            while length:
                block = body.read(min(BLOCK, length))
                if not block:
                    return
                length -= len(block)
                yield block


def payload(body: IO[bytes], length: int, headers: Mapping[str, str]) -> Payload:
    """Find the object bytes. An aws-chunked body that does not parse has those found up to there."""
    coded = "aws-chunked" in headers.get("content-encoding", "").lower()
    if not coded and not headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return Payload(((0, length),), {})
    runs: list[tuple[int, int]] = []
    trailers: dict[str, str] = {}
    body.seek(0)
    while line := body.readline():
        digits = line.split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]+", digits):
            break
        size = int(digits, 16)
        if size == 0:
            for trailer in iter(body.readline, b""):
                name, colon, value = trailer.decode("latin-1").partition(":")
                if colon:
                    trailers[name.strip().lower()] = value.strip()
            break
        runs.append((body.tell(), size))
        body.seek(size + 2, 1)
    return Payload(tuple(runs), trailers)


class _Digest(Protocol):
    def update(self, block: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self.value = 0

    def update(self, block: bytes, /) -> None:
        self.value = zlib.crc32(block, self.value)

    def digest(self) -> bytes:
        return self.value.to_bytes(4, "big")


DIGESTS: Final[Mapping[str, Callable[[], _Digest]]] = {
    "content-md5": hashlib.md5,
    "x-amz-checksum-crc32": _Crc32,
    "x-amz-checksum-sha1": hashlib.sha1,
    "x-amz-checksum-sha256": hashlib.sha256,
}


def declared_digests(op: str, headers: Mapping[str, str], found: Payload) -> dict[str, str]:
    """Digests the sender declared for this body, by header or trailer, that can be recomputed here."""
    if op in ("CompleteMultipartUpload", "CreateMultipartUpload", "CopyObject", "UploadPartCopy"):
        return {}  # there they speak of the object, not of this body
    given = {**headers, **found.trailers}
    return {name: given[name] for name in DIGESTS if name in given}


def digest_fault(declared: Mapping[str, str], found: Payload, body: IO[bytes]) -> Fault | None:
    """BadDigest when a declared digest is not that of the bytes."""
    if not declared:
        return None
    running: dict[str, _Digest] = {name: DIGESTS[name]() for name in declared}
    for block in found.blocks(body):
        for digest in running.values():
            digest.update(block)
    for name, digest in running.items():
        if base64.b64encode(digest.digest()).decode() != declared[name]:
            return Fault(
                400, "BadDigest", f"The {name} you specified did not match what we received."
            )
    return None


def request_fault(meaning: Meaning, body: IO[bytes]) -> Fault | None:
    """What AWS refuses by looking at the request alone."""
    if len(meaning.key.encode("utf-8", "surrogateescape")) > KEY_LIMIT:
        return Fault(400, "KeyTooLongError", "Your key is too long")
    if meaning.op == "DeleteObjects":
        body.seek(0)
        if body.read().count(b"<Object>") > DELETE_LIMIT:
            return Fault(400, "MalformedXML", "The XML you provided was not well-formed")
    return None


def xml_texts(document: bytes, tag: str) -> list[str]:
    """The texts of the elements named `tag`; a pattern is enough for the documents read here."""
    found = re.findall(rf"<{tag}(?:\s[^>]*)?>([^<]*)</{tag}>".encode(), document)
    return [text.decode("utf-8", "replace") for text in found]
