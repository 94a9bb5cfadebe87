"""botocore's exceptions become the house's own errors: place, verb, hint, code, request id."""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from tfm.model.errors import (
    Corrupt,
    Denied,
    InvalidName,
    NeedsLogin,
    Offline,
    StorageError,
    Throttled,
)
from tfm.model.location import Location
from tfm.model.redact import redact
from tfm.model.text import duration, safe_text
from tfm.storage.s3.codes import CODES, Meaning
from tfm.storage.s3.rights import told_denied

_SSO = "Run aws sso login{profile}, then try again; tfm need not be restarted."

# botocore's exceptions by class name, so that the table needs no import of botocore.
_BY_CLASS: dict[str, Meaning] = {
    "NoCredentialsError": Meaning(
        NeedsLogin, "no AWS credentials were found.", "Run aws configure, or set AWS_PROFILE."
    ),
    "PartialCredentialsError": Meaning(
        NeedsLogin, "the AWS credentials are incomplete.", "Run aws configure for this profile."
    ),
    "CredentialRetrievalError": Meaning(
        NeedsLogin,
        "the AWS credentials could not be fetched, or had expired already.",
        "Check credential_process or the role of the profile, then try again.",
    ),
    "ProfileNotFound": Meaning(
        NeedsLogin, "there is no such AWS profile.", "See: aws configure list-profiles."
    ),
    "SSLError": Meaning(
        Offline,
        "the certificate of the endpoint is not trusted.",
        "If it is your own, name its authority with ca_bundle or AWS_CA_BUNDLE.",
    ),
    "ProxyConnectionError": Meaning(
        Offline, "the proxy cannot be reached.", "Check HTTPS_PROXY and the network."
    ),
    "EndpointConnectionError": Meaning(
        Offline, "the endpoint cannot be reached.", "Check the network and --endpoint-url."
    ),
    "ConnectTimeoutError": Meaning(
        Offline, "the endpoint does not answer.", "Check the network and --endpoint-url."
    ),
    "ReadTimeoutError": Meaning(Offline, "the server did not answer in time.", "Try again."),
    "ConnectionClosedError": Meaning(Offline, "the server closed the connection.", "Try again."),
    "ResponseStreamingError": Meaning(Offline, "the connection broke.", "Try again."),
    "IncompleteReadError": Meaning(Offline, "the connection broke.", "Try again."),
    "HTTPClientError": Meaning(Offline, "the connection failed.", "Check the network."),
    "FlexibleChecksumError": Meaning(Corrupt, "the bytes arrived damaged.", "Try again."),
    "ResponseParserError": Meaning(
        Throttled, "the server's answer was cut off or is not XML.", "Check --endpoint-url."
    ),
    "ParamValidationError": Meaning(InvalidName, "S3 does not take that name or value."),
    "NoRegionError": Meaning(StorageError, "no region is set.", "Set --region or AWS_REGION."),
    "InvalidRegionError": Meaning(StorageError, "the region is not valid.", "Check --region."),
    "InvalidEndpointConfigurationError": Meaning(
        StorageError, "the endpoint is not valid.", "Check --endpoint-url."
    ),
    "ConfigParseError": Meaning(
        StorageError, "the AWS configuration cannot be read.", "Check ~/.aws/config."
    ),
    "TokenRetrievalError": Meaning(NeedsLogin, "the login could not be renewed.", _SSO),
    "SSOError": Meaning(NeedsLogin, "the SSO login has expired.", _SSO),
    "LoginError": Meaning(
        NeedsLogin, "the login has expired.", "Run aws login{profile}, then try again."
    ),
    "NoAuthTokenError": Meaning(NeedsLogin, "there is no login token.", _SSO),
    "MissingDependencyException": Meaning(
        StorageError, "this login needs a package.", 'Install it with: pip install "botocore[crt]"'
    ),
}


def code_of(error: BaseException) -> str:
    """The server's error code of a botocore ClientError; empty for anything else."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping):
        return ""
    return str(answer.get("Error", {}).get("Code", ""))


def status_of(error: BaseException) -> int:
    """The HTTP status of a botocore ClientError; 0 for anything else."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping):
        return 0
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)


def attempts_of(error: BaseException) -> int:
    """How many times the request was repeated before it was given up."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping):
        return 0
    return int(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0) or 0)


def set_attempts(answer: object, repetitions: int) -> None:
    """Note in an answer that we repeated the request: an earlier attempt may have done its work."""
    if repetitions and isinstance(answer, dict):
        metadata = answer.setdefault("ResponseMetadata", {})
        metadata["RetryAttempts"] = int(metadata.get("RetryAttempts") or 0) + repetitions


SLOW = (
    "SlowDown",
    "429",
    "TooManyRequests",
    "Throttling",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
)
"""What a server says that works, but not so fast."""


def is_slow(code: str, status: int) -> bool:
    """Whether a server asks to slow down."""
    return code in SLOW or status in (429, 503)


def sdk_errors() -> tuple[type[Exception], ...]:
    """What the SDK and its HTTP library raise; for an `except` that costs nothing until it is met."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
    from urllib3.exceptions import HTTPError

    return (ClientError, BotoCoreError, ResponseParserError, HTTPError)


@contextmanager
def expired_told() -> Iterator[None]:
    """What a source of credentials gave had expired already: the SDK says so by a bare RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        if "credentials are still expired" not in str(error):
            raise
        from botocore.exceptions import CredentialRetrievalError

        raise CredentialRetrievalError(provider="source", error_msg=str(error)) from error


def translate(
    error: BaseException, location: Location, verb: str, who: str = "", profile: str = ""
) -> StorageError:
    """The house's error for an exception of the SDK; the cause is kept for the log.

    `who` are the credentials that were used, in words, `profile` is the one they are from.
    """
    meaning, code, request_id, extra = _meaning(error, location, verb)
    if meaning.kind is Denied and status_of(error) == 403:
        operation = str(getattr(error, "operation_name", ""))
        extra += told_denied(operation, _message_of(error), location, who)
    reason = meaning.reason.replace("{bucket}", safe_text(location.container))
    built = meaning.kind(
        f"Cannot {verb} {safe_text(str(location)) or 's3://'}: {reason}{extra}",
        place=location,
        verb=verb,
        hint=meaning.hint.replace("{profile}", _option(profile)),
        code=code,
        request_id=request_id,
        reason=f"{reason}{extra}",
    )
    if type(error).__name__ in ("SSLError", "ProxyConnectionError"):
        built.retryable = False  # waiting cures neither
    built.__cause__ = error
    return built


def _meaning(error: BaseException, location: Location, verb: str) -> tuple[Meaning, str, str, str]:
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping):
        return (*_by_class(error), "", "")
    code = code_of(error)
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}) or {}
    request_id = _request_id(answer, headers)
    if code == "RequestTimeTooSkewed":
        return CODES[code], code, request_id, _skew(headers)
    status = status_of(error)
    meaning = CODES.get(code) or CODES.get(str(status))
    if meaning is None:
        kind = Throttled if status >= 500 else StorageError
        meaning = Meaning(kind, f"the server says {safe_text(code) or 'nothing'} ({status}).")
    if meaning is CODES["404"] and not location.inner_key:
        meaning = CODES["NoSuchBucket"]
    words = str(answer.get("Error", {}).get("Message", "") or "").lower()
    if meaning is CODES["AccessDenied"] and "object lock" in words:
        meaning = CODES["ObjectLocked"]
    if meaning.kind is Denied and not meaning.hint:
        meaning = meaning._replace(hint="Check the rights of this profile.")
    if meaning.kind is Denied and not location.key:
        meaning = meaning._replace(
            reason="this login may not list buckets.",
            hint="Go to a bucket by its name: s3://bucket/.",
        )
    if meaning is CODES["AccessDenied"] and verb in ("list", "look at"):
        meaning = CODES["403"]
    return meaning, code, request_id, _servers_words(code, answer)


def _by_class(error: BaseException) -> tuple[Meaning, str]:
    for kind in type(error).__mro__:
        meaning = _BY_CLASS.get(kind.__name__)
        if meaning is not None:
            if kind.__name__ == "ProfileNotFound":
                name = getattr(error, "kwargs", {}).get("profile") or ""
                meaning = meaning._replace(
                    reason=f"there is no such AWS profile: {safe_text(str(name))}."
                )
            if kind.__name__ in ("EndpointConnectionError", "ConnectTimeoutError"):
                url = urlsplit(str(getattr(error, "kwargs", {}).get("endpoint_url") or ""))
                if url.hostname:  # the rest is key and signature
                    where = safe_text(f"{url.scheme}://{url.netloc.rpartition('@')[2]}")
                    meaning = meaning._replace(reason=f"{meaning.reason.rstrip('.')}: {where}.")
            if meaning.kind is InvalidName:
                detail = safe_text(redact(str(error)).splitlines()[-1].strip())[:160]
                meaning = meaning._replace(reason=f"S3 does not take that name: {detail}")
            return meaning, type(error).__name__
    if isinstance(error, socket.timeout):
        return _BY_CLASS["ReadTimeoutError"], "timeout"
    if any(kind.__module__.startswith("urllib3") for kind in type(error).__mro__):
        return _BY_CLASS["ResponseStreamingError"], type(error).__name__
    words = safe_text(redact(str(error)))[:200].rstrip(".")
    return Meaning(StorageError, f"{words or type(error).__name__}."), type(error).__name__


def _request_id(answer: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    found = answer.get("ResponseMetadata", {}).get("RequestId") or headers.get("x-amz-request-id")
    return re.sub(r"[^A-Za-z0-9+/=_.:-]", "", str(found or ""))[:80]


def _servers_words(code: str, answer: Mapping[str, Any]) -> str:
    """The server's own sentence, where ours cannot know more than the code (KMS, policies)."""
    words = str(answer.get("Error", {}).get("Message", "") or "")
    telling = "kms" in words.lower() or code in ("InvalidArgument", "InvalidRequest")
    if not telling or len(words) > 300:
        return ""
    return f" The server says: {safe_text(redact(words)).rstrip('.')}."


def _option(profile: str) -> str:
    """As it stands on a command line, for who copies the command out of the hint."""
    return f" --profile {shlex.quote(safe_text(profile))}" if profile else ""


def _message_of(error: BaseException) -> str:
    answer = getattr(error, "response", None)
    told = answer.get("Error", {}).get("Message") if isinstance(answer, Mapping) else None
    return str(told or "")


def _skew(headers: Mapping[str, str]) -> str:
    """How far our clock is off, measured by the Date of the server's answer."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return ""
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    ahead = (datetime.now(UTC) - theirs).total_seconds()
    if abs(ahead) < 1:
        return ""
    return f" It is {duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the server's."
