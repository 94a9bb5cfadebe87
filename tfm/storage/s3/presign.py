"""Links that carry their own signature. They are made here, by the SDK; the server is not asked."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Link
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import sdk_errors
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.payment import HEADER, REQUESTER

LONGEST = 7 * 24 * 3600
"""Seconds that a signature of version 4 may be valid for."""


class Links:
    """The `Presign` facet."""

    longest = LONGEST

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def link(self, location: Location, seconds: int, *, upload: bool = False) -> Link:
        """As the protocol. A role or a login may be renewed for it, elsewhere than at S3."""
        verb = "make a link to"
        with guarded(location, verb):
            check_place(location, verb)
            if self._calls.options.no_sign_request:
                raise Unsupported(
                    f"Cannot {verb} {safe_text(str(location))}: requests are not signed.",
                    place=location,
                    verb=verb,
                    hint="Leave --no-sign-request out, or choose a profile.",
                )
            seconds = max(1, min(seconds, self.longest))
            try:
                client = self._calls.clients.get(location.container, bulk=False)
                key = client._request_signer._credentials
                url = client.generate_presigned_url(
                    "put_object" if upload else "get_object",
                    Params={"Bucket": location.container, "Key": location.inner_key},
                    ExpiresIn=seconds,
                )
                if self._calls.payers.pays(location):
                    url = _paid_by_us(client, str(url), "PUT" if upload else "GET", seconds)
            except sdk_errors() as error:
                raise self._calls.translated(error, location, verb) from error
            until, notes = time.time() + seconds, []
            ends = getattr(key, "_expiry_time", None)
            if isinstance(ends, datetime) and ends.timestamp() < until:
                until = ends.timestamp()
                notes.append("It ends with the temporary credentials that signed it.")
            elif getattr(key, "token", "") and not isinstance(ends, datetime):
                notes.append("It was signed with temporary credentials, and ends with them.")
            return Link(str(url), until, tuple(notes))


def _paid_by_us(client: Any, url: str, method: str, seconds: int) -> str:
    """The same link, with the word that we pay: in the address, for whoever has it sends no headers."""
    return signed(client, f"{url.partition('?')[0]}?{HEADER}={REQUESTER}", method, seconds)


def signed(client: Any, url: str, method: str, seconds: int) -> str:
    """Sign an address as the SDK does, which itself would ask for a header."""
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method=method, url=url)
    keys = client._request_signer._credentials.get_frozen_credentials()
    S3SigV4QueryAuth(keys, "s3", client.meta.region_name, expires=seconds).add_auth(request)
    return str(request.url)
