"""The table of makes of server, and how one is recognised."""

from __future__ import annotations

import base64

import pytest

from tfm.config.connections import PROVIDERS
from tfm.storage.s3.abilities import ABILITIES
from tfm.storage.s3.manners import Manners
from tfm.storage.s3.quirks import AWS, SERVERS, Server, by_address, by_answer, by_name
from tfm.storage.server_facets import Can

CEPH_ID = "tx00000000000000000000a-0066f0a1b2-1034-default"
FAKE_ID = "0123456789ABCDEF"


def named(server: Server | None) -> str:
    return "" if server is None else server.name


def answer(**headers: str) -> dict[str, object]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"ResponseMetadata": {"HTTPHeaders": told}}


def test_every_fact_is_of_a_known_ability_and_has_a_source() -> None:
    for server in SERVERS:
        for name, told in server.facts.items():
            where = f"{server.name}: {name}"
            assert name in ABILITIES, where
            assert told.can in (Can.YES, Can.NO, Can.DIFFERS), where
            assert told.source.startswith(("https://", "measured with ", "its request ids")), where
            assert bool(told.what) == (told.can is Can.DIFFERS), where
    assert set(AWS.facts) == set(ABILITIES)


def test_every_preset_of_a_connection_has_its_row_and_its_address_is_recognised() -> None:
    assert {server.provider for server in SERVERS if server.provider} == set(PROVIDERS)
    for name, preset in PROVIDERS.items():
        if preset.endpoint:
            url = preset.endpoint.format(region="eu-central-1", account="abc")
            found = by_address(url)
            assert found is not None
            assert found.provider == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://s3.eu-central-1.amazonaws.com", "Amazon S3"),
        ("https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com", "Amazon S3"),
        ("https://amazonaws.com.example.org", ""),
        ("https://notbackblazeb2.com", ""),
        ("https://ABC.R2.cloudflarestorage.com", "Cloudflare R2"),
        ("https://fra1.digitaloceanspaces.com", "DigitalOcean Spaces"),
        ("http://127.0.0.1:9000", ""),
        ("nonsense", ""),
    ],
)
def test_an_address_tells_whose_it_is(url: str, name: str) -> None:
    assert named(by_address(url)) == name


def test_answers_tell_who_answers() -> None:
    four = base64.b64encode(FAKE_ID.encode() * 4).decode()
    assert named(by_answer({"x-amz-request-id": CEPH_ID})) == "Ceph RGW"
    assert named(by_answer({"x-amz-request-id": FAKE_ID, "x-amz-id-2": four})) == "rclone serve s3"
    assert by_answer({"x-amz-request-id": FAKE_ID, "x-amz-id-2": "x"}) is None
    assert named(by_answer({"server": "MinIO"})) == "MinIO"
    assert by_answer({"server": "AmazonS3"}) is None  # many say so
    assert by_name("aws") is None
    assert by_name("") is None


def test_what_a_make_ignores_is_switched_off_when_it_is_recognised() -> None:
    manners = Manners()
    manners.meet(answer(x_amz_request_id=CEPH_ID))
    assert (manners.conditions, manners.copy_conditions, manners.subresources) == (
        True,
        False,
        True,
    )
    four = base64.b64encode(FAKE_ID.encode() * 4).decode()
    manners = Manners()
    manners.meet(answer(x_amz_request_id=FAKE_ID, x_amz_id_2=four))
    assert (manners.conditions, manners.copy_conditions, manners.subresources) == (
        False,
        False,
        False,
    )
    assert manners.recognised == "by its answers"


def test_an_address_counts_more_than_an_answer_and_the_configuration_more_than_both() -> None:
    manners = Manners()
    manners.reached_at("https://fra1.digitaloceanspaces.com")
    manners.meet(answer(x_amz_request_id=CEPH_ID))
    assert named(manners.server) == "DigitalOcean Spaces"
    assert not manners.copy_conditions
    manners = Manners("garage")
    manners.reached_at("https://fra1.digitaloceanspaces.com")
    assert named(manners.server) == "Garage"


def test_a_success_proves_nothing_where_it_is_known_to_be_ignored_but_a_trial_does() -> None:
    manners = Manners("r2")
    manners.saw("tags", Can.YES)
    assert manners.sighting("tags") is None
    manners.saw("tags", Can.YES, sure=True)
    manners.saw("tags", Can.NO)
    seen = manners.sighting("tags")
    assert seen is not None
    assert (seen.can, seen.sure) == (Can.YES, True)


def test_denied_does_not_hide_what_was_seen() -> None:
    manners = Manners()
    manners.saw("cors", Can.DENIED)
    manners.saw("cors", Can.YES)
    manners.saw("cors", Can.DENIED)
    seen = manners.sighting("cors")
    assert seen is not None
    assert seen.can is Can.YES
