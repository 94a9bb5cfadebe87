"""What is done from the screen outside of jobs is in the audit log, too."""

from __future__ import annotations

import json
from pathlib import Path

from tests.ui.objects import OnS3
from tests.ui.rig import Driven
from tfm.config.places import make_private
from tfm.jobs.audit import AuditLog


def records(log: AuditLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.file.read_text().splitlines()]


def test_a_link_to_share_is_written_down_without_the_link(on_s3: OnS3, tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", make_private, largest=1 << 20)
    on_s3.rig.jobs.audit = log

    async def scenario(it: Driven) -> None:
        await it.press("y", "l")
        await it.until(lambda: "share" in it.screen())
        await it.press("enter")
        await it.until(lambda: "Treat it as a password" in it.screen())

    on_s3.rig.drive(scenario)
    begin, end = records(log)
    assert (begin["act"], begin["places"]) == ("presign", [f"s3://{on_s3.bucket}/d/a.txt"])
    assert end["result"] == "done"
    assert "Signature" not in log.file.read_text()


def test_no_link_is_made_that_cannot_be_written_down(on_s3: OnS3, tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("in the way")
    on_s3.rig.jobs.audit = AuditLog(
        tmp_path / "audit", make_private, largest=1 << 20, required=True
    )

    async def scenario(it: Driven) -> None:
        await it.press("y", "l")
        await it.until(lambda: "share" in it.screen())
        await it.press("enter")
        await it.until(lambda: "audit log" in it.status)
        assert "password" not in it.screen()

    on_s3.rig.drive(scenario)


def test_what_is_made_and_renamed_without_a_job_is_written_down(
    on_s3: OnS3, tmp_path: Path
) -> None:
    log = AuditLog(tmp_path / "audit", make_private, largest=1 << 20)
    on_s3.rig.jobs.audit = log

    async def scenario(it: Driven) -> None:
        await it.press("f7")
        await it.until(lambda: "New directory" in it.screen())
        await it.press(*"new", "enter")
        await it.until(lambda: "Made new" in it.status)
        await it.press("end", "r")
        await it.until(lambda: "New name" in it.screen())
        await it.press("ctrl+u", *"c", "enter")
        await it.until(lambda: "Renamed" in it.status)

    on_s3.rig.drive(scenario)
    place = f"s3://{on_s3.bucket}/d"
    told = [(each["event"], each.get("act"), each.get("places")) for each in records(log)]
    assert told == [
        ("begin", "make", [f"{place}/new"]),
        ("end", "make", None),
        ("begin", "rename", [f"{place}/b.txt"]),
        ("end", "rename", None),
    ]
    assert all(each["counts"] == {"done": 1} for each in records(log)[1::2])
