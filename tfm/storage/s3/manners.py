"""What one endpoint has shown of itself, and what is known of its make: the memory of a storage."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from collections.abc import Mapping, MutableMapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tfm.storage.s3.digest import base64_text, new_md5
from tfm.storage.s3.errors import code_of, status_of
from tfm.storage.s3.parse import local_name
from tfm.storage.s3.quirks import Server, by_address, by_answer, by_name
from tfm.storage.server_facets import Can

_SHOWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "delete_objects": "delete_many",
        "create_multipart_upload": "parts",
        "upload_part_copy": "part_copies",
        "list_multipart_uploads": "uploads",
        "get_object_tagging": "tags",
        "put_object_tagging": "tags",
        "get_object_acl": "access",
        "put_object_acl": "access",
        "restore_object": "restore",
        "get_bucket_versioning": "versions",
        "list_object_versions": "versions",
        "get_object_lock_configuration": "lock",
        "get_bucket_lifecycle_configuration": "lifecycle",
        "get_bucket_cors": "cors",
        "get_bucket_policy": "policy",
        "get_public_access_block": "public_access",
        "get_bucket_notification_configuration": "notifications",
        "get_bucket_encryption": "bucket_encryption",
        "get_bucket_request_payment": "requester_pays",
    }
)
"""Which ability an answer to a request speaks of."""

UNKNOWN_REQUEST: Final = frozenset(
    ("NotImplemented", "501", "MethodNotAllowed", "405", "XNotImplemented", "UnsupportedOperation")
)
"""What a server says of a request that it does not know."""
_DENIED = frozenset(("AccessDenied", "403", "AllAccessDisabled"))
_EMPTY_HANDED = frozenset(
    (
        "NoSuchLifecycleConfiguration",
        "NoSuchCORSConfiguration",
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "ObjectLockConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    )
)
"""What a server says that knows the request, and has nothing of the kind."""

_WITH_MORE = frozenset(("create_multipart_upload", "put_object_tagging", "put_object_acl"))
"""Requests with more in them than the question whether they are known."""

_SWITCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "conditions": "conditions",
        "copy_conditions": "copy_conditions",
        "subresources": "subresources",
        "list_v2": "list_v2",
        "delete_many": "batches",
        "block_acls": "blocks_acls",
    }
)
"""Abilities that are attributes of `Manners`: what is false of a make of server is not tried there."""

_SUBRESOURCES = (
    *("GetBucketVersioning", "GetBucketLifecycleConfiguration", "GetBucketCors"),
    *("GetPublicAccessBlock", "GetBucketEncryption", "GetBucketNotificationConfiguration"),
    *("GetBucketRequestPayment", "GetObjectLockConfiguration", "GetBucketAcl", "GetBucketTagging"),
    *("GetBucketLogging", "GetBucketWebsite", "GetBucketAccelerateConfiguration"),
    *("GetBucketLocation", "GetBucketPolicyStatus", "ListBucketInventoryConfigurations"),
    *("ListBucketAnalyticsConfigurations", "ListBucketMetricsConfigurations"),
    "ListBucketIntelligentTieringConfigurations",
    *(
        "GetBucketOwnershipControls",
        "GetBucketReplication",
        "GetBucketPolicy",
        "GetObjectAcl",
        "GetObjectTagging",
    ),
)
_STRANGERS = frozenset(("", "ListBucketResult", "ListAllMyBucketsResult", "html"))
_NOT_IMPLEMENTED = (
    b"<Error><Code>NotImplemented</Code><Message>answered as if something else was asked"
    b"</Message></Error>"
)


class Sighting(NamedTuple):
    """What an answer showed; `sure` after a trial that looked at what came of it."""

    can: Can
    what: str = ""
    sure: bool = False


class Manners:
    """What this endpoint does, as far as its make and its answers have shown it.

    `conditions` is false once it refused or ignored a conditional write, `compares` true once it is known
    to heed them, `etag_is_md5` false once a stored
    object came back right under an ETag that is not its MD5. `copy_conditions` is false where those of
    a copy are known to be ignored, `copies_met` true once that is known for certain. `guards_copies` is true
    where copies of that make are told not to replace anything. `subresources` is false
    where `?tagging` and the like are not heard, so that a write meant for the tags would replace the object.
    `bare_etags` is true once it took the ETag of a condition only without its quotes. `list_v2` is
    None until it is known whether ListObjectsV2 is, `batches` false once DeleteObjects was not.
    `blocks_acls` is false where a bucket that blocks access lists takes no objects. `markers` is
    None until it is known whether `a/` is kept apart from `a`. `successes` counts requests that succeeded. Wrong reads
    between threads cost one request, never data.
    """

    def __init__(self, provider: str = "") -> None:
        self.conditions = True
        self.compares = False
        self.copy_conditions = True
        self.copies_met = False
        self.guards_copies = False
        self.subresources = True
        self.bare_etags = False
        self.etag_is_md5 = True
        self.list_v2: bool | None = None
        self.batches = True
        self.blocks_acls = True
        self.max_buckets = True
        self.markers: bool | None = None
        self.met = False
        self.successes = 0
        self.server: Server | None = None
        self.recognised = ""
        self._lock = threading.Lock()
        self._seen: dict[str, Sighting] = {}
        self._recognise(by_name(provider), "as S3_CONNECTIONS says")

    # -- who it is ---------------------------------------------------------------------------------

    def reached_at(self, endpoint_url: str) -> None:
        """The address is known now."""
        self._recognise(by_address(endpoint_url), "by its address")

    def meet(self, answer: Mapping[str, Any]) -> None:
        """Learn from the first answer who answers: some ignore conditions in silence."""
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        if self.met or not headers:
            return
        self._recognise(by_answer(headers), "by its answers")
        self.met = True

    def _recognise(self, server: Server | None, how: str) -> None:
        with self._lock:
            if server is None or self.server is not None:
                return
            self.server, self.recognised = server, how
            heeds = server.facts.get("conditions")
            self.compares = heeds is not None and heeds.can is Can.YES
            copies = server.facts.get("copy_conditions")
            self.guards_copies = copies is not None and copies.can is not Can.NO
            for name, attribute in _SWITCHES.items():
                told = server.facts.get(name)
                if told is not None and told.can is Can.NO:
                    setattr(self, attribute, False)

    # -- what it does ------------------------------------------------------------------------------

    def sighting(self, name: str) -> Sighting | None:
        """What its answers have shown of an ability."""
        return self._seen.get(name)

    def saw(self, name: str, can: Can, what: str = "", *, sure: bool = False) -> None:
        """An answer shows something. A trial counts more than what was said, and yes more than denied."""
        with self._lock:
            old = self._seen.get(name)
            if old is not None and old.sure and not sure:
                return
            # this make is known to take it and to ignore it: a success proves nothing
            if can is Can.YES and not sure and self.lacks(name):
                return
            if can is Can.DENIED and old is not None and old.can is not Can.DENIED:
                return
            self._seen[name] = Sighting(can, what, sure)

    def lacks(self, name: str) -> bool:
        """Whether this make is known to have no such ability, by the table."""
        told = None if self.server is None else self.server.facts.get(name)
        return told is not None and told.can is Can.NO

    def note(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        answer: Mapping[str, Any] | None,
        error: BaseException | None = None,
    ) -> None:
        """Learn from one request and its answer, whoever made it for whatever purpose."""
        name = _SHOWS.get(operation, "")
        if error is None:
            if name:
                self.saw(name, Can.YES)
            if operation in ("head_object", "get_object") and answer is not None:
                self._note_object(answer)
            return
        code = code_of(error) or str(status_of(error))
        if code in ("PreconditionFailed", "412"):
            self._note_refusal(operation, parameters)
        elif operation in _WITH_MORE or "VersionId" in parameters:
            return  # what was refused may be what came with it, or that one version
        elif name and code in UNKNOWN_REQUEST:
            self.saw(name, Can.NO, f"it answers {code}")
        elif name and code in _EMPTY_HANDED:
            self.saw(name, Can.YES)
        elif name and code in _DENIED:
            self.saw(name, Can.DENIED)

    def _note_object(self, answer: Mapping[str, Any]) -> None:
        if any(field.startswith(("ChecksumC", "ChecksumS")) for field in answer):
            self.saw("checksums", Can.YES)
        kind = str(answer.get("ServerSideEncryption") or "")
        if kind:
            self.saw("kms" if kind.startswith("aws:kms") else "server_keys", Can.YES)
        if answer.get("SSECustomerAlgorithm"):
            self.saw("customer_keys", Can.YES)
        if str(answer.get("StorageClass") or "STANDARD") != "STANDARD":
            self.saw("classes", Can.YES)

    def _note_refusal(self, operation: str, parameters: Mapping[str, Any]) -> None:
        if operation in ("put_object", "complete_multipart_upload") and (
            "IfNoneMatch" in parameters or "IfMatch" in parameters
        ):
            self.compares = True
            self.saw("conditions", Can.YES)
        elif operation == "copy_object" and "CopySourceIfMatch" in parameters:
            self.saw("copy_conditions", Can.YES)

    def encodes(self, answer: Mapping[str, Any]) -> bool:
        """Whether keys of unfinished uploads came encoded, as was asked."""
        silently = self.server is not None and self.server.encodes_silently
        return silently or answer.get("EncodingType") == "url"


def check_shape(
    operation_model: Any, response_dict: MutableMapping[str, Any], **_more: object
) -> None:
    """A `before-parse` hook: what answers a question about a bucket with something else is an error.

    Weak servers do not look at `?lifecycle` and the like, and answer with a listing or with the object.
    """
    if operation_model.name not in _SUBRESOURCES or response_dict.get("status_code") != 200:
        return
    body = response_dict.get("body")
    if isinstance(body, bytes) and not _fits(operation_model.name, body):
        response_dict["status_code"] = 501
        response_dict["body"] = _NOT_IMPLEMENTED


def _fits(operation: str, body: bytes) -> bool:
    """A policy is JSON, everything else an XML document that is no listing."""
    if operation == "GetBucketPolicy":
        return body.lstrip().startswith(b"{")
    return _root_of(body) not in _STRANGERS


def _root_of(body: bytes) -> str:
    try:
        return local_name(ET.fromstring(body).tag)  # noqa: S314 - expat of today limits entity expansion
    except ET.ParseError:
        return ""


def watch_shapes(client: Any) -> None:
    """Hold the answers to questions about buckets and objects of this client against their shape.

    The SDK's own hook, `before-parse.s3.*`, takes what is no XML for a fault that passes. Of two names that
    fit, the one with the earlier asterisk is called first.
    """
    client.meta.events.register("before-parse.*.*", check_shape)


def sign_with_md5(client: Any) -> None:
    """Old servers insist on Content-MD5 with every document, which today's SDK no longer sends."""
    client.meta.events.register(
        "before-sign.s3", _add_content_md5, unique_id="tfm-content-md5-of-all"
    )


def _add_content_md5(request: Any, operation_name: str, **_more: object) -> None:
    if not operation_name.startswith(("Put", "Delete")) or operation_name == "PutObject":
        return  # the bytes of objects have theirs already
    body = request.data if isinstance(request.data, bytes) else str(request.data or "").encode()
    if body and "Content-MD5" not in request.headers:
        digest = new_md5()
        digest.update(body)
        request.headers["Content-MD5"] = base64_text(digest.digest())
