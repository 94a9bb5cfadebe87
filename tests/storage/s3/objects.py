"""Random objects with everything an object can have, and a picture of all of it."""

from __future__ import annotations

import contextlib
import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

MIB = 1024 * 1024
KEYS = tuple(f"arn:aws:kms:us-east-1:123456789012:key/{letter * 8}" for letter in "ab")
CLASSES = ("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
TEXTS = {
    "ContentType": ("text/plain", "image/x-map; v=1", "application/json"),
    "CacheControl": ("no-cache", "max-age=60, public"),
    "ContentDisposition": ("inline", 'attachment; filename="a b.txt"'),
    "ContentEncoding": ("gzip", "br"),
    "ContentLanguage": ("de", "en, fr"),
    "WebsiteRedirectLocation": ("/elsewhere",),
}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
NOT_COMPARED = {
    "ResponseMetadata", "LastModified", "ETag", "AcceptRanges", "TagCount", "ExpiresString",
    "VersionId", "ChecksumType", "BucketKeyEnabled",
}  # fmt: skip


def parameters(rng: random.Random) -> dict[str, Any]:
    """What a PutObject could say besides the bytes."""
    given: dict[str, Any] = {
        field: rng.choice(values) for field, values in TEXTS.items() if rng.random() < 0.5
    }
    given["Metadata"] = {
        rng.choice(("mtime", "mode", "colour", "x-y.z_1")): rng.choice(("1", "a b", "1700000000.5"))
        for _ in range(rng.randrange(4))
    }
    if rng.random() < 0.4:
        given["Expires"] = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=rng.randrange(900))
    given["StorageClass"] = rng.choice(CLASSES)
    kind = rng.choice(("", "AES256", "aws:kms"))
    if kind:
        given["ServerSideEncryption"] = kind
    if kind == "aws:kms":
        given["SSEKMSKeyId"] = rng.choice(KEYS)
    if rng.random() < 0.5:
        given["ChecksumAlgorithm"] = rng.choice(("CRC32", "SHA256", "SHA1"))
    given["Tagging"] = "&".join(
        f"t{n}={rng.choice(('a', 'b%20c', ''))}" for n in range(rng.randrange(5))
    )
    return given


def picture(client: Any, bucket: str, key: str, *, checksums: bool = True) -> dict[str, Any]:
    """All of it: headers, metadata, class, encryption, tags, grants, bytes."""
    head = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    seen = {name: value for name, value in head.items() if name not in NOT_COMPARED}
    for name in [name for name in seen if name.startswith("Checksum")]:
        value = seen.pop(name)
        seen[name] = value if checksums else True
    tags = client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    seen["tags"] = sorted((tag["Key"], tag["Value"]) for tag in tags)
    seen["grants"] = [("owner", "FULL_CONTROL")]
    with contextlib.suppress(ClientError):  # moto fails where an upload in parts had no access list
        grants = client.get_object_acl(Bucket=bucket, Key=key)["Grants"]
        seen["grants"] = sorted((g["Grantee"].get("URI", "owner"), g["Permission"]) for g in grants)
    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    seen["bytes"] = hashlib.sha256(body).hexdigest()
    return seen
