"""One request: the right client, one line in the log, every exception translated.

`Calls` is what all other files of this room share. What a server turned out to be able to do is
remembered in `Manners` (`manners.py`), one per storage (a storage has one endpoint).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Denied, NeedsLogin, StorageError, Unsupported
from tfm.model.location import S3, Location
from tfm.model.past import now
from tfm.model.patience import Patience, Trial
from tfm.model.text import safe_text
from tfm.storage.device_codes import asking
from tfm.storage.s3.accelerate import Accelerator
from tfm.storage.s3.counts import api_name
from tfm.storage.s3.customer import CustomerKeys
from tfm.storage.s3.errors import SLOW, code_of, sdk_errors, set_attempts, status_of, translate
from tfm.storage.s3.keys import names
from tfm.storage.s3.ledger import Ledger, log
from tfm.storage.s3.login import Used
from tfm.storage.s3.manners import Manners, sign_with_md5, watch_shapes
from tfm.storage.s3.options import S3Options
from tfm.storage.s3.payment import Payers, wants_payment

if TYPE_CHECKING:
    from tfm.storage.s3.client import Clients

__all__ = ("Calls", "Manners", "log")

_BROWSING = Patience(retries=3, delay=0.3, outage=0.0)
"""For whoever looks at the screen: four attempts within two seconds, if the server answers at all."""
_RENEWABLE = (
    "ExpiredToken",
    "ExpiredTokenException",
    "TokenRefreshRequired",
    "RequestExpired",
    "TokenRetrievalError",
    "SSOError",
    "LoginError",
    "NoAuthTokenError",
)
"""Faults of a login that a person can renew outside while a job waits."""
_PASSING = "tfm_passing"
"""Where an exception of the SDK carries on its way up that waiting may help."""


class Calls:
    """Makes requests for one storage; the first one makes the clients."""

    def __init__(self, options: S3Options, profile: str, *, begins: Location | None = None) -> None:
        self.options = options
        self.profile = profile
        self.begins = begins
        self.manners = Manners(options.provider)
        self.ledger = Ledger()
        self.payers = Payers(options)
        self.accelerator = Accelerator(options)
        self.keys = CustomerKeys((options.customer_key, options.former_customer_key))
        self._patience = {
            True: Patience(options.max_retries, options.retry_delay, options.outage_wait),
            False: replace(_BROWSING, retries=min(_BROWSING.retries, options.max_retries)),
        }
        self._lock = threading.Lock()
        self._clients: Clients | None = None
        self.signs_md5 = False
        self._hooks: list[Callable[[Any], None]] = [self._greet, watch_shapes]

    @property
    def clients(self) -> Clients:
        """The clients, made on first use: importing the SDK takes a fifth of a second."""
        clients = self._clients
        if clients is None:
            with self._lock:
                clients = self._clients
                if clients is None:
                    from tfm.storage.s3.client import Clients

                    clients = Clients(self.options, self.profile)
                    clients.on_new_client(self.ledger.watch)
                    clients.on_new_client(self.payers.watch)
                    for hook in self._hooks:
                        clients.on_new_client(hook)
                    self._clients = clients
        return clients

    @property
    def renewals(self) -> int:
        """How often credentials were looked for anew; makes no client."""
        return 0 if self._clients is None else self._clients.renewals

    @property
    def used(self) -> Used | None:
        """The credentials that were signed with so far; asks nobody."""
        return None if self._clients is None else self._clients.used

    @property
    def who(self) -> str:
        """As whom requests are signed, in words, as far as it is known; asks nobody."""
        return "" if self._clients is None else self._clients.who

    @property
    def on_aws(self) -> bool:
        """True if the endpoint is Amazon's; makes a client if there is none, sends nothing.

        Raises StorageError where none can be made: an unknown profile, a faulty configuration.
        """
        clients = self.clients
        if clients.aws is None:
            try:
                clients.get("", bulk=False)
            except sdk_errors() as error:
                raise self.translated(error, Location(S3, ""), "reach") from error
        return bool(clients.aws)

    def on_aws_for(self, location: Location) -> bool:
        """As `on_aws`, with faults of the configuration translated for a place."""
        try:
            return self.on_aws
        except sdk_errors() as error:
            raise self.translated(error, location, "look at") from error

    def _greet(self, client: Any) -> None:
        self.manners.reached_at(client.meta.endpoint_url)

    def way_down(self, directory: Location) -> str:
        """The one name that is shown in a directory above the beginning; empty everywhere else."""
        begins = self.begins
        if begins is None or not directory.as_directory().holds(begins):
            return ""
        return begins.relative_to(directory.as_directory()).partition("/")[0]

    def check_inside(self, location: Location, verb: str) -> None:
        """Raise Denied for what lies above or beside the place where this connection begins."""
        begins, today = self.begins, now(location)
        if begins is None or today == begins or begins.holds(today):
            return
        raise Denied(
            f"Cannot {verb} {safe_text(str(location))}: it lies outside of this connection.",
            place=location,
            verb=verb,
            hint=f"The connection begins at {safe_text(str(begins))} (S3_CONNECTIONS).",
        )

    def on_new_client(self, hook: Callable[[Any], None]) -> None:
        """Show every SDK client to `hook` before its first request."""
        self._hooks.append(hook)
        if self._clients is not None:
            self._clients.on_new_client(hook)

    def sign_with_md5(self, *, signed: bool) -> bool:
        """Send Content-MD5 with every document from now on, for all of this storage.

        `signed` is what `signs_md5` was before a request that was refused. True if it went out without:
        then it is worth sending again, whoever learned of it first.
        """
        with self._lock:
            if not self.signs_md5:
                self.on_new_client(sign_with_md5)
                self.signs_md5 = True
        return not signed

    def close(self) -> None:
        """Close all connections."""
        if self._clients is not None:
            self._clients.close()

    def send(
        self,
        operation: str,
        location: Location,
        verb: str,
        *,
        bulk: bool = False,
        cancel: CancelToken = NEVER,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Make one request and return botocore's answer. Raises StorageError, Cancelled.

        Repeated while that may help: a little for whoever browses, with the whole patience of a job
        for `bulk`. `cancel` ends the waiting.
        """
        self.check_inside(location, verb)
        try:
            return self.send_raw(operation, location, bulk=bulk, cancel=cancel, **parameters)
        except sdk_errors() as error:
            raise self.translated(error, location, verb) from error

    def head(
        self,
        location: Location,
        verb: str,
        *,
        bulk: bool = False,
        cancel: CancelToken = NEVER,
        checksums: bool = True,
        **more: Any,
    ) -> dict[str, Any]:
        """One HEAD of an object, with the checksums the server keeps unless they are not wanted."""
        if checksums:
            more["ChecksumMode"] = "ENABLED"
        where = names(location)
        return self.send("head_object", location, verb, bulk=bulk, cancel=cancel, **where, **more)

    def check_subresources(self, location: Location, verb: str) -> None:
        """Raise Unsupported where what is sent to the tags of an object would meet the object itself."""
        if self.on_aws:
            return
        if not self.manners.met:
            self.head(location, verb, checksums=False)
        if not self.manners.subresources:
            raise Unsupported(
                f"Cannot {verb} {safe_text(str(location))}: this server has no such thing.",
                place=location,
                verb=verb,
            )

    def send_raw(
        self,
        operation: str,
        location: Location,
        *,
        bulk: bool = False,
        cancel: CancelToken = NEVER,
        **parameters: Any,
    ) -> dict[str, Any]:
        """As `send`, but botocore's exceptions come out as they are, with the count of attempts."""
        self.check_inside(location, "reach")
        trial, before = Trial(self._patience[bulk]), -1
        while True:
            signed = self.signs_md5
            try:
                with asking(cancel):
                    answer = self._routed(operation, location, bulk, parameters)
            except sdk_errors() as error:
                insists = code_of(error) == "MissingContentMD5"
                if insists and self.sign_with_md5(signed=signed):
                    continue
                told = self._explained(operation, location, error)
                built = self.translated(told, location, "reach")
                now = self.manners.successes
                if not trial.is_early(built):
                    built.passing = self._is_away(built, location, now if before < 0 else before)
                before = now
                if not trial.again(built, cancel):
                    set_attempts(getattr(told, "response", None), trial.repetitions)
                    setattr(told, _PASSING, built.passing)
                    raise told from (None if told is error else error)
                self.ledger.tally.repeat(api_name(operation))
                log.info("%s is tried again (%d)", operation, trial.repetitions)
            else:
                set_attempts(answer, trial.repetitions)
                return answer

    def trial(self) -> Trial:
        """For a job that learns of a passing fault otherwise than by a request that failed."""
        return Trial(self._patience[True])

    def _explained(self, operation: str, location: Location, error: Exception) -> Exception:
        """An answer to HEAD has no body, so that a dead login looks like a missing right; a listing
        of the same key says which. One request more, and only after such a fault.
        """
        if not operation.startswith("head_") or status_of(error) not in (400, 403):
            return error
        bucket, prefix = location.container, location.inner_key
        parameters = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": 1}
        try:
            listing = "list_objects" if self.manners.list_v2 is False else "list_objects_v2"
            self._routed(listing, location, False, parameters)
        except sdk_errors() as told:
            return told if status_of(told) in (400, 403) else error
        return error

    def translated(self, error: BaseException, location: Location, verb: str) -> StorageError:
        """The house's error; a fault of the login also makes the next request log in anew."""
        clients = self._clients
        profile = self.profile if clients is None else clients.profile
        built = translate(error, location, verb, self.who, profile)
        if clients is not None and clients.aws:
            built = wants_payment(built, error, self.payers)
        built.passing = bool(getattr(error, _PASSING, False))
        if isinstance(built, NeedsLogin) and self._clients is not None:
            self._clients.renew()
        return built

    def _is_away(self, built: StorageError, location: Location, before: int) -> bool:
        """Whether waiting may cure what repeating did not: is the whole endpoint away, or the login?

        Not if it never worked, not if others succeed meanwhile, and not if the server answers a
        look at the bucket: then this one request has a fault of its own. `before` is the count of
        successes when the attempt before this one failed: what was still under way when the server
        went away may have been answered after the first.
        """
        if self._patience[True].outage <= 0 or before == 0 or self.manners.successes != before:
            return False
        if isinstance(built, NeedsLogin):
            return built.code in _RENEWABLE
        if not built.retryable or built.code in SLOW:
            return built.retryable
        try:
            client = self.clients.get(location.container, bulk=False)
            parameters = {"Bucket": location.container}
            self.ledger.ask(client, "head_bucket", location, parameters)
        except sdk_errors() as error:
            return not 0 < status_of(error) < 500
        return False

    def _routed(
        self, operation: str, location: Location, bulk: bool, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        if not self.keys and "SSECustomerAlgorithm" not in parameters:
            return self._in_region(operation, location, bulk, parameters)
        self.clients.get("", bulk=bulk)  # knows the endpoint
        return self.keys.send(
            operation,
            parameters,
            lambda sent: self._in_region(operation, location, bulk, sent),
            self.clients.endpoint,
        )

    def _in_region(
        self, operation: str, location: Location, bulk: bool, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        bucket = str(parameters.get("Bucket", ""))
        clients = self.clients
        fast = (
            bulk and self.on_aws and self.accelerator.carries(operation, bucket, self._acceleration)
        )
        region = clients.region_of.get(bucket)
        try:
            return self._once(operation, location, bulk, bucket, parameters, fast=fast)
        except sdk_errors() as error:
            if fast and self.accelerator.refused(bucket, error):
                fast = False
            # The SDK follows a bucket to its region by itself, but not from every kind of answer.
            elif clients.region_of.get(bucket) == region:
                raise
        return self._once(operation, location, bulk, bucket, parameters, fast=fast)

    def once(
        self, operation: str, location: Location, parameters: dict[str, Any], *, fast: bool
    ) -> dict[str, Any]:
        """One attempt by one of the two endpoints, for whoever compares them; botocore's exceptions come out."""
        self.check_inside(location, "reach")
        bucket = str(parameters.get("Bucket", ""))
        return self._once(operation, location, True, bucket, parameters, fast=fast)

    def _acceleration(self, bucket: str) -> dict[str, Any] | None:
        """What the bucket says about acceleration; None where it may not be asked."""
        place = Location(S3, f"{bucket}/")
        operation = "get_bucket_accelerate_configuration"
        try:
            return self._in_region(operation, place, False, {"Bucket": bucket})
        except sdk_errors():
            return None

    def _once(
        self,
        operation: str,
        location: Location,
        bulk: bool,
        bucket: str,
        parameters: dict[str, Any],
        *,
        fast: bool = False,
    ) -> dict[str, Any]:
        body = parameters.get("Body")
        if body is not None and not isinstance(body, bytes):
            body.seek(0)  # it may have been read by an attempt that failed
        try:
            client = self.clients.get(bucket, bulk=bulk, fast=fast)
            answer = self.ledger.ask(client, operation, location, parameters)
        except sdk_errors() as error:
            self.manners.meet(getattr(error, "response", None) or {})
            self.manners.note(operation, parameters, None, error)
            raise
        self.manners.meet(answer)
        self.manners.note(operation, parameters, answer)
        self.manners.successes += 1
        return answer
