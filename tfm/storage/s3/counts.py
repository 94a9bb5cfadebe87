"""What the requests of one S3 storage are called, and how Amazon charges them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfm.storage.statistics import Charge, RequestFigures

if TYPE_CHECKING:
    from tfm.storage.s3.calls import Calls

_LISTING = (
    "ListBuckets", "ListMultipartUploads", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListParts",
)  # fmt: skip
_STORING = (
    "CopyObject", "CreateBucket", "CreateMultipartUpload", "CompleteMultipartUpload", "RestoreObject", "UploadPart",
    "UploadPartCopy",
)  # fmt: skip
_FREE = ("Abort", "Delete")
"""How the names of those begin that cost nothing."""


def charge_of(kind: str) -> Charge:
    """How a request is charged (Amazon S3 pricing, "Requests and data retrievals"): what only looks is cheap,
    what deletes or cancels is free.
    """
    if kind in _LISTING:
        return Charge.LIST
    if kind in _STORING or kind.startswith("Put"):
        return Charge.PUT
    return Charge.FREE if kind.startswith(_FREE) else Charge.GET


def api_name(operation: str) -> str:
    """The name of an operation in the API and in policies: `list_objects_v2` is ListObjectsV2."""
    return "".join(word[:1].upper() + word[1:] for word in operation.split("_"))


class RequestCounts:
    """The `Counts` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def requests(self) -> Sequence[RequestFigures]:
        """As the protocol."""
        return self._calls.ledger.tally.figures()
