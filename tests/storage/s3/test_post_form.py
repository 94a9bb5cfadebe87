"""Forms that store an object: what they hold really uploads, and says what may be uploaded."""

from __future__ import annotations

import base64
import json
import shlex
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest

from tests.servers.server import Server
from tfm.model.errors import NeedsLogin, ReadOnly, Unsupported
from tfm.model.location import S3, Location, local
from tfm.ops.context import OpContext
from tfm.ops.post_form import (
    CURL,
    FIELDS,
    HTML,
    LARGEST,
    parse_size,
    parse_type,
    post_form,
    told,
    written,
)
from tfm.storage.object_facets import PostForm, PostLimits
from tfm.storage.vfs import Vfs

KEY = "in//odd näme+%2f \"'<.txt"
Pairs = list[tuple[str, str]]


@pytest.fixture
def ctx(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpContext]:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN")  # it would stand in the forms
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")  # MiniStack checks signatures of forms with this one
    made = OpContext(Vfs({"s3": {"endpoint_url": s3_server.endpoint_url}}))
    yield made
    made.vfs.close()


def send(url: str, fields: Pairs, data: bytes, name: str = "holiday.jpg") -> int:
    """As a browser does; the status."""
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields
    ]
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + data)
    body = b"".join([*parts, b"\r\n--edge--\r\n"])
    request = urllib.request.Request(
        url, body, {"Content-Type": "multipart/form-data; boundary=edge"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def of_json(text: str) -> tuple[str, Pairs]:
    told = json.loads(text)
    return told["url"], list(told["fields"].items())


def of_curl(text: str) -> tuple[str, Pairs]:
    words = shlex.split(text)
    assert words[:2] == ["curl", "--fail"]
    assert words[-3:-1] == ["-F", "file=@FILE"]
    pairs = [(word.partition("=")[0], word.partition("=")[2]) for word in words[3:-3:2]]
    assert set(words[2:-3:2]) == {"--form-string"}
    return words[-1], pairs


def of_html(text: str) -> tuple[str, Pairs]:
    found: list[tuple[str, dict[str, str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Reader().feed(text)
    forms = [attributes for tag, attributes in found if tag == "form"]
    inputs = [attributes for tag, attributes in found if tag == "input"]
    assert forms[0]["enctype"] == "multipart/form-data"
    assert inputs[-1] == {"type": "file", "name": "file", "required": ""}, "the file comes last"
    return forms[0]["action"], [(each["name"], each["value"]) for each in inputs[:-1]]


READERS = {FIELDS: of_json, CURL: of_curl, HTML: of_html}


@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_each_writing_of_it_uploads(ctx: OpContext, s3_server: Server, bucket: str) -> None:
    client = s3_server.client()
    form = post_form(ctx, Location(S3, f"{bucket}/{KEY}"), "15m", PostLimits(1000))
    for way, read in READERS.items():
        url, fields = read(written(form, way))
        assert send(url, fields, way.encode()) in (200, 204)
        assert client.get_object(Bucket=bucket, Key=KEY)["Body"].read() == way.encode()
    place = Location(S3, f"{bucket}/in/")
    form = post_form(ctx, place, "1h", PostLimits(1000, content_type="image/*"))
    assert form.open_type == "image/"
    url, fields = of_curl(written(form, CURL))
    assert ("Content-Type", "image/") in fields
    fields = [(name, "image/png" if name == "Content-Type" else value) for name, value in fields]
    assert send(url, fields, b"picture") in (200, 204), "any name beneath a directory"
    kept = client.get_object(Bucket=bucket, Key="in/holiday.jpg")
    assert (kept["Body"].read(), kept["ContentType"]) == (b"picture", "image/png")


def policy_of(form: PostForm) -> list[object]:
    policy = json.loads(base64.b64decode(dict(form.fields)["policy"]))
    conditions: list[object] = policy["conditions"]
    return conditions


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_the_policy_says_what_may_be_uploaded(
    ctx: OpContext, new_bucket: Callable[[Server], str], s3_server: Server
) -> None:
    """No server here judges it all; Amazon does."""
    bucket = new_bucket(s3_server)
    exact = PostLimits(1000, 1, content_type="image/png")
    conditions = policy_of(post_form(ctx, Location(S3, f"{bucket}/d/a"), "1h", exact))
    for condition in (
        ["content-length-range", 1, 1000], {"Content-Type": "image/png"}, {"key": "d/a"}, {"bucket": bucket}
    ):  # fmt: skip
        assert condition in conditions
    some = PostLimits(1000, content_type="image/*")
    conditions = policy_of(post_form(ctx, Location(S3, f"{bucket}/d/"), "1h", some))
    assert ["starts-with", "$key", "d/"] in conditions
    assert ["starts-with", "$Content-Type", "image/"] in conditions
    assert ["starts-with", "$key", ""] in policy_of(
        post_form(ctx, Location(S3, f"{bucket}/"), "1h", some)
    )


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_it_is_a_secret_and_names_its_end(ctx: OpContext, s3_server: Server) -> None:
    place = Location(S3, "box-1/a")
    form = post_form(ctx, place, "1h", PostLimits(1000))
    assert dict(form.fields)["x-amz-signature"] not in repr(form)
    lines = told(form, PostLimits(1000), place, "then")
    assert "store s3://box-1/a, up to 1,000 bytes." in lines[0]
    assert "then UTC" in lines[1]


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_what_has_no_form(
    ctx: OpContext, s3_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = PostLimits(1000)
    with pytest.raises(Unsupported, match="name of the file"):
        post_form(ctx, Location(S3, "box-1/d/${filename}"), "1h", limits)
    with pytest.raises(Unsupported, match="Name a bucket"):
        post_form(ctx, Location(S3, ""), "1h", limits)
    with pytest.raises(Unsupported, match="signature"):
        post_form(ctx, local("/tmp"), "1h", limits)
    with pytest.raises(ReadOnly):
        post_form(OpContext(Vfs({}, read_only=True)), Location(S3, "box-1/a"), "1h", limits)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    bare = OpContext(Vfs({"s3": {"endpoint_url": s3_server.endpoint_url}}))
    with pytest.raises(NeedsLogin):
        post_form(bare, Location(S3, "box-1/a"), "1h", limits)
    bare.vfs.close()


@pytest.mark.parametrize(
    ("text", "size"),
    [("", LARGEST), ("500", 500), ("20K", 20480), ("10 MiB", 10 << 20), ("5G", LARGEST)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["0", "6G", "-1", "1.5M", "much"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="Write 500K"):
        parse_size(text)


@pytest.mark.parametrize("text", ["", "image/png", " image/* ", "application/vnd.ms-x+xml"])
def test_types(text: str) -> None:
    assert parse_type(text) == text.strip()


@pytest.mark.parametrize("text", ["image", "*/*", "image/p*", "a b/c", "image/png\nx"])
def test_no_types(text: str) -> None:
    with pytest.raises(ValueError, match="content type"):
        parse_type(text)
