"""What documents of settings mean, what changes of them do, and what becomes of an object."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tfm.storage.s3.settings.dangers import warnings
from tfm.storage.s3.settings.documents import agrees, document_of, same, text_of
from tfm.storage.s3.settings.lifecycle import (
    Facts,
    fate,
    fate_words,
    lifecycle_words,
    rule_words,
    told_by_header,
)
from tfm.storage.s3.settings.table import ROWS

ON = {"Status": "Enabled"}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"Filter": {}, "Expiration": {"Days": 1}}, "all objects are deleted after 1 day"),
        ({"Prefix": "a/", "Expiration": {"Date": "2027-01-01T00:00:00Z"}}, "objects below a/ are deleted on 2027-01-01"),
        (
            {"Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeGreaterThan": 1048576}},
             "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}]},
            "objects below a/ with tag k = v and more than 1.0M move to STANDARD_IA after 30 days and move to GLACIER after 90 days",
        ),
        ({"Filter": {}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}, "of all objects: unfinished uploads are given up after 7 days"),
        (
            {"Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 3}},
            "of all objects: old versions are deleted after 9 days, but the newest 3 stay",
        ),
        ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
         "of all objects with tag k = v: delete markers go when nothing is behind them"),
    ],
)  # fmt: skip
def test_a_rule_in_words(rule: dict[str, Any], words: str) -> None:
    assert rule_words({**ON, **rule}) == words
    assert rule_words({**rule, "Status": "Disabled"}) == f"{words} (off)"


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BIG = Facts("logs/a", 10**6, NOON, "STANDARD")


def _fate(facts: Facts, *rules: dict[str, Any], **more: Any) -> list[str]:
    found = fate({"Rules": [{**ON, **rule} for rule in rules], **more}, facts)
    return fate_words(found, NOON)


def test_what_becomes_of_an_object() -> None:
    moves = {"Filter": {}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}, {"Days": 30, "StorageClass": "STANDARD_IA"}]}  # fmt: skip
    goes = {"ID": "tidy", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 60}}
    # days count to the next midnight, and nothing happens to what is deleted
    assert _fate(BIG, moves, goes) == [
        "moves to STANDARD_IA on 2026-12-21",
        "is deleted (rule tidy) on 2027-01-20",
    ]
    assert _fate(Facts("other/a", 10**6, NOON, "STANDARD_IA"), moves, goes) == [
        "moves to GLACIER on 2027-02-19"
    ]
    assert _fate(BIG, {**goes, "Status": "Disabled"}) == []


def test_small_ones_stay_where_they_are() -> None:
    small = Facts("a", 1000, NOON, "STANDARD")
    moves = {"Filter": {}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
    assert _fate(small, moves) == []
    sized = {**moves, "Filter": {"ObjectSizeGreaterThan": 10}}
    assert _fate(small, sized) == ["moves to GLACIER on 2026-11-22"]
    old = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    assert _fate(small, moves, **old) == ["moves to GLACIER on 2026-11-22"]


def test_conditions_of_rules() -> None:
    tagged = {"Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"Days": 0}}
    assert _fate(BIG, tagged) == []  # its tags are not known
    assert _fate(Facts("a", 1, NOON, "STANDARD", {"k": "w"}), tagged) == []
    assert _fate(Facts("a", 1, NOON, "STANDARD", {"k": "v"}), tagged) == [
        "is deleted on 2026-11-21"
    ]
    sizes = {
        "Filter": {"And": {"ObjectSizeLessThan": 10, "Prefix": "a"}},
        "Expiration": {"Days": 1},
    }
    assert _fate(Facts("ab", 9, NOON, "STANDARD"), sizes)
    assert not _fate(Facts("ab", 10, NOON, "STANDARD"), sizes)
    due = {"Filter": {}, "Expiration": {"Date": "2026-11-01T00:00:00Z"}}
    assert _fate(BIG, due) == ["is deleted: due since 2026-11-01"]


def test_what_the_header_says() -> None:
    value = 'expiry-date="Fri, 23 Dec 2026 00:00:00 GMT", rule-id="tidy up"'
    assert told_by_header(value) == "is deleted on 2026-12-23 (rule tidy up)"
    assert told_by_header("soon") == "soon"


ALL = {"Principal": "*", "Resource": "arn:aws:s3:::b/*"}


def statement(effect: str, *acts: str, **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Action": list(acts), **ALL, **more}]}


BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


@pytest.mark.parametrize(
    ("name", "before", "after", "word"),
    [
        ("versioning", {"Status": "Enabled"}, {"Status": "Suspended"}, "gone for good"),
        ("versioning", {"Status": "Suspended"}, {"Status": "Enabled"}, ""),
        ("public_access", BLOCKED, {}, "is public from then on"),
        ("public_access", BLOCKED, {**BLOCKED, "BlockPublicPolicy": False}, "can let everybody in"),
        ("public_access", {}, BLOCKED, ""),
        ("policy", {}, statement("Allow", "s3:GetObject"), "lets everybody do s3:GetObject"),
        ("policy", {}, statement("Deny", "s3:*"), "it locks you out"),
        ("policy", {}, statement("Deny", "s3:Put*", Condition={"Bool": {"x": "y"}}), "it may lock you out"),
        ("policy", {}, {"Statement": [{"Effect": "Deny", "NotAction": "s3:GetObject", **ALL}]}, "it locks you out"),
        ("policy", {}, statement("Deny", "s3:DeleteObject"), ""),
        ("policy", statement("Deny", "s3:*"), statement("Deny", "s3:*"), ""),
        ("policy", statement("Allow", "s3:*"), {}, "let in no more"),
        ("lifecycle", {}, {"Rules": [{**ON, "ID": "r", "Filter": {}, "Expiration": {"Days": 3}}]}, "Rule r deletes every object of the bucket 3 days after"),
        ("lifecycle", {}, {"Rules": [{**ON, "ID": "r", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 3}}]}, "Rule r deletes objects"),
        ("lifecycle", {"Rules": [ON]}, {}, "Nothing is tidied up"),
        ("ownership", {}, {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "Access lists stop"),
        ("requester_pays", {}, {"Payer": "Requester"}, "denied"),
        ("acceleration", {}, {"Status": "Enabled"}, "USD more for each GB"),
        ("object_lock", {}, {"ObjectLockEnabled": "Enabled"}, "never be switched off"),
        ("encryption", {"Rules": []}, {}, "as the server does by itself"),
        ("cors", {}, {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}]}, "every site may PUT"),
        ("region", {}, {"x": 1}, ""),
    ],
)  # fmt: skip
def test_what_a_change_does(
    name: str, before: dict[str, Any], after: dict[str, Any], word: str
) -> None:
    told = " ".join(warnings(name, before, after))
    assert bool(told) == bool(word), told
    assert word in told


@pytest.mark.parametrize(
    ("name", "document", "words"),
    [
        ("versioning", {"Status": "Suspended"}, ["suspended: old versions stay, no new ones are kept"]),
        ("region", {"LocationConstraint": "EU"}, ["eu-west-1"]),
        ("encryption", {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}, ["SSE-S3", "refused for new objects: SSE-C"]),
        ("public_access", {"BlockPublicAcls": True}, ["blocks new public access lists", "lets through public access lists there are, new public policies and strangers let in by a public policy"]),
        ("policy", statement("Deny", "s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}), ["everybody may not s3:* on b/*, if aws:SecureTransport Bool false"]),
        ("policy_status", {"IsPublic": True}, ["yes: the policy lets everybody in"]),
        ("logging", {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "b/"}}, ["to s3://logs/b/"]),
        ("object_lock", {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 5}}}, ["on: objects can be locked", "each new one for 5 days (governance)"]),
        ("replication", {"Rules": [{"Status": "Enabled", "Filter": {"Prefix": "a/"}, "Destination": {"Bucket": "arn:aws:s3:::far"}}]}, ["objects below a/ to far"]),
        ("inventory", {"InventoryConfigurationList": [{"Id": "daily", "IsEnabled": False}]}, ["report daily (off)"]),
        ("website", {"RedirectAllRequestsTo": {"HostName": "example.org", "Protocol": "https"}}, ["sends everybody to https://example.org"]),
        ("requester_pays", {"Payer": "Requester"}, ["yes: whoever asks pays"]),
    ],
)  # fmt: skip
def test_documents_in_words(name: str, document: dict[str, Any], words: list[str]) -> None:
    assert ROWS[name].words(document) == words


def test_two_documents_that_say_the_same() -> None:
    sent = {"Rules": [{"A": ["x", "y"], "D": "2027-01-01T00:00:00Z"}, {"B": 1}]}
    kept = {"Rules": [{"B": [1], "ID": "made"}, {"A": ["y", "x"], "D": "2027-01-01T00:00:00+00:00", "E": []}]}  # fmt: skip
    assert agrees(sent, kept)
    assert not same(sent, kept)  # somebody may have given it that name
    assert same({"A": ["x", "y"]}, {"A": ["y", "x"], "B": ""})
    for other in ({"Rules": [{"B": 1}]}, {"Rules": sent["Rules"] * 2}, {}):
        assert not agrees(sent, other)
    assert not same({"EventBridgeConfiguration": {}}, {})


def test_what_seems_the_same_and_is_not() -> None:
    everything, some = (
        {"Rules": [{"Filter": each}]} for each in ({}, {"ObjectSizeGreaterThan": 0})
    )
    assert not same(everything, some)
    for name in ("CORSRules", "RoutingRules"):  # the first one that fits counts
        assert not same({name: [{"ID": "a"}, {"ID": "b"}]}, {name: [{"ID": "b"}, {"ID": "a"}]})
        assert not same({name: [{"ID": "a"}]}, {name: [{"ID": "a"}, {"ID": "b"}]})
        assert agrees({name: [{"X": 1}]}, {name: [{"X": 1, "ID": "given"}]})


def test_an_account_is_shown_by_its_arn() -> None:
    sent = {"Statement": [{"Principal": {"AWS": "111122223333"}}]}
    kept = {"Statement": [{"Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}}]}
    assert agrees(sent, kept)
    assert not agrees(
        sent, {"Statement": [{"Principal": {"AWS": "arn:aws:iam::999922223333:root"}}]}
    )
    assert document_of(text_of(sent)) == sent
    assert text_of({}) == ""
    assert json.loads(text_of({"D": NOON})) == {"D": "2026-11-20T12:00:00Z"}


def test_no_rule_is_no_word() -> None:
    assert lifecycle_words({}) == []
