"""The table of settings: one row for each, with the requests that read, write and remove it.

A document is what the request that writes it takes; a row says how to make it from the answer of the
one that reads it. What no request of this table writes can only be shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tfm.storage.s3.settings import words
from tfm.storage.s3.settings.documents import Document
from tfm.storage.s3.settings.lifecycle import lifecycle_words
from tfm.storage.s3.settings.notifications import notification_words, tidied

KEEPING = "Keeping"
ACCESS = "Access"
TELLING = "Telling others"
PAYING = "Paying and speed"
ABOUT = "About it"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. `get`, `put` and `delete` are operations of the SDK.

    `members` are those of the answer that make up the document, all but the metadata where none is
    named; with `alone` the document is the value of the only member. `parameter` takes the document
    when it is written, `beside` are members of it that go as parameters of their own. Without `delete` a
    setting is taken away by writing `empty`, or stays if that is None. `plain` is a document that means the
    same as none; `falls_back` is what a server may have where it was taken away. `noun` is what a sentence calls
    it, if not by its title. `is_text` where the document travels as a text; `of_objects` where what is told of objects
    depends on it. `tidy` gives what can be written in several ways one form.
    """

    name: str
    title: str
    group: str
    get: str
    words: Callable[[Document], list[str]]
    unset: str = "not set"
    members: tuple[str, ...] = ()
    alone: bool = False
    put: str = ""
    parameter: str = ""
    beside: tuple[str, ...] = ()
    delete: str = ""
    empty: Mapping[str, Any] | None = None
    plain: Mapping[str, Any] | None = None
    falls_back: Mapping[str, Any] | None = None
    fixed: str = ""
    form: bool = False
    part: str = ""
    noun: str = ""
    is_text: bool = False
    of_objects: bool = False
    tidy: Callable[[Document], Document] = dict

    @property
    def pages(self) -> bool:
        """Whether it is read in pages, each of which has some of the members."""
        return self.get.startswith(_LISTS)

    def document(self, answer: Mapping[str, Any]) -> Document:
        """What an answer says, as it would be written."""
        return self.tidy(self._plain_document(answer))

    def _plain_document(self, answer: Mapping[str, Any]) -> Document:
        if self.is_text:
            found = json.loads(str(answer.get(self.members[0]) or "{}"))
            return found if isinstance(found, dict) else {}
        if self.alone:
            value = answer.get(self.members[0])
            return dict(value) if isinstance(value, Mapping) else {}
        names = self.members or [name for name in answer if name != "ResponseMetadata"]
        found = {name: answer[name] for name in names if answer.get(name) not in (None, "", [])}
        return {} if self.plain is not None and found == self.plain else found


_LISTS = "list_bucket_"
"""How operations begin that answer in pages."""
_ONLY_SHOWN = "tfm only shows it"
_FIXED_REGION = "a bucket stays in the region it was made in"
_FOLLOWS = "it follows from the policy and the block"

_SSE_S3 = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}

_ROWS = (
    Row(
        "region", "Region", ABOUT, "get_bucket_location", words.region, unset="us-east-1",
        members=("LocationConstraint",), fixed=_FIXED_REGION,
    ),
    Row(
        "tags", "Tags", ABOUT, "get_bucket_tagging", words.tags, unset="none", members=("TagSet",),
        put="put_bucket_tagging", parameter="Tagging", delete="delete_bucket_tagging", form=True,
    ),
    Row(
        "versioning", "Versioning", KEEPING, "get_bucket_versioning", words.versioning,
        unset="off: what is overwritten or deleted is gone", members=("Status", "MFADelete"),
        put="put_bucket_versioning", parameter="VersioningConfiguration", form=True,
    ),
    Row(
        "lifecycle", "Lifecycle", KEEPING, "get_bucket_lifecycle_configuration", lifecycle_words,
        unset="no rules: everything stays", members=("Rules", "TransitionDefaultMinimumObjectSize"),
        put="put_bucket_lifecycle_configuration", parameter="LifecycleConfiguration",
        beside=("TransitionDefaultMinimumObjectSize",), delete="delete_bucket_lifecycle",
        of_objects=True,
    ),
    Row(
        "object_lock", "Object lock", KEEPING, "get_object_lock_configuration", words.object_lock,
        unset="off", members=("ObjectLockConfiguration",), alone=True,
        put="put_object_lock_configuration", parameter="ObjectLockConfiguration",
    ),
    Row(
        "replication", "Replication", KEEPING, "get_bucket_replication", words.replication,
        unset="off", members=("ReplicationConfiguration",), alone=True, fixed=_ONLY_SHOWN,
    ),
    Row(
        "encryption", "Default encryption", ACCESS, "get_bucket_encryption", words.encryption,
        unset="none of its own", members=("ServerSideEncryptionConfiguration",), alone=True,
        put="put_bucket_encryption", delete="delete_bucket_encryption",
        parameter="ServerSideEncryptionConfiguration", form=True, falls_back=_SSE_S3,
    ),
    Row(
        "public_access", "Public access block", ACCESS, "get_public_access_block",
        words.public_access, unset="off: policies and access lists may let everybody in",
        members=("PublicAccessBlockConfiguration",), alone=True, put="put_public_access_block",
        delete="delete_public_access_block", parameter="PublicAccessBlockConfiguration", form=True,
    ),
    Row(
        "policy", "Policy", ACCESS, "get_bucket_policy", words.policy, unset="none",
        members=("Policy",), is_text=True, put="put_bucket_policy", parameter="Policy",
        delete="delete_bucket_policy",
    ),
    Row(
        "policy_status", "Public by policy", ACCESS, "get_bucket_policy_status",
        words.policy_status, unset="no: there is no policy", members=("PolicyStatus",), alone=True,
        fixed=_FOLLOWS, noun="policy status",
    ),
    Row(
        "ownership", "Ownership", ACCESS, "get_bucket_ownership_controls", words.ownership,
        unset="whoever stores an object owns it", members=("OwnershipControls",), alone=True,
        put="put_bucket_ownership_controls", delete="delete_bucket_ownership_controls",
        parameter="OwnershipControls", form=True,
    ),
    Row(
        "acl", "Access list", ACCESS, "get_bucket_acl", words.acl, members=("Owner", "Grants"),
        put="put_bucket_acl", parameter="AccessControlPolicy",
    ),
    Row(
        "cors", "CORS", ACCESS, "get_bucket_cors", words.cors,
        unset="none: browsers of other sites get nothing", members=("CORSRules",),
        noun="CORS rules", put="put_bucket_cors", parameter="CORSConfiguration",
        delete="delete_bucket_cors",
    ),
    Row(
        "notifications", "Notifications", TELLING, "get_bucket_notification_configuration",
        notification_words, unset="nobody is told", put="put_bucket_notification_configuration",
        parameter="NotificationConfiguration", empty={}, part="target", tidy=tidied,
    ),
    Row(
        "logging", "Access log", TELLING, "get_bucket_logging", words.logging, unset="off",
        members=("LoggingEnabled",), put="put_bucket_logging", parameter="BucketLoggingStatus",
        empty={},
    ),
    Row(
        "website", "Website", TELLING, "get_bucket_website", words.website, unset="off",
        put="put_bucket_website", parameter="WebsiteConfiguration", delete="delete_bucket_website",
    ),
    Row(
        "inventory", "Inventory", TELLING, "list_bucket_inventory_configurations",
        words.named("report"), unset="none", members=("InventoryConfigurationList",),
        fixed=_ONLY_SHOWN,
    ),
    Row(
        "analytics", "Class analysis", TELLING, "list_bucket_analytics_configurations",
        words.named("analysis"), unset="none", members=("AnalyticsConfigurationList",),
        fixed=_ONLY_SHOWN,
    ),
    Row(
        "metrics", "Request metrics", TELLING, "list_bucket_metrics_configurations",
        words.named("filter"), unset="none", members=("MetricsConfigurationList",),
        fixed=_ONLY_SHOWN,
    ),
    Row(
        "requester_pays", "Requester pays", PAYING, "get_bucket_request_payment",
        words.requester_pays, unset="no: the owner of the bucket pays", members=("Payer",),
        put="put_bucket_request_payment", parameter="RequestPaymentConfiguration",
        empty={"Payer": "BucketOwner"}, plain={"Payer": "BucketOwner"}, form=True, noun="payer",
    ),
    Row(
        "acceleration", "Acceleration", PAYING, "get_bucket_accelerate_configuration",
        words.acceleration, unset="off", members=("Status",),
        put="put_bucket_accelerate_configuration", parameter="AccelerateConfiguration", form=True,
    ),
    Row(
        "tiering", "Intelligent tiering", PAYING, "list_bucket_intelligent_tiering_configurations",
        words.named("rule"), unset="no archive tiers",
        members=("IntelligentTieringConfigurationList",), fixed=_ONLY_SHOWN,
    ),
)  # fmt: skip

ROWS: Mapping[str, Row] = MappingProxyType({row.name: row for row in _ROWS})


def operation_name(method: str) -> str:
    """`PutBucketTagging` for `put_bucket_tagging`."""
    return "".join(word.capitalize() for word in method.split("_"))
