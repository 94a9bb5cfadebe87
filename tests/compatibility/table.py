"""All checks in the order of the page. A new feature is one row here, and a function that proves it."""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.compatibility import buckets, objects, settings
from tests.compatibility.settings import Written
from tests.compatibility.site import Check


class Row(NamedTuple):
    """One feature: its group, how the page calls it, the name in `results.json`, what proves it."""

    group: str
    title: str
    name: str
    check: Check


_LISTING, _MOVING, _SAFETY = "Listings", "Files up, down and about", "Conditions"
_PROOF, _BESIDE, _HISTORY = "Checksums kept", "Beside the bytes", "History"
_SECRETS, _PEOPLE, _BUCKET = "Encryption", "Links and logins", "Buckets and their settings"

ROWS: Final[tuple[Row, ...]] = (
    Row(_LISTING, "A directory", "list", objects.listing),
    Row(_LISTING, "Several pages (version 2)", "list_v2", objects.pages),
    Row(_LISTING, "By the first version", "list_v1", objects.first_version),
    Row(_LISTING, "Odd keys: `//`, `..`, `a` beside `a/b`", "odd_names", objects.odd_names),
    Row(_LISTING, "Empty directories", "markers", objects.markers),
    Row(_MOVING, "Upload, with its time", "upload", objects.upload),
    Row(_MOVING, "Download", "download", objects.download),
    Row(_MOVING, "A part of a file", "ranges", objects.ranges),
    Row(_MOVING, "Upload in parts", "large_upload", objects.large_upload),
    Row(_MOVING, "Download in ranges", "large_download", objects.large_download),
    Row(_MOVING, "Copy by the server", "server_copy", objects.server_copy),
    Row(_MOVING, "Copy in parts, as above 5 GiB", "copy_in_parts", objects.copy_in_parts),
    Row(_MOVING, "Batch delete", "batch_delete", objects.batch_delete),
    Row(_SAFETY, "Write", "conditional_put", objects.conditional_put),
    Row(_SAFETY, "Read", "conditional_get", objects.conditional_get),
    Row(_SAFETY, "Copy", "conditional_copy", objects.conditional_copy),
    Row(_SAFETY, "Delete", "conditional_delete", objects.conditional_delete),
    Row(_PROOF, "CRC-32", "crc32", objects.crc32),
    Row(_PROOF, "CRC-32C", "crc32c", objects.crc32c),
    Row(_PROOF, "CRC-64/NVME", "crc64nvme", objects.crc64),
    Row(_PROOF, "SHA-1", "sha1", objects.sha1),
    Row(_PROOF, "SHA-256", "sha256", objects.sha256),
    Row(_BESIDE, "Tags", "tags", objects.tags),
    Row(_BESIDE, "Tags kept on copies", "tags_kept", objects.tags_kept),
    Row(_BESIDE, "Headers and metadata changed", "metadata", objects.metadata),
    Row(_BESIDE, "Storage class at upload", "class_at_upload", objects.class_at_upload),
    Row(_BESIDE, "Storage class changed", "class_changed", objects.class_changed),
    Row(_BESIDE, "Restore from the archive", "restore", objects.restore),
    Row(_BESIDE, "Access lists", "access", objects.access),
    Row(_HISTORY, "Versions listed and read", "versions", buckets.versions),
    Row(_HISTORY, "Undelete, versions deleted", "undelete", buckets.undelete),
    Row(_HISTORY, "A directory as it was", "time_travel", buckets.time_travel),
    Row(_SECRETS, "SSE-S3", "server_keys", buckets.server_keys),
    Row(_SECRETS, "SSE-KMS", "key_service", buckets.key_service),
    Row(_SECRETS, "SSE-C", "customer_key", buckets.customer_key),
    Row(
        _SECRETS, "SSE-C, copied by the server", "customer_key_copied", buckets.customer_key_copied
    ),
    Row(_PEOPLE, "Link to download", "link_down", buckets.link_down),
    Row(_PEOPLE, "Link to upload", "link_up", buckets.link_up),
    Row(_PEOPLE, "Form to upload", "form_up", buckets.form_up),
    Row(_PEOPLE, "A wrong secret is told", "wrong_secret", buckets.wrong_secret),
    Row(_PEOPLE, "What is missing is told", "missing", buckets.missing),
    Row(_PEOPLE, "The make is recognised", "recognised", buckets.recognised),
    Row(_BUCKET, "Made, looked at, removed", "made", settings.made_and_removed),
    Row(_BUCKET, "Unfinished uploads", "uploads", settings.unfinished),
    Row(_BUCKET, "Object lock", "lock", settings.locked),
    Row(_BUCKET, "Legal hold of an object", "hold", settings.held),
    Row(_BUCKET, "Tags", "bucket_tags", Written("tags", settings.TAGS)),
    Row(_BUCKET, "Lifecycle: expiry", "lifecycle", Written("lifecycle", settings.LIFECYCLE)),
    Row(
        _BUCKET,
        "Lifecycle: unfinished uploads",
        "lifecycle_uploads",
        Written("lifecycle", settings.UNFINISHED),
    ),
    Row(_BUCKET, "CORS rules", "cors", Written("cors", settings.CORS)),
    Row(_BUCKET, "Policy", "policy", Written("policy", settings.POLICY)),
    Row(
        _BUCKET,
        "Public access block",
        "public_access",
        Written("public_access", settings.PUBLIC_ACCESS),
    ),
    Row(_BUCKET, "Ownership", "ownership", Written("ownership", settings.OWNERSHIP)),
    Row(_BUCKET, "Access list, read", "bucket_acl", settings.read("acl")),
    Row(
        _BUCKET,
        "Default encryption",
        "bucket_encryption",
        Written("encryption", settings.ENCRYPTION),
    ),
    Row(_BUCKET, "Notifications, read", "notifications", settings.read("notifications")),
    Row(_BUCKET, "Website", "website", Written("website", settings.WEBSITE)),
    Row(_BUCKET, "Access log, read", "logging", settings.read("logging")),
    Row(_BUCKET, "Requester pays", "requester_pays", Written("requester_pays", settings.PAYS)),
    Row(_BUCKET, "Acceleration", "acceleration", Written("acceleration", settings.FASTER)),
)

STUBS: Final[tuple[tuple[str, str], ...]] = (
    ("Region of a bucket found by redirects", "tests/storage/s3/test_faults.py"),
    ("Credentials: SSO, roles, processes, machines", "tests/storage/s3/test_credentials.py"),
    (
        "Checksums stored with every upload, conditional batch deletes",
        "tests/storage/s3/test_amazon.py",
    ),
    ("SlowDown, resets, lost answers, damaged bytes", "tests/storage/s3/test_faults.py"),
    ("MFA delete", "tests/ui/test_versions.py"),
    ("Accelerated endpoints", "tests/storage/s3/test_acceleration.py"),
    ("Restores that take hours", "tests/jobs/test_thaw.py"),
)
"""What no server that can be had shows, and the tests that stand in for one."""
