"""Every fault of the SDK becomes one of ours, with words a person can act on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore import exceptions as sdk
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tfm.model.errors import (
    ColdStorage,
    Corrupt,
    Denied,
    InvalidName,
    NeedsLogin,
    NoSpace,
    NotFound,
    Offline,
    StorageError,
    Throttled,
    TooLate,
    Unsupported,
)
from tfm.model.location import S3, Location
from tfm.storage.s3.codes import CODES
from tfm.storage.s3.errors import sdk_errors, translate

PLACE = Location(S3, "box/dir/file")


def answered(code: str, status: int = 400, *, message: str = "", **headers: str) -> ClientError:
    metadata = {"HTTPStatusCode": status, "RequestId": "REQ1", "HTTPHeaders": headers}
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return ClientError(response, "GetObject")


@pytest.mark.parametrize(
    ("code", "status", "kind", "retryable"),
    [
        ("NoSuchKey", 404, NotFound, False),
        ("404", 404, NotFound, False),
        ("NoSuchBucket", 404, NotFound, False),
        ("AccessDenied", 403, Denied, False),
        ("403", 403, Denied, False),
        ("ExpiredToken", 400, NeedsLogin, False),
        ("InvalidAccessKeyId", 403, NeedsLogin, False),
        ("SignatureDoesNotMatch", 403, NeedsLogin, False),
        ("TokenRefreshRequired", 400, NeedsLogin, False),
        ("RequestTimeTooSkewed", 403, NeedsLogin, False),
        ("SlowDown", 503, Throttled, True),
        ("InternalError", 500, Throttled, True),
        ("NobodyKnowsThis", 500, Throttled, True),
        ("NobodyKnowsThis", 418, StorageError, False),
        ("InvalidObjectState", 403, ColdStorage, False),
        ("PreconditionFailed", 412, TooLate, False),
        ("InvalidRange", 416, TooLate, False),
        ("BadDigest", 400, Corrupt, False),
        ("KeyTooLongError", 400, InvalidName, False),
        ("EntityTooLarge", 400, NoSpace, False),
        ("NotImplemented", 501, Unsupported, False),
        ("PermanentRedirect", 301, StorageError, False),
    ],
)
def test_codes(code: str, status: int, kind: type[StorageError], retryable: bool) -> None:
    error = translate(answered(code, status), PLACE, "read")
    assert type(error) is kind
    assert error.retryable is retryable
    assert (error.code, error.request_id, error.place, error.verb) == (code, "REQ1", PLACE, "read")
    assert error.message.startswith("Cannot read s3://box/dir/file: ")
    assert error.message.endswith(".")


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_row_of_the_table_is_a_sentence(code: str) -> None:
    meaning = CODES[code]
    assert meaning.reason.endswith(".")
    assert meaning.reason[0].islower() or meaning.reason.startswith("{bucket}")
    assert not meaning.hint or (meaning.hint[0].isupper() and meaning.hint.endswith("."))
    if meaning.kind in (NeedsLogin, Throttled, Denied, ColdStorage):
        built = translate(answered(code, 400), PLACE, "read")
        assert built.hint, "a person must know what to do next"


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (sdk.NoCredentialsError(), NeedsLogin, False),
        (sdk.PartialCredentialsError(provider="env", cred_var="x"), NeedsLogin, False),
        (sdk.ProfileNotFound(profile="x"), NeedsLogin, False),
        (sdk.UnauthorizedSSOTokenError(), NeedsLogin, False),
        (sdk.SSOTokenLoadError(error_msg="x"), NeedsLogin, False),
        (sdk.TokenRetrievalError(provider="x", error_msg="y"), NeedsLogin, False),
        (sdk.EndpointConnectionError(endpoint_url="http://x"), Offline, True),
        (sdk.ConnectTimeoutError(endpoint_url="http://x"), Offline, True),
        (sdk.ReadTimeoutError(endpoint_url="http://x"), Offline, True),
        (sdk.ConnectionClosedError(endpoint_url="http://x"), Offline, True),
        (sdk.SSLError(endpoint_url="http://x", error="x"), Offline, False),
        (sdk.ProxyConnectionError(proxy_url="http://x"), Offline, False),
        (sdk.FlexibleChecksumError(error_msg="x"), Corrupt, False),
        (sdk.ParamValidationError(report="Invalid bucket name"), InvalidName, False),
        (ResponseParserError("cut off"), Throttled, True),
        (TimeoutError(), Offline, True),
    ],
)
def test_faults_without_an_answer(
    error: Exception, kind: type[StorageError], retryable: bool
) -> None:
    built = translate(error, PLACE, "read")
    assert type(built) is kind
    assert built.retryable is retryable
    assert kind is InvalidName or built.hint
    assert built.__cause__ is error


def test_an_endpoint_that_is_not_there_is_named_without_key_and_signature() -> None:
    url = "https://user:secret@storage.example.org:9000/box/dir/file?X-Amz-Signature=0a1b"
    built = translate(sdk.EndpointConnectionError(endpoint_url=url), PLACE, "read")
    assert built.reason == "the endpoint cannot be reached: https://storage.example.org:9000."


def test_a_missing_object_is_a_file_not_found() -> None:
    assert isinstance(translate(answered("NoSuchKey", 404), PLACE, "read"), FileNotFoundError)


def test_a_login_fault_is_also_a_runtime_error() -> None:
    assert isinstance(translate(sdk.NoCredentialsError(), PLACE, "read"), RuntimeError)


def test_a_missing_bucket_is_named() -> None:
    error = translate(answered("404", 404), Location(S3, "box/"), "look at")
    assert "no bucket box" in error.message


def test_denied_tells_what_a_missing_right_to_list_means() -> None:
    assert "ListBucket" in translate(answered("403", 403), PLACE, "look at").hint
    assert "ListBucket" in translate(answered("AccessDenied", 403), PLACE, "list").hint


def test_who_may_not_list_buckets_is_told_to_name_one() -> None:
    error = translate(answered("AccessDenied", 403), Location(S3, ""), "list")
    assert "s3://bucket/" in error.hint


@pytest.mark.parametrize(("minutes", "words"), [(20, "ahead of"), (-20, "behind")])
def test_a_wrong_clock_is_measured(minutes: int, words: str) -> None:
    theirs = format_datetime(datetime.now(UTC) - timedelta(minutes=minutes), usegmt=True)
    error = translate(answered("RequestTimeTooSkewed", 403, date=theirs), PLACE, "read")
    assert words in error.message
    assert "20:0" in error.message or "19:5" in error.message
    assert "clock" in error.hint


def test_a_key_policy_is_told_in_the_servers_words() -> None:
    error = translate(
        answered("AccessDenied", 403, message="kms:Decrypt is missing"), PLACE, "read"
    )
    assert "kms:Decrypt is missing" in error.message


def test_no_secret_and_no_escape_gets_into_a_message() -> None:
    words = "X-Amz-Signature=abcdef0123 AKIAABCDEFGHIJKLMNOP \x1b[31m"
    error = translate(answered("InvalidArgument", 400, message=words), PLACE, "read")
    assert "abcdef0123" not in str(error)
    assert "AKIAABCDEFGHIJKLMNOP" not in str(error)
    assert "\x1b" not in str(error)


def test_what_the_sdk_raises_is_known() -> None:
    assert issubclass(sdk.SSLError, sdk_errors())
    assert issubclass(ClientError, sdk_errors())
    assert not issubclass(ValueError, sdk_errors())
