"""The settings of one S3 storage, checked when the storage is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase

from tfm.storage.base import COLOURS
from tfm.storage.device_codes import DeviceCodes
from tfm.storage.s3.classes import facts_of
from tfm.storage.s3.customer import fault_in_source

MIB = 1024 * 1024
DEFAULT_REGION = "us-east-1"
MIN_PART = 5 * MIB
MAX_PART = 5 * 1024 * MIB

SSE_C = "SSE-C"
ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse", SSE_C)
OF_BUCKETS = frozenset(
    ("storage_class", "encryption", "kms_key_id", "requester_pays", "accelerate")
)
_STYLES = ("auto", "path", "virtual")


@dataclass(frozen=True, slots=True)
class S3Options:
    """What may be set; an empty text or 0 leaves the choice to us or to the AWS configuration.

    `provider` is who made the server, as `quirks.py` calls it; it only helps to recognise it.

    Time-outs and `cache_ttl` are in seconds, `multipart_threshold` and `part_size` in bytes.
    `max_retries` counts repetitions of a request, `retry_delay` is the pause before the first one and
    `outage_wait` how long a job waits for a server that had worked before (`model/patience.py`).
    `threads` is how many pieces of transfers may be under way at once: the connection pool is made
    larger than that. `storage_class` and `uploads` are for objects that are uploaded: the latter are
    patterns with what the names that fit them get (see `uploads.py`). `encryption` is for uploads and copies:
    one of `ENCRYPTIONS`; the keys are named, not given (see `customer.py`). The three `_from` name the environment variables that hold keys. With a `bucket`
    nothing else is shown, with a `prefix` nothing outside of it. With `bucket_columns` buckets are looked at one by one
    for what stands beside their names. `prices` replace single list prices of Amazon, by region; `own_prices` are those of
    this connection, whoever its seller is.
    `requester_pays`: our account pays for requests to buckets of others. `accelerate`: bytes of
    objects go by Amazon's accelerated endpoints, where the bucket allows that. `buckets` are patterns of names with what is
    another for such buckets (`OF_BUCKETS`); later ones win. With a `metrics_namespace` the figures of the requests are sent there.
    `codes` is who is asked for the code of a device.
    """

    profile: str = ""
    provider: str = ""
    region: str = ""
    endpoint_url: str = ""
    addressing_style: str = "auto"
    no_sign_request: bool = False
    ca_bundle: str = ""
    access_key_id_from: str = ""
    secret_access_key_from: str = ""
    session_token_from: str = ""
    bucket: str = ""
    prefix: str = ""
    read_only: bool = False
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    bulk_read_timeout: float = 60.0
    max_retries: int = 6
    retry_delay: float = 1.0
    outage_wait: float = 900.0
    pool_connections: int = 0
    multipart_threshold: int = 5 * MIB
    part_size: int = 0
    threads: int = 12
    cache_ttl: float = 60.0
    storage_class: str = ""
    encryption: str = ""
    kms_key_id: str = ""
    customer_key: str = ""
    former_customer_key: str = ""
    uploads: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    bucket_columns: bool = True
    prices: tuple[tuple[str, tuple[tuple[str, float | str], ...]], ...] = ()
    own_prices: tuple[tuple[str, float | str], ...] = ()
    colour: str = ""
    requester_pays: bool = False
    accelerate: bool = False
    buckets: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    metrics_namespace: str = ""
    codes: DeviceCodes = field(default_factory=DeviceCodes)

    def __post_init__(self) -> None:
        if self.addressing_style not in _STYLES:
            raise ValueError(f"S3 addressing_style is one of {', '.join(_STYLES)}.")
        for name in ("connect_timeout", "read_timeout", "bulk_read_timeout", "threads"):
            if getattr(self, name) <= 0:
                raise ValueError(f"S3 {name} must be more than 0.")
        for name in (
            "max_retries",
            "retry_delay",
            "outage_wait",
            "pool_connections",
            "cache_ttl",
            "multipart_threshold",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"S3 {name} cannot be negative.")
        if self.multipart_threshold > MAX_PART:
            raise ValueError("S3 multipart_threshold can be at most 5 GiB.")
        if self.part_size and not MIN_PART <= self.part_size <= MAX_PART:
            raise ValueError("S3 part_size lies between 5 MiB and 5 GiB.")
        if self.colour not in ("", *COLOURS):
            raise ValueError(f"S3 colour is one of {', '.join(COLOURS)}.")
        if self.encryption not in ("", *ENCRYPTIONS):
            raise ValueError(f"S3 encryption is one of {', '.join(ENCRYPTIONS)}.")
        if self.encryption == SSE_C and not self.customer_key:
            raise ValueError("S3 encryption SSE-C needs a customer_key.")
        for source in (self.customer_key, self.former_customer_key):
            if fault := fault_in_source(source):
                raise ValueError(f"S3 customer_key: {fault}.")
        if self.storage_class and facts_of(self.storage_class).refusal:
            refusal = facts_of(self.storage_class).refusal
            raise ValueError(f"S3 storage_class {self.storage_class} cannot be chosen: {refusal}.")

        for pattern, _values in self.buckets:
            self.of_bucket(pattern)  # a pattern fits itself; raises for what cannot be

    def of_bucket(self, bucket: str) -> S3Options:
        """As they are for one bucket. Raises TypeError, ValueError."""
        chosen: dict[str, object] = {}
        for pattern, values in self.buckets:
            if bucket == pattern or fnmatchcase(bucket, pattern):
                chosen.update(values)
        if not chosen:
            return self
        if strange := chosen.keys() - OF_BUCKETS:
            raise TypeError(f"The S3 option {min(strange)} cannot be another for one bucket.")
        return replace(self, buckets=(), **chosen)  # type: ignore[arg-type] # judged by the rules

    @property
    def pool(self) -> int:
        """How many connections the bulk client keeps."""
        return max(self.pool_connections, self.threads + 4)


_WHO_AND_WHERE = (
    *("profile", "region", "endpoint_url", "addressing_style", "no_sign_request", "ca_bundle"),
)
"""What a connection by name has of its own, or has not at all."""


def options_of(connection: str, given: Mapping[str, object]) -> S3Options:
    """The options of a connection; `given` holds those that were named under `connections`.

    A name that none of them has is that of a profile. Raises TypeError, ValueError.
    """
    general = {name: value for name, value in given.items() if name != "connections"}
    named = given.get("connections") or {}
    if not isinstance(named, Mapping):
        raise TypeError("The S3 option connections takes a mapping.")
    if connection in named:
        general = {name: value for name, value in general.items() if name not in _WHO_AND_WHERE}
        return read_options({**general, **named[connection]})
    if connection:
        general["profile"] = connection
    return read_options(general)


def read_options(given: Mapping[str, object]) -> S3Options:
    """The options a mapping holds. Raises TypeError (unknown name, wrong type), ValueError."""
    known = {field.name: type(getattr(_DEFAULTS, field.name)) for field in fields(S3Options)}
    chosen: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            raise TypeError(f"S3 has no option {name!r}; known are {', '.join(sorted(known))}.")
        if value is None:
            continue
        wanted = known[name]
        if wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            raise TypeError(f"The S3 option {name} takes {wanted.__name__}, not {value!r}.")
        chosen[name] = value
    return S3Options(**chosen)  # type: ignore[arg-type] # each value was checked just above


_DEFAULTS = S3Options()
