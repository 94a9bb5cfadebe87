"""What the proxy has to know beyond one request: open uploads, and objects behind conditions.

The servers ignore conditions on CopyObject; here they are judged as AWS does, with a HEAD of our own.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from botocore.exceptions import ClientError

from tests.fakes.proxy_s3 import Fault, Meaning, xml_texts

PART_MINIMUM: Final = 5 * 1024 * 1024
FAILED: Final = Fault(
    412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"
)


@dataclass(frozen=True)
class Upload:
    """A multipart upload that was neither completed nor aborted; sizes of its parts by number."""

    bucket: str
    key: str
    upload_id: str
    parts: dict[int, int] = field(default_factory=dict, compare=False)


class Uploads:
    """The multipart uploads begun through the proxy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Upload] = {}

    def list(self) -> list[Upload]:
        """Those still open."""
        with self._lock:
            return list(self._open.values())

    def fault(self, meaning: Meaning, body: bytes) -> Fault | None:
        """EntityTooSmall when any part but the last is below 5 MiB."""
        with self._lock:
            upload = self._open.get(meaning.query.get("uploadId", ""))
            if upload is None:
                return None
            named = [int(number) for number in xml_texts(body, "PartNumber")]
            sizes = [upload.parts.get(number, PART_MINIMUM) for number in named[:-1]]
        if any(size < PART_MINIMUM for size in sizes):
            return Fault(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum")
        return None

    def note(self, meaning: Meaning, status: int, length: int, answer: bytes) -> None:
        """Follow what the server did."""
        if not 200 <= status < 300:
            return
        upload_id = meaning.query.get("uploadId", "")
        with self._lock:
            if meaning.op == "CreateMultipartUpload":
                for made in xml_texts(answer, "UploadId"):
                    self._open[made] = Upload(meaning.bucket, meaning.key, made)
            elif meaning.op == "UploadPart" and upload_id in self._open:
                self._open[upload_id].parts[int(meaning.query.get("partNumber", "0"))] = length
            elif meaning.op == "AbortMultipartUpload" or (
                meaning.op == "CompleteMultipartUpload" and b"<Error>" not in answer
            ):
                self._open.pop(upload_id, None)


def _etag(client: Any, bucket: str, key: str, version: str | None = None) -> str | None:
    extra = {"VersionId": version} if version else {}
    try:
        return str(client.head_object(Bucket=bucket, Key=key, **extra)["ETag"]).strip('"')
    except ClientError:
        return None


def _listed(value: str) -> list[str | None]:
    return [part.strip().strip('"') for part in value.split(",")]


def copy_fault(client: Any, meaning: Meaning, headers: Mapping[str, str]) -> Fault | None:
    """Judge the conditions of CopyObject (source and destination) and UploadPartCopy (source)."""
    wanted = headers.get("x-amz-copy-source-if-match")
    unwanted = headers.get("x-amz-copy-source-if-none-match")
    if wanted is not None or unwanted is not None:
        source, _, version = headers.get("x-amz-copy-source", "").partition("?versionId=")
        bucket, _, key = unquote(re.sub("^(/|%2[Ff])", "", source)).partition("/")
        etag = _etag(client, bucket, key, version)
        if etag is not None:  # a source that is not there is the server's to report
            if wanted is not None and wanted != "*" and etag not in _listed(wanted):
                return FAILED
            if unwanted is not None and (unwanted == "*" or etag in _listed(unwanted)):
                return FAILED
    wanted, absent = headers.get("if-match"), headers.get("if-none-match")
    if meaning.op != "CopyObject" or (wanted is None and absent is None):
        return None
    etag = _etag(client, meaning.bucket, meaning.key)
    if absent is not None and etag is not None:
        return FAILED
    if wanted is not None and etag is None:
        return Fault(404, "NoSuchKey", "The specified key does not exist.")
    if wanted is not None and wanted != "*" and etag not in _listed(wanted):
        return FAILED
    return None
