"""A proxy that turns bits: which one in which body is laid down by the key before the request comes.

A flip names a byte of the object, wherever it travels: in a PUT, in a part, in a GET or in a range of one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Action, EditHeaders, FlipRequest, FlipResponse
from tests.fakes.proxy_s3 import Meaning
from tests.servers.server import Server

ENCRYPTED: Final = EditHeaders(response={"x-amz-server-side-encryption": "aws:kms"})
"""Says of an answer that its ETag is no digest of the bytes, as that of an encrypted object."""


@dataclass
class Flip:
    """One bit of one byte of the bodies of one operation on one key.

    `part` is the number of the part that carries it, 0 if none does. `every` turns it each time, else
    only the first time. `turned` counts.
    """

    op: str
    offset: int
    mask: int
    part: int = 0
    every: bool = False
    turned: int = field(default=0, compare=False)


class Turned(Proxy):
    """Turns what `plan` says, by key; `hidden` makes all answers look like those of encrypted objects.

    `parts` are the ETags of objects and the sizes of their parts. When asked for a part S3 answers with
    both; moto answers with the ETag of the part, and its answer is corrected.
    """

    def __init__(self, server: Server, *, checks: bool, hidden: bool = False) -> None:
        self.plan: dict[str, Flip] = {}
        self.parts: dict[str, tuple[str, list[int]]] = {}
        self.hidden = hidden
        self._turning = threading.Lock()
        super().__init__(server, checks=checks)

    def actions(self, meaning: Meaning, headers: Mapping[str, str]) -> tuple[Action, ...]:
        """What is to be done to this request."""
        actions = super().actions(meaning, headers)
        if self.hidden and meaning.key:
            actions += (ENCRYPTED,)
        known = self.parts.get(meaning.key)
        if known and meaning.op == "HeadObject" and meaning.query.get("partNumber") == "1":
            etag, sizes = known
            told = {"etag": etag, "content-length": str(sizes[0])}
            actions += (EditHeaders(response=told),)
        flip = self.plan.get(meaning.key)
        if flip is None or flip.op != meaning.op:
            return actions
        with self._turning:
            turning = _turning(flip, meaning, headers)
            if turning is None or (flip.turned and not flip.every):
                return actions
            flip.turned += 1
        return (*actions, turning)


def _turning(flip: Flip, meaning: Meaning, headers: Mapping[str, str]) -> Action | None:
    """The action, if that byte travels in this very body."""
    if meaning.op != "GetObject":
        if flip.part and meaning.query.get("partNumber") != str(flip.part):
            return None
        return FlipRequest(flip.offset, flip.mask)
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", "bytes=0-"))
    assert asked is not None, headers
    first, last = int(asked[1]), int(asked[2]) if asked[2] else flip.offset
    if not first <= flip.offset <= last:
        return None
    return FlipResponse(flip.offset - first, flip.mask)
