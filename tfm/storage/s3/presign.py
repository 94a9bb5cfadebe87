"""Links and forms that carry their own signature. They are made here, by the SDK; the server is not asked, unless
it is not known yet in which region a bucket lies.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Link, PostForm, PostLimits
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import sdk_errors, status_of
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.payment import HEADER, REQUESTER

LONGEST = 7 * 24 * 3600
"""Seconds that a signature of version 4 may be valid for."""
_ANY_NAME = "${filename}"
"""What a server replaces by the name that the file had."""


class Links:
    """The `Presign` facet."""

    longest = LONGEST

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def link(self, location: Location, seconds: int, *, upload: bool = False) -> Link:
        """As the protocol. A role or a login may be renewed for it, elsewhere than at S3."""

        def sign(client: Any, seconds: int) -> str:
            url = client.generate_presigned_url(
                "put_object" if upload else "get_object",
                Params={"Bucket": location.container, "Key": location.inner_key},
                ExpiresIn=seconds,
            )
            if self._calls.payers.pays(location):
                url = _paid_by_us(client, str(url), "PUT" if upload else "GET", seconds)
            return str(url)

        url, until, notes = self._signed(location, seconds, "make a link to", sign)
        return Link(url, until, notes)

    def post(self, location: Location, seconds: int, limits: PostLimits) -> PostForm:
        """As the protocol."""
        place = location.as_directory() if location.is_container else location
        key = place.inner_key
        if _ANY_NAME in key:
            raise Unsupported(
                f"No form can name {safe_text(str(place))}: a server puts the name of the file for {_ANY_NAME}.",
                place=place,
                verb="make a form for",
            )
        if place.looks_like_directory:
            key += _ANY_NAME
        fields: dict[str, str] = {}
        conditions: list[object] = [["content-length-range", limits.smallest, limits.largest]]
        kind, star, _ = limits.content_type.partition("*")
        if star:
            conditions.append(["starts-with", "$Content-Type", kind])
        elif kind:
            fields["Content-Type"] = kind
            conditions.append({"Content-Type": kind})

        if self._calls.payers.pays(place):
            fields[HEADER] = REQUESTER
            conditions.append({HEADER: REQUESTER})

        def sign(client: Any, seconds: int) -> dict[str, Any]:
            made: dict[str, Any] = client.generate_presigned_post(
                place.container, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds
            )
            return made

        made, until, notes = self._signed(place, seconds, "make a form for", sign)
        pairs = tuple((str(name), str(value)) for name, value in made["fields"].items())
        return PostForm(str(made["url"]), pairs, until, notes, kind if star else "")

    def _signed(
        self, location: Location, seconds: int, verb: str, sign: Callable[[Any, int], Any]
    ) -> tuple[Any, float, tuple[str, ...]]:
        """What is signed, when it ends (in seconds since 1970), and why it may end sooner."""
        with guarded(location, verb):
            check_place(location, verb)
            self._calls.check_inside(location, verb)  # a link is good without another request
            if self._calls.options.no_sign_request:
                raise Unsupported(
                    f"Cannot {verb} {safe_text(str(location))}: requests are not signed.",
                    place=location,
                    verb=verb,
                    hint="Leave --no-sign-request out, or choose a profile.",
                )
            seconds = max(1, min(seconds, self.longest))
            notes = self._find_region(location)
            try:
                client = self._calls.clients.get(location.container, bulk=False)
                key = client._request_signer._credentials
                if key is None:
                    raise _no_credentials()
                made = sign(client, seconds)
            except sdk_errors() as error:
                raise self._calls.translated(error, location, verb) from error
            until = time.time() + seconds
            ends = getattr(key, "_expiry_time", None)
            if isinstance(ends, datetime) and ends.timestamp() < until:
                until = ends.timestamp()
                notes.append("It ends with the temporary credentials that signed it.")
            elif getattr(key, "token", "") and not isinstance(ends, datetime):
                notes.append("It was signed with temporary credentials, and ends with them.")
            return made, until, tuple(notes)

    def _find_region(self, location: Location) -> list[str]:
        """A link for another region than that of the bucket is refused: Amazon is asked where it lies.

        Once for each bucket, unless an earlier request showed it. Any answer tells; a note where none came.
        """
        calls, bucket = self._calls, location.container
        if not calls.on_aws_for(location) or bucket.startswith("arn:"):
            return []
        regions = calls.clients.region_of
        if bucket in regions:
            return []
        try:
            calls.once("head_bucket", location, {"Bucket": bucket}, fast=False)
        except sdk_errors() as error:
            if bucket not in regions and status_of(error) not in (403, 404):
                region = calls.clients.home
                return [f"Works if the bucket lies in {region}, which could not be asked."]
        regions.setdefault(bucket, calls.clients.home)
        return []


def _no_credentials() -> Exception:
    """What the SDK raises for links; for forms it runs into a fault of its own."""
    from botocore.exceptions import NoCredentialsError

    missing: Exception = NoCredentialsError()
    return missing


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
