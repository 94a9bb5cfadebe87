"""Which right a request wants, on what, and who has not got it: the words behind "access denied".

Source of the names: AWS service authorization reference, "Actions, resources, and condition keys for Amazon S3".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from tfm.model.location import Location
from tfm.model.past import version_of
from tfm.model.redact import redact
from tfm.model.text import safe_text

_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "HeadObject": "GetObject",
        "GetObjectAttributes": "GetObject",
        "SelectObjectContent": "GetObject",
        "HeadBucket": "ListBucket",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListObjectVersions": "ListBucketVersions",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListParts": "ListMultipartUploadParts",
        "CreateMultipartUpload": "PutObject",
        "UploadPart": "PutObject",
        "UploadPartCopy": "PutObject",
        "CompleteMultipartUpload": "PutObject",
        "CopyObject": "PutObject",
        "DeleteObjects": "DeleteObject",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketCors": "GetBucketCORS",
        "PutBucketCors": "PutBucketCORS",
        "DeleteBucketCors": "PutBucketCORS",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "GetBucketReplication": "GetReplicationConfiguration",
        "PutBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
        "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
        "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
        "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
        "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketTagging": "PutBucketTagging",
    }
)
"""Where the right has another name than the request."""

_OF_VERSIONS = ("GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging")
_OF_OBJECTS = re.compile(r"Object|MultipartUpload")

_AMAZONS_WORDS = re.compile(
    r"(?P<who>arn:[\w:/=,.@+-]+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: \"?(?P<what>[^\s\"]+)\"?)?(?: because (?P<why>[^\n]{1,200}))?"
)
"""What Amazon itself says, where it says more than the code."""

_LONGEST = 4096


_ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "AssumeRole": "sts",
        "GetCallerIdentity": "sts",
        "GetMetricStatistics": "cloudwatch",
        "ListMetrics": "cloudwatch",
        "PutMetricData": "cloudwatch",
    }
)
"""Requests of other services, whose rights are for all resources."""


def right_for(operation: str, location: Location) -> tuple[str, str]:
    """The action and the resource, as a policy names them, of an operation of the API on a place."""
    if operation in _ELSEWHERE:
        return f"{_ELSEWHERE[operation]}:{operation}", "*"
    name = _ACTIONS.get(operation, operation)
    if name in _OF_VERSIONS and version_of(location.root):
        name = name.replace("Object", "ObjectVersion", 1)
    if not location.container:
        return f"s3:{name}", "*"
    bucket = f"arn:aws:s3:::{location.container}"
    if name.startswith(("ListBucket", "GetBucket", "PutBucket")) or not _OF_OBJECTS.search(name):
        return f"s3:{name}", bucket
    return f"s3:{name}", f"{bucket}/{location.inner_key or '*'}"


def told_denied(operation: str, message: str, location: Location, who: str) -> str:
    """Sentences that say what is missing, with a blank in front: the server's own facts if it tells them.

    `who` is known of the credentials without asking anybody; empty where nothing is.
    """
    found = _AMAZONS_WORDS.search(message[:_LONGEST])
    if found:
        on = f" on {found['what']}" if found["what"] else ""
        why = f": {found['why'].rstrip('.')}" if found["why"] else ""
        return f" {safe_text(redact(found['who'] + ' may not ' + found['action'] + on + why))}."
    if not operation:
        return ""
    action, resource = right_for(operation, location)
    by = f" for {who}" if who else ""
    return f" It needs {action} on {safe_text(resource)}{by}."
