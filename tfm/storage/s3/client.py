"""The SDK's clients: made once, on the first request, two for each region. Imports boto3.

The browse client answers a person, so it gives up soon; the bulk client has more patience and its
own connections, so that a job never makes a listing wait.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3  # not boto3.session: two threads that begin at different ends get half of it
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    InvalidEndpointConfigurationError,
    NoCredentialsError,
)
from botocore.loaders import Loader, create_loader

from tfm import __version__
from tfm.model.errors import NeedsLogin
from tfm.model.redact import quiet_sdk
from tfm.storage.facets import Fact
from tfm.storage.s3.errors import expired_told
from tfm.storage.s3.login import Used, used_by
from tfm.storage.s3.mfa import AskedCredentials, AskingRoles
from tfm.storage.s3.options import DEFAULT_REGION, S3Options
from tfm.storage.s3.parse import fast_lane, old_lane, parse_time, whole_or_fault
from tfm.storage.s3.quirks import AWS, by_address
from tfm.storage.s3.version_page import version_lane

_RENEW_SECONDS = 2.0


def is_aws(endpoint_url: str) -> bool:
    """True if the host is one of Amazon's own; everything else gets the cautious settings."""
    return by_address(endpoint_url) is AWS


def _parse_timestamp(value: str | float) -> Any:
    """Stands in for botocore's default, which takes dateutil, 60 µs a piece; ISO times need none of that."""
    from datetime import datetime

    if isinstance(value, str) and parse_time(value) is not None:
        return datetime.fromisoformat(value)
    from botocore.utils import parse_timestamp

    return parse_timestamp(value)


@cache
def _descriptions(data_path: str | None) -> Loader:
    """What the SDK knows of services and regions: 12 MB and a tenth of a second, which each connection, and each
    renewal of a login, would read for itself.
    """
    return create_loader(data_path)


class Clients:
    """All clients of one storage. Making one reads the AWS configuration and may find credentials.

    `region_of` remembers where buckets are, `aws` whether the endpoint is Amazon's (None until the
    first client exists).
    """

    def __init__(self, options: S3Options, profile: str) -> None:
        self._options = options
        self._profile = profile
        self._lock = threading.Lock()
        self._session: Any = None
        self._made = 0.0
        self._clients: dict[tuple[str, bool, bool], Any] = {}
        self._hooks: list[Callable[[Any], None]] = []
        self._home = ""
        self.renewals = 0
        self.region_of: dict[str, str] = {}
        self.aws: bool | None = None
        self.endpoint = ""
        self._arn = ""

    @property
    def home(self) -> str:
        """The region that is asked first; empty until the first client exists."""
        return self._home

    def get(self, bucket: str, *, bulk: bool, fast: bool = False) -> Any:
        """The client for a bucket, `fast` by Amazon's accelerated endpoint; raises what botocore raises for
        bad configuration.
        """
        region = self.region_of.get(bucket, "")
        if region == self._home:
            region = ""
        client = self._clients.get((region, bulk, fast))
        if client is not None:
            return client
        with self._lock:
            client = self._clients.get((region, bulk, fast))
            if client is None:
                client = self._make(region, bulk, fast)
                self._clients[region, bulk, fast] = client
            return client

    @property
    def profile(self) -> str:
        """The profile in use; empty for that which has no name."""
        return self._profile or os.environ.get("AWS_PROFILE", "")

    @property
    def used(self) -> Used | None:
        """What was signed with so far; looks nothing up and asks nobody."""
        return used_by(self._session, self.profile)

    @property
    def who(self) -> str:
        """As whom requests are signed, in words, as far as it is known; asks nobody."""
        used = self.used
        return self._arn or (used.words if used is not None else "")

    def ask_identity(self) -> list[Fact]:
        """Whose the credentials are: one request to STS. Raises what botocore raises."""
        self.get("", bulk=False)  # knows the endpoint
        with self._lock:
            session = self._session or self._open_session()
            found = session.get_credentials()
        if found is None:
            raise NoCredentialsError
        with expired_told():
            found.get_frozen_credentials()  # may ask somebody, so that nobody else waits for the lock
        with self.service("sts") as client:
            if client is None:
                return [Fact("Account", "not known: this server has no service that tells it")]
            told = client.get_caller_identity()
        self._arn = str(told.get("Arn") or "")
        rows = (("Account", "Account"), ("Identity", "Arn"), ("User id", "UserId"))
        return [Fact(label, str(told[name])) for label, name in rows if told.get(name)]

    @contextlib.contextmanager
    def service(self, name: str, bucket: str = "") -> Iterator[Any]:
        """A client of another service of the same account, in the region of a bucket; None where there is none.

        The keys of another server are not shown to Amazon: there the configuration must name the service.
        """
        self.get("", bulk=False)  # knows the endpoint
        with self._lock:
            session = self._session or self._open_session()
            waits = Config(
                connect_timeout=self._options.connect_timeout,
                read_timeout=self._options.read_timeout,
                retries={"mode": "standard", "total_max_attempts": 2},
            )
            region = self.region_of.get(bucket) or self._home or DEFAULT_REGION
            client = session.client(name, region_name=region, config=waits)
        with contextlib.closing(client):
            yield client if self.aws or not is_aws(client.meta.endpoint_url) else None

    def on_new_client(self, hook: Callable[[Any], None]) -> None:
        """Call `hook` with every client made from now on (tests count requests this way)."""
        with self._lock:
            self._hooks.append(hook)
            for client in self._clients.values():
                hook(client)

    def renew(self) -> None:
        """Forget credentials, so that the next request sees a login made meanwhile."""
        with self._lock:
            if time.monotonic() - self._made < _RENEW_SECONDS:
                return  # many requests fail at once; one renewal serves them all
            found = getattr(getattr(self._session, "_session", None), "_credentials", None)
            if isinstance(found, AskedCredentials):
                found.distrust()
            self._session = None
            self.renewals += 1
            self._arn = ""
            self._clients = {}  # those in use end with their requests

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            clients, self._clients = self._clients, {}
            self._session = None
        for client in clients.values():
            client.close()

    def _make(self, region: str, bulk: bool, fast: bool) -> Any:
        session = self._session or self._open_session()
        self._home = self._options.region or session.region_name or DEFAULT_REGION
        region = region or self._home
        if self.aws is None and self._options.endpoint_url:
            self.aws = is_aws(self._options.endpoint_url)
        client = self._create(session, region, bulk, fast=fast)
        if not fast:
            self.endpoint = client.meta.endpoint_url
        if self.aws is None:
            self.aws = is_aws(self.endpoint)
            if not self.aws:  # the environment or the profile named it: now with what suits it
                client.close()
                client = self._create(session, region, bulk)
        # before the SDK's own `before-parse.s3.*`, which takes what is not quite XML for a fault that passes
        client.meta.events.register_first("before-parse.*.*", whole_or_fault)
        client.meta.events.register("before-parse.*.ListObjectsV2", fast_lane)
        client.meta.events.register("before-parse.s3.ListObjects", old_lane)
        client.meta.events.register("before-parse.s3.ListObjectVersions", version_lane)
        client.meta.events.register("needs-retry.s3", self._learn_region)
        for hook in self._hooks:
            hook(client)
        return client

    def _open_session(self) -> Any:
        quiet_sdk()
        core = botocore.session.Session(profile=self._profile or None)
        core.get_component("response_parser_factory").set_parser_defaults(
            timestamp_parser=_parse_timestamp
        )
        core.user_agent_extra = f"tfm/{__version__}"
        core.register_component("data_loader", _descriptions(core.get_config_variable("data_path")))
        if self._options.ca_bundle:
            core.set_config_variable("ca_bundle", self._options.ca_bundle)
        if self._options.access_key_id_from:
            core.set_credentials(*self._own_keys())
        # STS, which roles are asked from, takes its region from the session
        region = self._options.region or core.get_config_variable("region") or DEFAULT_REGION
        core.set_config_variable("region", region)
        providers = core.get_component("credential_provider").providers
        providers[:] = [
            AskingRoles(each, self._options.codes) if each.METHOD == AskingRoles.METHOD else each
            for each in providers
        ]
        self._session = boto3.session.Session(botocore_session=core)
        self._made = time.monotonic()
        return self._session

    def _own_keys(self) -> list[str | None]:
        """Key, secret and token from the environment, as it is now. Raises NeedsLogin."""
        options = self._options
        keys: list[str | None] = []
        for name in (options.access_key_id_from, options.secret_access_key_from):
            if not os.environ.get(name):
                raise NeedsLogin(
                    f"The environment variable {name}, from which S3_CONNECTIONS takes a key, is not set.",
                    hint=f"Set it in your shell (export {name}=...) and start tfm there.",
                )
            keys.append(os.environ[name])
        return [*keys, os.environ.get(options.session_token_from) or None]

    def _create(self, session: Any, region: str, bulk: bool, *, fast: bool = False) -> Any:
        options = self._options
        aws = self.aws is not False
        style = self._style(session, aws)
        choices: dict[str, Any] = {"addressing_style": style} if style else {}
        if fast:  # an endpoint of one's own and this exclude each other
            choices = {"addressing_style": "virtual", "use_accelerate_endpoint": True}
        checksums = "when_supported" if aws else "when_required"
        config = Config(
            signature_version=UNSIGNED if options.no_sign_request else "s3v4",
            connect_timeout=options.connect_timeout,
            read_timeout=options.bulk_read_timeout if bulk else options.read_timeout,
            # Repeated by us (calls.py): the SDK's own budget is used up by a burst of faults, and
            # its pauses cannot be cancelled.
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=options.pool,
            tcp_keepalive=True,
            request_checksum_calculation=checksums,
            response_checksum_validation=checksums,
            s3=choices or None,
            ignore_configured_endpoint_urls=fast or None,
        )
        try:
            return session.client(
                "s3",
                region_name=region,
                endpoint_url=None if fast else options.endpoint_url or None,
                config=config,
            )
        except BotoCoreError:
            raise
        except ValueError as error:  # an endpoint that is no URL, ours or of the configuration
            raise InvalidEndpointConfigurationError(msg=str(error)) from error

    def _style(self, session: Any, aws: bool) -> str:
        """Empty leaves the choice to botocore and the AWS configuration."""
        if self._options.addressing_style != "auto":
            return self._options.addressing_style
        configured = session._session.get_config_variable("s3") or {}
        if aws or configured.get("addressing_style"):
            return ""
        return "path"

    def _learn_region(self, response: Any, request_dict: Mapping[str, Any], **_more: Any) -> None:
        """Remember where a bucket is when a server says so, so that it is asked there next time."""
        if response is None:
            return
        parsed = response[1]
        if parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) not in (301, 307, 400):
            return
        context = request_dict.get("context", {})
        # the list of buckets is of none, and some servers sign with a region of their own throughout
        bucket = context.get("s3_redirect", {}).get("bucket") or ""
        headers = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        region = headers.get("x-amz-bucket-region") or parsed.get("Error", {}).get("Region")
        if not isinstance(bucket, str) or not isinstance(region, str) or not region:
            return
        if region != context.get("client_region"):
            self.region_of[bucket] = region
