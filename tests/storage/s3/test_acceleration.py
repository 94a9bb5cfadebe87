"""Accelerated endpoints: which host is asked for what, and when the plain one is asked instead.

The storage speaks to Amazon's names; on its way out each request is turned to the proxy before moto, which notes
the host that was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tests.storage.s3.pieces import MemorySink, MemorySource, work
from tfm.model.cancel import NEVER
from tfm.model.errors import Unsupported
from tfm.model.location import S3, Location
from tfm.storage.base import Hints
from tfm.storage.container_facets import Gain
from tfm.storage.s3.measure import Acceleration, verdict
from tfm.storage.s3.options import read_options
from tfm.storage.s3.storage import S3Storage

HOST = "x-meant-host"
FAST = "s3-accelerate.amazonaws.com"


class Amazon:
    """Buckets at what the storage takes for Amazon. One storage serves all tests: making clients takes longer
    than what is tested.
    """

    def __init__(self, server: Server) -> None:
        self.client: Any = server.client()
        self.proxy = Proxy(server)
        self.storage = S3Storage(S3, {"max_retries": 0, "outage_wait": 0.0})
        self.storage.on_new_client(self._turn_aside)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in server.environment().items():
                patch.setenv(name, value)
            patch.delenv("AWS_ENDPOINT_URL")
            assert self.storage._calls.on_aws

    def open(self, **options: object) -> S3Storage:
        """As it would be with these options, and knowing nothing of any bucket."""
        accelerator = self.storage._calls.accelerator
        accelerator._options = read_options(options)
        for known in (accelerator._plain, accelerator._untold, accelerator._asked):
            known.clear()
        return self.storage

    def close(self) -> None:
        self.storage.close()
        self.proxy.close()

    def _turn_aside(self, client: Any) -> None:
        here = self.proxy.endpoint_url

        def turn(request: Any, **_more: Any) -> None:
            parts = urlsplit(request.url)
            host = parts.hostname or ""
            bucket = host.partition(".s3")[0] if not host.startswith("s3") else ""
            path = f"/{bucket}{parts.path}" if bucket else parts.path
            request.headers[HOST] = host
            request.url = f"{here}{path}?{parts.query}" if parts.query else f"{here}{path}"

        client.meta.events.register_last("before-send.s3", turn)

    def switch(self, bucket: str, status: str = "Enabled") -> None:
        self.client.put_bucket_accelerate_configuration(
            Bucket=bucket, AccelerateConfiguration={"Status": status}
        )

    def hosts(self, *operations: str) -> set[str]:
        """Who was asked for these, a bucket in front left out."""
        return {
            each.headers[HOST].partition(f"{each.bucket}.")[2] or each.headers[HOST]
            for each in self.proxy.exchanges()
            if each.op in operations or not operations
        }


@pytest.fixture(scope="module")
def _amazon(moto_server: Server) -> Iterator[Amazon]:
    made = Amazon(moto_server)
    yield made
    made.close()


@pytest.fixture
def amazon(_amazon: Amazon) -> Iterator[Amazon]:
    yield _amazon
    _amazon.proxy.clear_rules()
    _amazon.proxy.reset()


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


def carry(storage: S3Storage, bucket: str, *, large: int = 20) -> list[tuple[str, ...]]:
    """Two files up and down again; the notes of each."""
    transfer, notes = storage.facets.transfer, []
    assert transfer is not None
    for name, size in (("small", 10), ("large", large)):
        place = Location(S3, f"{bucket}/{name}")
        written = transfer.upload(MemorySource(bytes(size)), place, Hints(), work())
        sink = MemorySink()
        fetched = transfer.download(place, written.entry, sink, work())
        assert len(sink.data) == size
        notes += [written.notes, fetched.notes]
    return notes


BYTES = ("PutObject", "UploadPart", "GetObject")


def test_only_the_bytes_of_objects_go_there(amazon: Amazon, box: str) -> None:
    amazon.switch(box)
    storage = amazon.open(buckets=(("bucket-*", (("accelerate", True),)),))
    assert not any(carry(storage, box, large=6 * MIB))
    list(storage.scan(Location(S3, f"{box}/"), NEVER))
    assert amazon.hosts(*BYTES) == {FAST}
    others = {each.op for each in amazon.proxy.exchanges()} - set(BYTES)
    assert {"ListObjectsV2", "CreateMultipartUpload", "CompleteMultipartUpload"} <= others
    assert amazon.hosts(*others) == {"s3.amazonaws.com"}
    assert amazon.proxy.counts()["GetBucketAccelerateConfiguration"] == 1


def test_unasked_it_is_never_used(amazon: Amazon, box: str) -> None:
    amazon.switch(box)
    carry(amazon.open(), box)
    assert amazon.hosts() == {"s3.amazonaws.com"}
    assert "GetBucketAccelerateConfiguration" not in amazon.proxy.counts()


def test_where_it_is_off_the_plain_endpoint_serves_and_that_is_said_once(
    amazon: Amazon, box: str
) -> None:
    amazon.switch(box)
    amazon.switch(box, "Suspended")
    notes = carry(amazon.open(accelerate=True), box)
    [told] = [note for each in notes for note in each]
    assert told == "Not accelerated: acceleration is switched off for the bucket."
    assert amazon.hosts() == {"s3.amazonaws.com"}
    assert amazon.proxy.counts()["GetBucketAccelerateConfiguration"] == 1


def test_what_is_switched_on_in_the_settings_is_used_from_then_on(amazon: Amazon, box: str) -> None:
    storage, place = amazon.open(accelerate=True), Location(S3, f"{box}/")
    settings = storage.facets.settings
    assert settings is not None
    carry(storage, box)
    assert FAST not in amazon.hosts(*BYTES)
    for name in ("small", "large"):
        amazon.client.delete_object(Bucket=box, Key=name)
    settings.write(place, "acceleration", '{"Status": "Enabled"}', "")
    amazon.proxy.reset()
    carry(storage, box)
    assert amazon.hosts(*BYTES) == {FAST}


def test_a_name_with_dots_is_not_even_tried(amazon: Amazon) -> None:
    bucket = f"with.dots.{next(_numbers)}"
    amazon.client.create_bucket(Bucket=bucket)
    notes = carry(amazon.open(accelerate=True), bucket)
    assert "has dots" in notes[0][0]
    assert not any(notes[1:])
    assert "GetBucketAccelerateConfiguration" not in amazon.proxy.counts()
    assert FAST not in amazon.hosts()
    for name in ("small", "large"):
        amazon.client.delete_object(Bucket=bucket, Key=name)
    amazon.client.delete_bucket(Bucket=bucket)


_numbers = count(1)


def test_where_nobody_may_ask_it_is_tried_and_a_refusal_ends_it(amazon: Amazon, box: str) -> None:
    amazon.proxy.rule("GetBucketAccelerateConfiguration", Answer(403, "AccessDenied"))
    words = "S3 Transfer Acceleration is disabled on this bucket"
    refusal = amazon.proxy.rule("*", Answer(400, "InvalidRequest", words))
    refusal.when = lambda _meaning, headers: FAST in headers.get(HOST, "")
    notes = carry(amazon.open(accelerate=True), box)
    assert [note for each in notes for note in each] == [
        "Not accelerated: acceleration is switched off for the bucket."
    ]
    assert refusal.hits == 1
    assert amazon.client.head_object(Bucket=box, Key="large")["ContentLength"] == 20


def test_another_fault_is_no_reason_to_go_round(amazon: Amazon, box: str) -> None:
    amazon.switch(box)
    refusal = amazon.proxy.rule("PutObject", Answer(403, "AccessDenied"))
    transfer = amazon.open(accelerate=True).facets.transfer
    assert transfer is not None
    with pytest.raises(PermissionError):
        transfer.upload(MemorySource(b"x"), Location(S3, f"{box}/a"), Hints(), work())
    assert refusal.hits == 1
    assert amazon.hosts("PutObject") == {FAST}


def test_other_servers_have_none(
    amazon: Amazon, box: str, moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    storage = S3Storage(S3, {"accelerate": True, "endpoint_url": amazon.proxy.endpoint_url})
    try:
        assert not any(carry(storage, box))
        assert "GetBucketAccelerateConfiguration" not in amazon.proxy.counts()
        facet = storage.facets.acceleration
        assert facet is not None
        with pytest.raises(Unsupported, match="only Amazon"):
            facet.measure(Location(S3, f"{box}/"), 1, NEVER)
    finally:
        storage.close()


# -- measured ----------------------------------------------------------------------------------------


def test_a_sample_goes_both_ways_and_nothing_stays(amazon: Amazon, box: str) -> None:
    amazon.switch(box)
    storage = amazon.open()
    ticks = iter(float(each) for each in (0, 0.2, 1, 1.1, 2, 6, 7, 8, 9, 12, 13, 14))
    gain = Acceleration(storage._calls, lambda: next(ticks)).measure(
        Location(S3, f"{box}/d/"), MIB, NEVER
    )
    assert (gain.up, gain.down) == ((4.0, 1.0), (3.0, 1.0))
    assert "Up: 256K/s plain, 1.0M/s accelerated, 4.0 times as fast." in gain.verdict
    assert not any("does not pay" in line for line in gain.verdict)
    assert any("0.04 USD more for each GB" in line for line in gain.verdict)
    for operation in ("PutObject", "GetObject"):
        asked = [each.headers[HOST] for each in amazon.proxy.exchanges(operation)]
        assert asked == [f"{box}.s3.amazonaws.com", f"{box}.{FAST}"]
    assert amazon.client.list_objects_v2(Bucket=box).get("Contents", []) == []


def test_no_version_of_a_sample_stays(amazon: Amazon, box: str) -> None:
    amazon.switch(box)
    amazon.client.put_bucket_versioning(Bucket=box, VersioningConfiguration={"Status": "Enabled"})
    facet = amazon.open().facets.acceleration
    assert facet is not None
    facet.measure(Location(S3, f"{box}/"), MIB, NEVER)
    left = amazon.client.list_object_versions(Bucket=box)
    assert (left.get("Versions", []), left.get("DeleteMarkers", [])) == ([], [])


def test_nothing_is_measured_where_the_samples_would_be_locked(amazon: Amazon, box: str) -> None:
    locked, client = f"{box}-locked", amazon.client
    client.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    client.put_object_lock_configuration(
        Bucket=locked,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
    )
    amazon.switch(locked)
    facet = amazon.open().facets.acceleration
    assert facet is not None
    with pytest.raises(Unsupported, match="samples would stay"):
        facet.measure(Location(S3, f"{locked}/"), MIB, NEVER)
    assert "PutObject" not in amazon.proxy.counts()


def test_what_is_switched_off_is_not_measured(amazon: Amazon, box: str) -> None:
    facet = amazon.open().facets.acceleration
    assert facet is not None
    with pytest.raises(Unsupported, match="switched off"):
        facet.measure(Location(S3, f"{box}/"), MIB, NEVER)
    with pytest.raises(Unsupported, match="dots"):
        facet.measure(Location(S3, "with.dots/"), MIB, NEVER)
    assert "PutObject" not in amazon.proxy.counts()


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (Gain(MIB, (1.0, 0.2), (1.0, 0.2), 0.003), "the bucket is close"),
        (Gain(MIB, (1.0, 0.95), (1.0, 1.1), 0.1), "about as fast"),
        (Gain(MIB, (1.0, 0.3), (1.0, 0.9), 0.1), ""),
    ],
)
def test_it_says_when_it_does_not_pay(gain: Gain, words: str) -> None:
    told = " ".join(verdict(gain))
    assert words in told
    assert ("does not pay" in told) is bool(words)
    assert "Small objects gain little" in told
