"""Notifications of buckets: set through the form, they reach an emulated queue and topic."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus

import boto3
import pytest

from tests.servers.server import Server
from tfm.model.location import S3, Location
from tfm.storage.bucket_facets import NEW_PART, Settings
from tfm.storage.s3.settings.notifications import fault_in_notifications
from tfm.storage.s3.storage import S3Storage

NAME = "notifications"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:jobs"
TOPIC = "arn:aws:sns:us-east-1:111122223333:news"


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


@pytest.fixture(scope="module")
def facet(moto_server: Server) -> Iterator[Settings]:
    """One storage for all tests: clients are costly."""
    storage = S3Storage(S3, {"endpoint_url": moto_server.endpoint_url})
    found = storage.facets.settings
    assert found is not None
    bucket = moto_server.new_bucket()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in moto_server.environment().items():
            patch.setenv(name, value)
        found.read(Location(S3, f"{bucket}/"), "tags")  # makes the clients, with these keys
        found.write(Location(S3, f"{bucket}/"), "tags", "", "")
    moto_server.discard(bucket)
    yield found
    storage.close()


@contextmanager
def service(server: Server, name: str) -> Iterator[Any]:
    session = boto3.session.Session(server.access_key, server.secret_key, region_name=server.region)
    client = session.client(name, endpoint_url=server.endpoint_url)
    yield client
    client.close()


def values(facet: Settings, text: str, part: int = NEW_PART, **more: str) -> dict[str, str]:
    """What stands in the form of one target, with some of it typed anew."""
    fields = facet.form(NAME, text, part)
    assert set(more) <= {field.id for field in fields}
    return {**{field.id: field.value for field in fields}, **more}


def with_target(facet: Settings, text: str, part: int = NEW_PART, **more: str) -> str:
    return facet.filled(NAME, text, values(facet, text, part, **more), part)


def received(queue: Any, url: str) -> list[Mapping[str, Any]]:
    """The records of all messages in a queue, without those that only try it out."""
    records: list[Mapping[str, Any]] = []
    while True:
        found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
        for message in found:
            body = json.loads(message["Body"])
            if "Message" in body:  # it came by a topic
                body = json.loads(body["Message"])
            records += body.get("Records", ())
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if not found:
            return records


def keys(records: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(row["eventName"], unquote_plus(row["s3"]["object"]["key"])) for row in records]


def test_events_reach_a_queue_and_a_topic(facet: Settings, moto_server: Server, box: str) -> None:
    place = Location(S3, f"{box}/")
    with service(moto_server, "sqs") as sqs, service(moto_server, "sns") as sns:
        urls = [sqs.create_queue(QueueName=f"{box}-{n}")["QueueUrl"] for n in ("own", "told")]
        arns = [
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            for url in urls
        ]  # fmt: skip
        topic = sns.create_topic(Name=f"{box}-news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns[1])
        seen = facet.read(place, NAME)
        assert seen.words == ("nobody is told",)
        text = with_target(facet, seen.text, arn=arns[0], prefix="in/", suffix=".jpg")
        text = with_target(facet, text, kind="topic (SNS)", arn=topic, event_0="s3:ObjectRemoved:*")
        assert facet.fault_in(NAME, text) == ""
        facet.write(place, NAME, text, seen.text)
        for url in urls:
            assert received(sqs, url) == []  # what a server sends to try them out is no event
        client = moto_server.client()
        for key in ("in/a.jpg", "in/a.txt", "out/a.jpg"):
            client.put_object(Bucket=box, Key=key, Body=b"x")
        client.delete_object(Bucket=box, Key="in/a.jpg")
        assert keys(received(sqs, urls[0])) == [("ObjectCreated:Put", "in/a.jpg")]
        assert keys(received(sqs, urls[1])) == [("ObjectRemoved:Delete", "in/a.jpg")]
        # the queue goes, the topic stays
        now = facet.read(place, NAME)
        assert [words.partition(" ")[0] for words in now.words] == ["queue", "topic"]
        facet.write(place, NAME, facet.without(NAME, now.text, 0), now.text)
        client.put_object(Bucket=box, Key="in/b.jpg", Body=b"x")
        client.delete_object(Bucket=box, Key="in/b.jpg")
        assert received(sqs, urls[0]) == []
        assert keys(received(sqs, urls[1])) == [("ObjectRemoved:Delete", "in/b.jpg")]
        # and with the last of them nobody is told
        now = facet.read(place, NAME)
        facet.write(place, NAME, facet.without(NAME, now.text, 0), now.text)
        assert facet.read(place, NAME).text == ""


def test_a_target_is_changed_and_the_others_stay(facet: Settings) -> None:
    text = with_target(facet, "", arn=QUEUE, prefix="a/")
    text = with_target(facet, text, kind="EventBridge")
    text = with_target(facet, text, kind="topic (SNS)", arn=TOPIC, prefix="b/")
    document = json.loads(text)
    document["QueueConfigurations"][0]["Id"] = "mine"
    text = json.dumps(document)
    assert facet.parts(NAME, text) == [
        "queue jobs: ObjectCreated:*, below a/",
        "topic news: ObjectCreated:*, below b/",
        "EventBridge: every event",
    ]
    changed = json.loads(with_target(facet, text, 0, prefix="c/", suffix=".jpg"))
    assert changed["QueueConfigurations"] == [
        {
            "Id": "mine",
            "QueueArn": QUEUE,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {
                "Key": {
                    "FilterRules": [
                        {"Name": "prefix", "Value": "c/"},
                        {"Name": "suffix", "Value": ".jpg"},
                    ]
                }
            },
        }
    ]
    assert changed["TopicConfigurations"] == document["TopicConfigurations"]
    assert changed["EventBridgeConfiguration"] == {}
    # another kind of target: it goes from the one list to the other
    arn = "arn:aws:lambda:us-east-1:111122223333:function:resize:live"
    moved = json.loads(with_target(facet, text, 0, kind="function (Lambda)", arn=arn))
    assert "QueueConfigurations" not in moved
    assert moved["LambdaFunctionConfigurations"][0]["LambdaFunctionArn"] == arn
    assert "EventBridgeConfiguration" not in json.loads(facet.without(NAME, text, 2))


def test_events_are_chosen_from_a_list(facet: Settings) -> None:
    fields = facet.form(NAME, "", NEW_PART)
    last = fields[-1]
    assert last.more
    assert "s3:ObjectRemoved:DeleteMarkerCreated" in last.choices
    text = with_target(facet, "", arn=QUEUE, event="s3:ObjectRemoved:*")
    row = json.loads(text)["QueueConfigurations"][0]
    assert row["Events"] == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    again = facet.form(NAME, text, 0)
    assert [field.value for field in again if field.label == "Event"] == [*row["Events"], "-"]
    with pytest.raises(ValueError, match="Choose an event"):
        with_target(facet, "", arn=QUEUE, event_0="-")
    with pytest.raises(ValueError, match="told already"):
        with_target(facet, with_target(facet, "", kind="EventBridge"), kind="EventBridge")


@pytest.mark.parametrize(
    ("kind", "arn", "fault"),
    [
        ("queue (SQS)", "jobs", "no ARN"),
        ("queue (SQS)", TOPIC, "something of sns"),
        ("queue (SQS)", "arn:aws:sqs::111122223333:jobs", "a region and an account"),
        ("queue (SQS)", f"{QUEUE}.fifo", "FIFO"),
        ("queue (SQS)", "arn:aws:sqs:us-east-1:1111:jobs", "no ARN"),
        ("topic (SNS)", f"{TOPIC} two", "The name in the ARN"),
        ("function (Lambda)", "arn:aws:lambda:us-east-1:111122223333:resize", "The name in the ARN"),
    ],
)  # fmt: skip
def test_an_arn_that_is_none(facet: Settings, kind: str, arn: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        with_target(facet, "", kind=kind, arn=arn)


def queue(event: str, prefix: str = "", suffix: str = "", arn: str = QUEUE) -> dict[str, Any]:
    rules = [{"Name": "Prefix", "Value": prefix}, {"Name": "Suffix", "Value": suffix}]
    return {"QueueArn": arn, "Events": [event], "Filter": {"Key": {"FilterRules": rules}}}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (queue("s3:ObjectCreated:*"), queue("s3:ObjectCreated:Put"), "s3:ObjectCreated:Put"),
        (queue("s3:ObjectCreated:Put", "a/"), queue("s3:ObjectCreated:*", "a/b"), "s3:ObjectCreated:Put"),
        (queue("s3:ObjectCreated:*", "a/", ".jpg"), queue("s3:ObjectCreated:*", "", "x.jpg"), "s3:ObjectCreated:*"),
        (queue("s3:ObjectCreated:*", "a/"), queue("s3:ObjectCreated:*", "b/"), ""),
        (queue("s3:ObjectCreated:*", "a/", ".jpg"), queue("s3:ObjectCreated:*", "a/", ".png"), ""),
        (queue("s3:ObjectCreated:Put"), queue("s3:ObjectCreated:Copy"), ""),
        (queue("s3:ObjectCreated:*"), queue("s3:ObjectRemoved:*"), ""),
    ],
)  # fmt: skip
def test_targets_that_would_both_be_told(
    one: dict[str, Any], other: dict[str, Any], both: str
) -> None:
    told = fault_in_notifications({"QueueConfigurations": [one, other]})
    assert (both in told) if both else not told
    assert bool(told) == bool(both)


def test_a_document_with_such_targets_is_refused(facet: Settings, box: str) -> None:
    facet.read(Location(S3, f"{box}/"), NAME)
    rows = [queue("s3:ObjectCreated:*"), queue("s3:ObjectCreated:Put")]
    assert "both be told" in facet.fault_in(NAME, json.dumps({"QueueConfigurations": rows}))
    odd = {"QueueConfigurations": [queue("ObjectCreated:Put")]}
    assert "begin with s3:" in facet.fault_in(NAME, json.dumps(odd))
    with pytest.raises(ValueError, match="both be told"):
        with_target(facet, with_target(facet, "", arn=QUEUE), arn=f"{QUEUE}2")
