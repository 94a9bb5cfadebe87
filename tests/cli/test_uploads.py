"""`tfm uploads`: listed with what they cost, aborted only after a yes."""

import json
import os
from collections.abc import Callable

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server
from tfm.config.places import Places
from tfm.jobs.recovery import Journals
from tfm.model.entry import Entry, Kind
from tfm.model.location import local, parse
from tfm.ops.order import Order
from tfm.storage.base import Leftover


class Box:
    """A bucket and a plain client."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name, self.client = server, name, server.client()

    def begin(self, key: str, *parts: bytes) -> str:
        named = {"Bucket": self.name, "Key": key}
        named["UploadId"] = self.client.create_multipart_upload(**named)["UploadId"]
        for number, data in enumerate(parts, 1):
            self.client.upload_part(**named, PartNumber=number, Body=data)
        return named["UploadId"]

    @property
    def left(self) -> list[str]:
        return [key for key, _id in self.server.uploads(self.name)]


@pytest.fixture
def box(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> Box:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    made = Box(moto_server, new_bucket(moto_server))
    made.begin("d/a", b"one", b"three")
    made.begin("d/e/b")
    made.begin("d2/c", b"x")
    return made


def test_each_line_tells_one(tfm: Tfm, box: Box) -> None:
    ran = tfm("uploads", f"s3://{box.name}/d")
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split()[2:] for line in ran.text.splitlines()]
    assert lines == [
        ["2", "8", "foreign", f"s3://{box.name}/d/a"],
        ["0", "0", "foreign", f"s3://{box.name}/d/e/b"],
    ]
    ran = tfm("uploads", "--older-than", "1h", f"s3://{box.name}")
    assert (ran.code, ran.text) == (0, "")


def test_every_fact_as_json(tfm: Tfm, box: Box) -> None:
    told = json.loads(tfm("uploads", "--json", f"s3://{box.name}/").text)
    assert [(row["place"], row["parts"], row["bytes"], row["whose"]) for row in told] == [
        (f"s3://{box.name}/d/a", 2, 8, "foreign"),
        (f"s3://{box.name}/d/e/b", 0, 0, "foreign"),
        (f"s3://{box.name}/d2/c", 1, 1, "foreign"),
    ]
    assert {row["upload"] for row in told} == {
        upload for _key, upload in box.server.uploads(box.name)
    }
    assert all(0 <= row["age"] < 600 and row["job"] is None for row in told)


def test_nothing_is_aborted_unasked(tfm: Tfm, box: Box) -> None:
    ran = tfm("uploads", "--abort", f"s3://{box.name}/")
    assert ran.code == 2
    assert "Add --yes" in ran.err
    ran = tfm("uploads", "--abort", "--yes", "--read-only", f"s3://{box.name}/d")
    assert ran.code == 3
    assert "--read-only" in ran.err
    ran = tfm("uploads", "--abort", "--yes", "--older-than", "1h", f"s3://{box.name}/")
    assert ran.code == 0
    assert box.left == ["d/a", "d/e/b", "d2/c"]


def test_they_are_aborted_and_told_one_by_one(tfm: Tfm, box: Box) -> None:
    ran = tfm("uploads", "--abort", "--yes", "--json", f"s3://{box.name}/d/")
    assert ran.code == 0
    told = json.loads(ran.text)
    assert {(item["source"], item["outcome"], item["size"]) for item in told["items"]} == {
        (f"s3://{box.name}/d/a", "done", 8),
        (f"s3://{box.name}/d/e/b", "done", 0),
    }
    assert box.left == ["d2/c"]


def test_one_that_a_job_is_writing_stays(tfm: Tfm, box: Box) -> None:
    """Another tfm of the same user: its journal is held."""
    _key, name = next(each for each in box.server.uploads(box.name) if each[0] == "d/a")
    place, source = parse(f"s3://{box.name}/d/a"), local("/home/a")
    entry = Entry("a", Kind.FILE, 8)
    journals = Journals(Places.from_environ(os.environ).journals, "AWS")
    job = journals.begin("Copy a", Order("copy", ((source, entry),), place, False))
    job.opened(source, entry, place, None).leave(Leftover(place, name, since=1))
    (row, *_rest) = json.loads(tfm("uploads", "--json", f"s3://{box.name}/d/").text)
    assert (row["whose"], row["job"]) == ("running", job.id)
    ran = tfm("uploads", "--abort", "--yes", f"s3://{box.name}/d/")
    assert ran.code == 3
    assert "“Copy a” is writing it" in ran.err
    assert box.left == ["d/a", "d2/c"]
    job.finish(keep=True)


def test_what_is_wrong(tfm: Tfm, box: Box) -> None:
    assert tfm("uploads").code == 2
    ran = tfm("uploads", "--older-than", "week", f"s3://{box.name}/")
    assert ran.code == 2
    assert "12h, 7d or 2w" in ran.err
    for place in (".", "s3://", f"s3://{box.name}-absent/"):
        ran = tfm("uploads", place)
        assert (ran.code, ran.text) == (1, "")
        assert ran.err
