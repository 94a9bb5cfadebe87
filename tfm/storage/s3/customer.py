"""Encryption with keys of one's own (SSE-C): the server gets the key with each request and forgets it.

A key comes from a file or an environment variable, is read when it is first needed, and stands in no
parameter that leaves this file but in the request itself. Nobody tells in advance which objects are
encrypted so: a request that a server refuses is repeated with a key, and what fitted is remembered.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tfm.model.errors import Denied, StorageError
from tfm.storage.s3.errors import sdk_errors, status_of

ALGORITHM = "AES256"
_READS = frozenset({"head_object", "get_object", "get_object_attributes"})
_STORES = frozenset({"put_object", "create_multipart_upload", "copy_object"})
_PARTS = frozenset({"upload_part", "complete_multipart_upload", "list_parts"})
_COPIES = frozenset({"copy_object", "upload_part_copy"})
_MOST = 10_000
_ENCRYPTS = ("ServerSideEncryption", "SSECustomerAlgorithm")

Send = Callable[[dict[str, Any]], dict[str, Any]]


def fault_in_source(source: str) -> str:
    """Why this does not say where a key is; empty if it does."""
    kind, _, where = source.partition(":")
    if source and (kind not in ("file", "env") or not where):
        return "a key is named as file:/path/of/key or env:NAME_OF_VARIABLE"
    return ""


def read_key(source: str) -> bytes:
    """The 32 bytes that a source holds: raw, or as base64 or hexadecimal text. Raises StorageError."""
    kind, _, where = source.partition(":")
    try:
        if kind == "file":
            data = Path(where).expanduser().read_bytes()
        else:
            data = os.environ[where].encode("utf-8", "surrogateescape")
    except (OSError, KeyError):
        raise StorageError(
            f"The encryption key cannot be read from {kind}:{where}.",
            hint="Look at S3_CUSTOMER_KEY.",
        ) from None
    text = data.strip()
    if len(data) == 32:
        return data
    for decode in (_base64, bytes.fromhex):
        try:
            key = decode(text.decode("ascii"))
        except ValueError:
            continue
        if len(key) == 32:
            return key
    raise StorageError(
        f"What {kind}:{where} holds is no key of 256 bits.",
        hint="Make one: openssl rand -base64 32",
    )


class CustomerKeys:
    """The keys of one storage, the current one first; without any, requests pass as they are."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = tuple(source for source in sources if source)
        self._lock = threading.Lock()
        self._keys: tuple[bytes, ...] | None = None
        self._fitted: OrderedDict[Hashable, int] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._sources)

    def digest(self) -> str:
        """The MD5 of the current key, as servers tell it."""
        return _digest(self._all()[0])

    def send(
        self, operation: str, parameters: Mapping[str, Any], act: Send, endpoint: str
    ) -> dict[str, Any]:
        """Make the request with the key it needs, if it needs one."""
        given = dict(parameters)
        wanted = given.pop("SSECustomerAlgorithm", "") if operation in _STORES else ""
        held = str(given.pop("SSECustomerKeyMD5", ""))
        if wanted:
            given |= self._parameters(self._index_of(held), "SSECustomer", endpoint)
        if operation == "upload_part_copy":
            used = self._remembered(given.get("UploadId"))
            given |= self._parameters(used or 0, "SSECustomer", endpoint)
        about, prefix = _about(operation, given)
        if about is None or not self:
            answer = act(given)
        else:
            answer = self._try(operation, given, about, prefix, act, endpoint)
        if operation == "create_multipart_upload" and wanted:
            self._remember(answer.get("UploadId"), self._index_of(held))
        if operation in ("put_object", "copy_object"):
            index = self._index_of(held) if wanted else 0
            self._remember((given.get("Bucket"), given.get("Key")), index)
        return answer

    def _try(
        self,
        operation: str,
        given: dict[str, Any],
        about: Hashable,
        prefix: str,
        act: Send,
        endpoint: str,
    ) -> dict[str, Any]:
        guess = self._guess(about)
        first: BaseException | None = None
        for index in (guess, *(n for n in range(len(self._sources) + 1) if n != guess)):
            sent = given | self._parameters(index, prefix, endpoint)
            if (
                operation == "copy_object"
                and index
                and not any(name in given for name in _ENCRYPTS)
            ):
                sent |= self._parameters(1, "SSECustomer", endpoint)  # what was locked stays locked
            try:
                answer = act(sent)
            except sdk_errors() as error:
                first = first or error
                if status_of(error) != 400 and not (index and status_of(error) == 403):
                    raise
            else:
                self._remember(about, index)
                return answer
        assert first is not None
        raise first

    def _guess(self, about: Hashable) -> int:
        known = self._remembered(about)
        if known is None and isinstance(about, tuple):
            known = self._remembered(about[0])  # as the last one of that bucket was
        return known or 0

    def _remembered(self, about: Hashable) -> int | None:
        with self._lock:
            return self._fitted.get(about)

    def _remember(self, about: Hashable, index: int) -> None:
        with self._lock:
            for name in (about, about[0]) if isinstance(about, tuple) else (about,):
                self._fitted[name] = index
                self._fitted.move_to_end(name)
            while len(self._fitted) > _MOST:
                self._fitted.popitem(last=False)

    def _all(self) -> tuple[bytes, ...]:
        if self._keys is None:
            if not self._sources:
                raise StorageError("There is no key to encrypt with.", hint="Set S3_CUSTOMER_KEY.")
            self._keys = tuple(read_key(source) for source in self._sources)
        return self._keys

    def _index_of(self, digest: str) -> int:
        """Which key has that MD5, counted from 1; the current one if nothing is said."""
        keys = self._all()
        for index, key in enumerate(keys, 1):
            if digest and _digest(key) == digest:
                return index
        return 1

    def _parameters(self, index: int, prefix: str, endpoint: str) -> dict[str, Any]:
        if not index:
            return {}
        url = urlsplit(endpoint)
        if url.scheme == "http" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise Denied(
                "The key would go over the network in the clear: the endpoint is not https.",
                hint="Use an https endpoint for objects encrypted with a key of your own.",
            )
        return {f"{prefix}Algorithm": ALGORITHM, f"{prefix}Key": self._all()[index - 1]}


def _about(operation: str, given: Mapping[str, Any]) -> tuple[Hashable | None, str]:
    """What the key would be of, and how its parameters begin."""
    if operation in _READS:
        return (given.get("Bucket"), given.get("Key")), "SSECustomer"
    if operation in _COPIES:
        source = given.get("CopySource") or {}
        return (source.get("Bucket"), source.get("Key")), "CopySourceSSECustomer"
    if operation in _PARTS:
        return str(given.get("UploadId")), "SSECustomer"
    return None, ""


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _digest(key: bytes) -> str:
    return base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
