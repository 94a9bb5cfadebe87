""" "Access denied" names the right, the resource and who has not got it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tfm.model.errors import Denied
from tfm.model.location import S3, Location
from tfm.model.past import at_version
from tfm.storage.s3.errors import translate
from tfm.storage.s3.rights import right_for
from tfm.storage.vfs import Vfs

KEY = Location(S3, "box/dir/file")
BUCKET = Location(S3, "box/")
AMAZONS = (
    "User: arn:aws:sts::123456789012:assumed-role/reader/ann is not authorized to perform: s3:GetObject "
    'on resource: "arn:aws:s3:::box/dir/file" because no identity-based policy allows the s3:GetObject action'
)


def refused(operation: str, message: str = "") -> ClientError:
    metadata: Any = {"HTTPStatusCode": 403, "RequestId": "REQ1", "HTTPHeaders": {}}
    error = {"Code": "AccessDenied", "Message": message}
    return ClientError({"Error": error, "ResponseMetadata": metadata}, operation)


@pytest.mark.parametrize(
    ("operation", "place", "action", "resource"),
    [
        ("GetObject", KEY, "s3:GetObject", "arn:aws:s3:::box/dir/file"),
        ("HeadObject", KEY, "s3:GetObject", "arn:aws:s3:::box/dir/file"),
        ("UploadPart", KEY, "s3:PutObject", "arn:aws:s3:::box/dir/file"),
        ("PutObjectTagging", KEY, "s3:PutObjectTagging", "arn:aws:s3:::box/dir/file"),
        ("AbortMultipartUpload", KEY, "s3:AbortMultipartUpload", "arn:aws:s3:::box/dir/file"),
        ("ListParts", KEY, "s3:ListMultipartUploadParts", "arn:aws:s3:::box/dir/file"),
        ("DeleteObjects", BUCKET, "s3:DeleteObject", "arn:aws:s3:::box/*"),
        ("ListObjectsV2", KEY, "s3:ListBucket", "arn:aws:s3:::box"),
        ("ListObjectVersions", BUCKET, "s3:ListBucketVersions", "arn:aws:s3:::box"),
        ("GetBucketVersioning", BUCKET, "s3:GetBucketVersioning", "arn:aws:s3:::box"),
        ("GetBucketLifecycleConfiguration", BUCKET, "s3:GetLifecycleConfiguration", "arn:aws:s3:::box"),
        ("GetObjectLockConfiguration", BUCKET, "s3:GetBucketObjectLockConfiguration", "arn:aws:s3:::box"),
        ("GetMetricStatistics", BUCKET, "cloudwatch:GetMetricStatistics", "*"),
        ("ListBuckets", Location(S3, ""), "s3:ListAllMyBuckets", "*"),
    ],
)  # fmt: skip
def test_the_right_that_a_request_wants(
    operation: str, place: Location, action: str, resource: str
) -> None:
    assert right_for(operation, place) == (action, resource)


def test_versions_have_rights_of_their_own() -> None:
    root = at_version(S3, "v1")
    assert right_for("GetObject", Location(root, "box/a"))[0] == "s3:GetObjectVersion"
    assert right_for("GetObjectTagging", Location(root, "box/a"))[0] == "s3:GetObjectVersionTagging"


def test_what_amazon_says_itself_is_told() -> None:
    error = translate(refused("GetObject", AMAZONS), KEY, "read", "key …WXYZ")
    assert error.message == (
        "Cannot read s3://box/dir/file: access denied. arn:aws:sts::123456789012:assumed-role/reader/ann "
        "may not s3:GetObject on arn:aws:s3:::box/dir/file: no identity-based policy allows the s3:GetObject action."
    )


def test_other_servers_get_the_words_from_here() -> None:
    error = translate(refused("HeadObject"), KEY, "look at", "key …WXYZ of profile work")
    assert (
        "It needs s3:GetObject on arn:aws:s3:::box/dir/file for key …WXYZ of profile work."
        in str(error)
    )


@pytest.mark.parametrize(
    "words", ["arn:" * 5000, f"{AMAZONS} {'x' * 100_000}", "\x1b[31m" + AMAZONS]
)
def test_words_of_a_server_harm_nobody(words: str) -> None:
    error = translate(refused("GetObject", words), KEY, "read")
    assert len(str(error)) < 800
    assert "\x1b" not in str(error)


def test_a_refusal_on_the_way_names_the_key_that_was_used(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy, bucket = proxy_for(moto_server), new_bucket(moto_server)
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    proxy.rule("ListObjectsV2", Answer(403, "AccessDenied", headers={"x-amz-request-id": "REQ7"}))
    with pytest.raises(Denied) as failed:
        Vfs({"s3": HASTY}).scan(Location(S3, f"{bucket}/"))
    told = failed.value
    assert f"s3:ListBucket on arn:aws:s3:::{bucket} for key …" in told.message
    assert "from environment variables" in told.message
    assert told.trace == "AccessDenied, request REQ7"
    assert told.in_full.endswith("[AccessDenied, request REQ7]")
