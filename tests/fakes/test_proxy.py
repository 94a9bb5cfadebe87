import base64
import concurrent.futures
import hashlib
import http.client
import os
import resource
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import (
    Answer,
    CutResponse,
    DropAnswer,
    EditHeaders,
    FlipRequest,
    FlipResponse,
    Hold,
    ReplaceBody,
    Reset,
)
from tests.fakes.proxy_s3 import classify
from tests.servers.server import Server

MIB = 1024 * 1024


@pytest.fixture
def proxy(moto_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(moto_server)


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


@pytest.fixture
def s3(proxy: Proxy) -> Iterator[Any]:
    client = boto3.session.Session(
        aws_access_key_id=proxy.server.access_key,
        aws_secret_access_key=proxy.server.secret_key,
        region_name="us-east-1",
    ).client(
        "s3",
        endpoint_url=proxy.endpoint_url,
        config=Config(
            s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=20
        ),
    )
    yield client
    client.close()


def read(client: Any, bucket: str) -> bytes:
    return bytes(client.get_object(Bucket=bucket, Key="k")["Body"].read())


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("method", "target", "op", "key"),
    [
        ("GET", "/", "ListBuckets", ""),
        ("GET", "/b?list-type=2&prefix=a%2F", "ListObjectsV2", ""),
        ("GET", "/b/?prefix=a", "ListObjects", ""),
        ("GET", "/b?uploads", "ListMultipartUploads", ""),
        ("GET", "/b?location", "GetBucketLocation", ""),
        ("GET", "/b?versioning", "GetBucketVersioning", ""),
        ("GET", "/b?object-lock", "GetObjectLockConfiguration", ""),
        ("GET", "/b?versions", "ListObjectVersions", ""),
        ("HEAD", "/b", "HeadBucket", ""),
        ("PUT", "/b", "CreateBucket", ""),
        ("DELETE", "/b", "DeleteBucket", ""),
        ("POST", "/b?delete", "DeleteObjects", ""),
        ("GET", "/b/k?x-id=GetObject", "GetObject", "k"),
        ("GET", "/b/k?tagging", "GetObjectTagging", "k"),
        ("GET", "/b/k?uploadId=u", "ListParts", "k"),
        ("HEAD", "/b//a%2B%20/", "HeadObject", "/a+ /"),
        ("PUT", "/b/k+l", "PutObject", "k+l"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart", "k"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload", "k"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload", "k"),
        ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload", "k"),
        ("DELETE", "/b/%0A%C3%A9", "DeleteObject", "\né"),
    ],
)
def test_operations_are_named(method: str, target: str, op: str, key: str) -> None:
    meaning = classify(method, target, {})
    assert (meaning.op, meaning.key) == (op, key)


def test_copies_are_named() -> None:
    source = {"x-amz-copy-source": "b/k"}
    assert classify("PUT", "/b/k", source).op == "CopyObject"
    assert classify("PUT", "/b/k?partNumber=1&uploadId=u", source).op == "UploadPartCopy"


def test_requests_pass_and_are_recorded(proxy: Proxy, box: str, s3: Any) -> None:
    for key in ("a//b", "/a", " x ", "%2e", "é+", "..", "k" * 1024):
        s3.put_object(Bucket=box, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=box, Key=key)["Body"].read() == key.encode()
    listed = [row["Key"] for row in s3.list_objects_v2(Bucket=box)["Contents"]]
    assert sorted(listed) == sorted(proxy.server.keys(box))
    s3.head_object(Bucket=box, Key="é+")
    s3.delete_object(Bucket=box, Key="é+")
    s3.delete_objects(Bucket=box, Delete={"Objects": [{"Key": "/a"}, {"Key": "a//b"}]})
    assert "é+" not in proxy.server.keys(box)
    proxy.expect(
        {
            "PutObject": 7,
            "GetObject": 7,
            "ListObjectsV2": 1,
            "HeadObject": 1,
            "DeleteObject": 1,
            "DeleteObjects": 1,
        }
    )
    put = proxy.exchanges("PutObject", "%2e")[0]
    assert (put.bucket, put.status, put.request_length, put.forwarded) == (box, 200, 3, True)
    assert put.digests == ("x-amz-checksum-crc32",)
    assert put.headers["expect"] == "100-continue"
    assert proxy.count("PutObject", "a*") == 1
    proxy.reset()
    assert proxy.counts() == {}


def test_an_unexpected_request_is_named(proxy: Proxy, box: str, s3: Any) -> None:
    s3.head_bucket(Bucket=box)
    with pytest.raises(AssertionError, match="HeadBucket: 1 instead of 0") as caught:
        proxy.expect({"ListObjectsV2": 1})
    assert "ListObjectsV2: 0 instead of 1" in str(caught.value)
    assert f"HEAD /{box} -> 200" in str(caught.value)


def test_waiting_for_requests(proxy: Proxy, box: str, s3: Any) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        seen = pool.submit(proxy.wait_for, "PutObject", 2, done=True)
        for name in "ab":
            s3.put_object(Bucket=box, Key=name, Body=b"")
        assert seen.result(10).key == "b"
    with pytest.raises(AssertionError, match=r"no 1\. GetObject"):
        proxy.wait_for("GetObject", timeout=0.01)


def test_client_connections_are_kept_alive(proxy: Proxy, box: str) -> None:
    where = urlsplit(proxy.endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.request("GET", "/")
    connection.getresponse().read()
    first = connection.sock
    connection.request("PUT", f"/{box}/chunked", iter([b"ab", b"cd"]), encode_chunked=True)
    connection.getresponse().read()
    assert connection.sock is first
    connection.close()
    got = proxy.server.client().get_object(Bucket=box, Key="chunked")
    assert got["Body"].read() == b"abcd"


def test_answers_without_the_server(proxy: Proxy, box: str, s3: Any) -> None:
    rule = proxy.rule("PutObject", Answer(503, "SlowDown", "later"), key="x/*", nth=2)
    for number in (1, 2, 3):
        if number == 2:
            with pytest.raises(ClientError) as caught:
                s3.put_object(Bucket=box, Key="x/2", Body=b"2")
            assert code(caught) == "SlowDown"
        else:
            s3.put_object(Bucket=box, Key=f"x/{number}", Body=b"1")
    s3.put_object(Bucket=box, Key="y", Body=b"1")
    assert proxy.server.keys(box) == ["x/1", "x/3", "y"]
    assert (rule.matched, rule.hits) == (3, 1)
    assert not proxy.exchanges("PutObject", "x/2")[0].forwarded
    proxy.clear_rules()
    proxy.rule("HeadObject", Answer(403, "AccessDenied"), times=1)
    with pytest.raises(ClientError) as caught:
        s3.head_object(Bucket=box, Key="y")
    assert code(caught) == "403"
    s3.head_object(Bucket=box, Key="y")


def test_the_second_page_of_a_listing_is_held(proxy: Proxy, box: str, s3: Any) -> None:
    for name in "abc":
        s3.put_object(Bucket=box, Key=name, Body=b"")
    hold = Hold()
    proxy.rule("ListObjectsV2", hold, page=2)
    first = s3.list_objects_v2(Bucket=box, MaxKeys=2)
    assert first["IsTruncated"] and not hold.reached.is_set()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        token = first["NextContinuationToken"]
        second = pool.submit(s3.list_objects_v2, Bucket=box, MaxKeys=2, ContinuationToken=token)
        hold.wait_reached()
        assert not second.done()
        hold.release()
        assert [row["Key"] for row in second.result(10)["Contents"]] == ["c"]


@pytest.mark.parametrize("where", ["response", "body"])
def test_an_answer_is_held(proxy: Proxy, box: str, s3: Any, where: Any) -> None:
    s3.put_object(Bucket=box, Key="k", Body=b"0123456789")
    hold = Hold(where, after=4)
    proxy.rule("GetObject", hold)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        got = pool.submit(read, s3, box)
        hold.wait_reached()
        hold.release()
        assert got.result(10) == b"0123456789"


def test_closing_the_proxy_frees_what_it_holds(moto_server: Server, box: str) -> None:
    hold = Hold()
    with Proxy(moto_server) as proxy:
        proxy.rule("HeadBucket", hold)
        ended = threading.Event()

        def ask() -> None:
            try:
                proxy.client().head_bucket(Bucket=box)
            except (ClientError, BotoCoreError):
                pass  # the second attempt meets a closed port
            finally:
                ended.set()

        threading.Thread(target=ask, daemon=True).start()
        hold.wait_reached()
    assert ended.wait(10)


@pytest.mark.parametrize("offset", [0, 5, 9, -1])
def test_a_flipped_request_byte_is_refused(proxy: Proxy, box: str, s3: Any, offset: int) -> None:
    proxy.rule("PutObject", FlipRequest(offset), nth=1)
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=box, Key="k", Body=b"0123456789")
    assert code(caught) == "BadDigest"
    assert proxy.server.keys(box) == []
    s3.put_object(Bucket=box, Key="k", Body=b"0123456789")
    assert proxy.server.keys(box) == ["k"]


@pytest.mark.parametrize(
    ("header", "digest"),
    [
        ("Content-MD5", lambda body: hashlib.md5(body).digest()),
        ("x-amz-checksum-crc32", lambda body: zlib.crc32(body).to_bytes(4, "big")),
        ("x-amz-checksum-sha1", lambda body: hashlib.sha1(body).digest()),
        ("x-amz-checksum-sha256", lambda body: hashlib.sha256(body).digest()),
    ],
)
def test_digests_are_checked(
    proxy: Proxy, box: str, header: str, digest: Callable[[bytes], bytes]
) -> None:
    where = urlsplit(proxy.endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    for claimed, status in ((b"body", 200), (b"other", 400)):
        value = base64.b64encode(digest(claimed)).decode()
        connection.request("PUT", f"/{box}/k", b"body", {header: value})
        answer = connection.getresponse()
        text = answer.read()
        assert (answer.status, b"BadDigest" in text) == (status, status == 400)
    connection.close()


def chunked_body(data: bytes, digest: bytes) -> bytes:
    trailer = b"x-amz-checksum-crc32:" + base64.b64encode(digest)
    return (
        b"3\r\n"
        + data[:3]
        + b"\r\n%x\r\n" % len(data[3:])
        + data[3:]
        + b"\r\n0\r\n"
        + trailer
        + b"\r\n\r\n"
    )


def test_trailers_of_aws_chunked_bodies_are_checked(proxy: Proxy, box: str) -> None:
    where = urlsplit(proxy.endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    data = b"0123456789"
    headers = {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": "10",
    }
    good = chunked_body(data, zlib.crc32(data).to_bytes(4, "big"))
    statuses = []
    for nth in (1, 2):
        if nth == 2:
            proxy.rule("PutObject", FlipRequest(7))
        connection.request("PUT", f"/{box}/{nth}", good, headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    assert statuses == [200, 400]
    assert proxy.exchanges("PutObject")[0].digests == ("x-amz-checksum-crc32",)
    assert proxy.server.client().get_object(Bucket=box, Key="1")["Body"].read() == data


def test_a_flipped_answer_byte_reaches_the_client(proxy: Proxy, box: str, s3: Any) -> None:
    body = bytes(range(256)) * 1024
    s3.put_object(Bucket=box, Key="k", Body=body)
    proxy.rule("GetObject", FlipResponse(100_000, mask=0x80))
    with pytest.raises(FlexibleChecksumError):
        read(s3, box)
    # boto3 does not check ranges: there the damage goes through.
    got = s3.get_object(Bucket=box, Key="k", Range="bytes=1-262143")["Body"].read()
    different = [at for at in range(len(got)) if body[at + 1] != got[at]]
    assert different == [100_000]


def test_an_answer_is_cut(proxy: Proxy, box: str, s3: Any) -> None:
    s3.put_object(Bucket=box, Key="k", Body=b"x" * 300_000)
    proxy.rule("GetObject", CutResponse(at=70_000), nth=1)
    answer = s3.get_object(Bucket=box, Key="k")
    assert answer["ContentLength"] == 300_000
    with pytest.raises((IncompleteReadError, ResponseStreamingError)):
        answer["Body"].read()
    assert proxy.wait_for("GetObject", done=True).response_length == 70_000
    assert len(s3.get_object(Bucket=box, Key="k")["Body"].read()) == 300_000


@pytest.mark.parametrize("reset", [Reset(), Reset(after_request=100_000)], ids=["head", "body"])
def test_a_reset_before_the_server_sees_anything(
    proxy: Proxy, box: str, s3: Any, reset: Reset
) -> None:
    proxy.rule("PutObject", reset)
    with pytest.raises(HTTPClientError):
        s3.put_object(Bucket=box, Key="k", Body=b"x" * 1_000_000)
    assert proxy.server.keys(box) == []
    seen = proxy.wait_for("PutObject", done=True)
    assert (seen.status, seen.error, seen.forwarded) == (None, "reset", False)


def test_a_reset_in_the_middle_of_an_answer(proxy: Proxy, box: str, s3: Any) -> None:
    s3.put_object(Bucket=box, Key="k", Body=b"x" * 300_000)
    proxy.rule("GetObject", Reset(after_response=100_000))
    with pytest.raises((ResponseStreamingError, IncompleteReadError, HTTPClientError, OSError)):
        s3.get_object(Bucket=box, Key="k")["Body"].read()


def test_an_executed_request_without_an_answer(proxy: Proxy, box: str, s3: Any) -> None:
    proxy.rule("PutObject", DropAnswer())
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        s3.put_object(Bucket=box, Key="k", Body=b"x")
    assert proxy.server.keys(box) == ["k"]


def test_headers_and_body_are_edited(proxy: Proxy, box: str, s3: Any) -> None:
    s3.put_object(Bucket=box, Key="k", Body=b"x")
    proxy.rule("HeadObject", EditHeaders(response={"ETag": None, "x-amz-meta-mood": "odd"}))
    head = s3.head_object(Bucket=box, Key="k")
    assert "ETag" not in head and head["Metadata"] == {"mood": "odd"}
    proxy.rule("PutObject", EditHeaders(request={"x-amz-meta-way": "there"}))
    s3.put_object(Bucket=box, Key="l", Body=b"x")
    assert proxy.server.client().head_object(Bucket=box, Key="l")["Metadata"] == {"way": "there"}
    proxy.rule("CopyObject", ReplaceBody(b""))
    with pytest.raises((ClientError, KeyError)):
        s3.copy_object(Bucket=box, Key="m", CopySource=f"{box}/k")["CopyObjectResult"]["ETag"]
    assert "m" in proxy.server.keys(box)


def test_what_aws_refuses(proxy: Proxy, box: str, s3: Any) -> None:
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=box, Key="é" * 512 + "x", Body=b"")
    assert code(caught) == "KeyTooLongError"
    many = [{"Key": str(number)} for number in range(1001)]
    with pytest.raises(ClientError) as caught:
        s3.delete_objects(Bucket=box, Delete={"Objects": many})
    assert code(caught) == "MalformedXML"


def test_conditions_of_copies(proxy: Proxy, box: str, s3: Any) -> None:
    etag = s3.put_object(Bucket=box, Key="a b+é", Body=b"1")["ETag"]
    source = {"Bucket": box, "Key": "a b+é"}
    s3.copy_object(Bucket=box, Key="to", CopySource=source, CopySourceIfMatch=etag, IfNoneMatch="*")
    refused: list[dict[str, str]] = [
        {"CopySourceIfMatch": '"other"'},
        {"CopySourceIfNoneMatch": etag},
        {"IfNoneMatch": "*"},
        {"IfMatch": '"other"'},
    ]
    for condition in refused:
        with pytest.raises(ClientError) as caught:
            s3.copy_object(Bucket=box, Key="to", CopySource=source, **condition)
        assert code(caught) == "PreconditionFailed", condition
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=box, Key="new", CopySource=source, IfMatch=etag)
    assert code(caught) == "NoSuchKey"
    s3.copy_object(Bucket=box, Key="to", CopySource=source, IfMatch=etag)
    upload = s3.create_multipart_upload(Bucket=box, Key="mp")["UploadId"]
    with pytest.raises(ClientError) as caught:
        s3.upload_part_copy(
            Bucket=box,
            Key="mp",
            UploadId=upload,
            PartNumber=1,
            CopySource=source,
            CopySourceIfMatch='"other"',
        )
    assert code(caught) == "PreconditionFailed"
    assert proxy.count("UploadPartCopy") == 1


def test_open_uploads_are_known(proxy: Proxy, box: str, s3: Any) -> None:
    ids = {key: s3.create_multipart_upload(Bucket=box, Key=key)["UploadId"] for key in "abc"}
    assert {(upload.key, upload.upload_id) for upload in proxy.open_uploads()} == set(ids.items())
    s3.abort_multipart_upload(Bucket=box, Key="a", UploadId=ids["a"])

    def part(key: str, number: int, size: int) -> dict[str, Any]:
        answer = s3.upload_part(
            Bucket=box, Key=key, UploadId=ids[key], PartNumber=number, Body=b"x" * size
        )
        return {"PartNumber": number, "ETag": answer["ETag"]}

    parts = [part("b", 1, 5 * MIB), part("b", 2, 1)]
    proxy.rule("CompleteMultipartUpload", DropAnswer(), key="b")
    with pytest.raises(HTTPClientError):
        s3.complete_multipart_upload(
            Bucket=box, Key="b", UploadId=ids["b"], MultipartUpload={"Parts": parts}
        )
    assert [upload.key for upload in proxy.open_uploads()] == ["c"]
    small = [part("c", 1, 1), part("c", 2, 1)]
    with pytest.raises(ClientError) as caught:
        s3.complete_multipart_upload(
            Bucket=box, Key="c", UploadId=ids["c"], MultipartUpload={"Parts": small}
        )
    assert code(caught) == "EntityTooSmall"
    assert [upload.key for upload in proxy.open_uploads()] == ["c"]


def test_a_large_body_stays_out_of_memory(proxy: Proxy, box: str, s3: Any, tmp_path: Path) -> None:
    size = 200 * MIB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = tmp_path / "large"
    with path.open("wb") as out:
        out.truncate(size - 8)
        out.seek(size - 8)
        out.write(os.urandom(8))
    with path.open("rb") as body:
        s3.put_object(Bucket=box, Key="large", Body=body)
    got = hashlib.md5()
    for block in s3.get_object(Bucket=box, Key="large")["Body"].iter_chunks(MIB):
        got.update(block)
    with path.open("rb") as body:
        assert got.digest() == hashlib.file_digest(body, "md5").digest()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60 * 1024, f"memory grew by {grown} KiB"


def test_every_server_works_behind_the_proxy(
    s3_server: Server, bucket: str, proxy_for: Callable[[Server], Proxy]
) -> None:
    proxy = proxy_for(s3_server)
    client = proxy.client()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: client.put_object(
                    Bucket=bucket, Key=f"d/{number:03}", Body=b"x" * number * 1000
                ),
                range(100),
            )
        )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, MaxKeys=1000)
    sizes = [row["Size"] for page in pages for row in page["Contents"]]
    assert sizes == [number * 1000 for number in range(100)]
    assert client.get_object(Bucket=bucket, Key="d/099")["Body"].read() == b"x" * 99_000
    proxy.expect({"PutObject": 100, "ListObjectsV2": 1, "GetObject": 1})
