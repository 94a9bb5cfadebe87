"""No secret in a log: a filter for every handler, and the quieting of the SDK's own loggers."""

from __future__ import annotations

import logging
import re

_REMOVED = "[removed]"

# Each keeps what tells the reader which kind of secret stood there.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?i)(X-Amz-(?:Signature|Credential|Security-Token|S3session-Token)"
            r"|x-amz-server-side-encryption-customer-key)"
            r"((?:['\"]?\s*[:=]\s*b?['\"]?)|%3D)[^\s&'\"<>,;]+"
        ),
        rf"\1\2{_REMOVED}",
    ),
    (
        re.compile(r"(?i)(['\"]?\bAuthorization['\"]?\s*[:=]\s*)b?(['\"]?)[^\r\n'\"]+\2"),
        rf"\1{_REMOVED}",
    ),
    (re.compile(r"(?i)(AWS4-HMAC-SHA256\s+)(?=Credential)[^\r\n'\"]+"), rf"\1{_REMOVED}"),
    (
        re.compile(
            r"(?i)((?:aws_?)?(?:secret_?(?:access_?)?key|session_?token|security_?token)"
            r"['\"]?\s*[:=]\s*b?['\"]?)[^\s&'\"<>,;]+"
        ),
        rf"\1{_REMOVED}",
    ),
    (re.compile(r"\b((?:AKIA|ASIA|AROA|ABIA|ACCA))[A-Z0-9]{12,}\b"), rf"\1{_REMOVED}"),
    (re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s:@'\"]+:[^/\s@'\"]+@"), rf"\1{_REMOVED}@"),
)


def redact(text: str) -> str:
    """`text` without signatures, tokens, access keys and passwords in URLs."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Rewrites a record, its traceback included, before a handler formats it.

    The message is put together here: a secret may only appear once its arguments are filled in.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed in place."""
        record.msg = redact(record.getMessage())
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def quiet_sdk() -> None:
    """Keep the SDK's loggers at warnings: their debug output holds signatures and tokens."""
    for name in ("boto3", "botocore", "urllib3", "s3transfer"):
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.WARNING:
            logger.setLevel(logging.WARNING)
