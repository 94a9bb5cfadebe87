"""`tfm du`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server


@pytest.fixture
def bucket(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    name, client = new_bucket(moto_server), moto_server.client()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key, size, kept in (
        ("d/a/x", 3, "STANDARD"),
        ("d/a/x", 4, "STANDARD"),
        ("d/b/y", 5, "STANDARD_IA"),
        ("d/z", 6, "STANDARD"),
    ):
        client.put_object(Bucket=name, Key=key, Body=bytes(size), StorageClass=kept)
    return name


def test_a_line_for_each_directory_and_one_for_all(tfm: Tfm, bucket: str) -> None:
    ran = tfm("du", f"s3://{bucket}/d")
    assert ran.code == 0
    top = f"s3://{bucket}/d/"
    assert ran.text == f"4\t1\t{top}a/\n5\t1\t{top}b/\n15\t3\t{top}\n"
    assert tfm("du", f"{top}z").text == f"6\t1\t{top}z\n"


def test_costs_where_prices_are_known(
    tfm: Tfm, bucket: str, here: Path, monkeypatch: pytest.MonkeyPatch, moto_server: Server
) -> None:
    unknown = tfm("du", "--cost", f"s3://{bucket}/d/")
    assert f"15\t3\t?\ts3://{bucket}/d/" in unknown.text
    assert "No prices are known" in unknown.err
    config = here / "config.py"
    config.write_text(
        "S3_CONNECTIONS = {'box': {'provider': 'minio', "
        f"'endpoint_url': {moto_server.endpoint_url!r}, "
        "'prices': {'STANDARD.storage': 536870.912, 'STANDARD_IA.storage': 0, 'currency': 'EUR'}}}\n"
    )
    ran = tfm("du", "--cost", "--config", config, f"s3://box@{bucket}/d/")
    assert "10\t2\t0.005000\t  STANDARD\n5\t1\t0.000000\t  STANDARD_IA\n" in ran.text
    assert ran.text.endswith(f"15\t3\t0.005000\ts3://box@{bucket}/d/\n")
    assert "estimate" in ran.err
    told = json.loads(tfm("du", "--json", "--config", config, f"s3://box@{bucket}/d/").text)
    assert told[0]["classes"]["STANDARD"]["cost_per_month"] == pytest.approx(0.005)
    assert told[0]["prices"]["currency"] == "EUR"


def test_json_with_classes_and_earlier_versions(tfm: Tfm, bucket: str) -> None:
    ran = tfm("du", "--json", "--versions", f"s3://{bucket}/")
    [told] = json.loads(ran.text)
    assert (told["objects"], told["bytes"], told["cost_per_month"]) == (3, 15, None)
    assert told["classes"]["STANDARD_IA"] == {
        "objects": 1, "bytes": 5, "billed_bytes": 5, "cost_per_month": None,
    }  # fmt: skip
    assert [each["place"] for each in told["directories"]] == [f"s3://{bucket}/d/"]
    assert (told["earlier_versions"]["bytes"], told["delete_markers"]) == (3, 0)
    assert told["unfinished_uploads"]["objects"] == 0
    assert "prices" not in told


def test_earlier_versions_of_one_object(tfm: Tfm, bucket: str) -> None:
    [told] = json.loads(tfm("du", "--json", "--versions", f"s3://{bucket}/d/a/x").text)
    assert (told["bytes"], told["earlier_versions"]["bytes"]) == (4, 3)


def test_what_is_not_counted_in_the_past_is_not_told_as_nothing(tfm: Tfm, bucket: str) -> None:
    past = f"s3://at=2999-01-01T00:00:00Z@{bucket}/d/"
    ran = tfm("du", "--versions", past)
    assert ran.code == 0
    assert "earlier versions" not in ran.text and "unfinished" not in ran.text
    assert ran.err.count("counted in the present only") == 1
    [told] = json.loads(tfm("du", "--json", "--versions", past).text)
    assert told["bytes"] == 15
    assert not {"earlier_versions", "delete_markers", "unfinished_uploads"} & set(told)


def test_a_disk_and_what_is_not_there(tfm: Tfm, here: Path) -> None:
    (here / "d" / "in").mkdir(parents=True)
    (here / "d" / "in" / "x").write_bytes(bytes(7))
    ran = tfm("du", "d", "absent")
    assert ran.code == 3
    assert ran.text == f"7\t1\t{here}/d/in\n7\t1\t{here}/d\n"
    assert "absent" in ran.err
    assert tfm("du").code == 2


def test_what_is_archived_is_asked_for_and_copied_by_a_later_call(
    tfm: Tfm,
    here: Path,
    ministack_server: Server,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    name, client = new_bucket(ministack_server), ministack_server.client()
    client.put_object(Bucket=name, Key="cold", Body=b"bytes", StorageClass="GLACIER")
    wrong = tfm("cp", "--restore", "Quick", f"s3://{name}/cold", ".")
    assert (wrong.code, "Standard, Bulk, Expedited" in wrong.err) == (2, True)
    ran = tfm("cp", "--restore", "Bulk", f"s3://{name}/cold", ".")
    assert ran.code == 3
    assert "Waits for 1 object from the archive." in ran.err
    assert 'ongoing-request="true"' in client.head_object(Bucket=name, Key="cold")["Restore"]
    early = tfm("jobs", "resume")
    assert (early.code, "not restored from the archive yet" in early.err) == (3, True)
    client.put_object(Bucket=name, Key="cold", Body=b"bytes")  # as the hours would
    assert tfm("jobs", "resume").code == 0
    assert (here / "cold").read_bytes() == b"bytes"
    assert tfm("jobs").text == ""
