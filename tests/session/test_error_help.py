"""From a message to the part of the page on troubleshooting that tells about it."""

import re

import pytest

from tests.docs.pages import PROJECT, anchor_of
from tfm.session.error_help import heading_for
from tfm.storage.s3.codes import CODES
from tfm.storage.s3.errors import _BY_CLASS

PAGE = (PROJECT / "docs" / "troubleshooting.md").read_text("utf-8")
LINKED = {
    code: link
    for row in re.findall(r"^\| (`.*?) \| .*?\]\((#[^)]*)\)", PAGE, re.MULTILINE)
    for code, link in ((code, row[1]) for code in re.findall(r"`(\w+)`", row[0]))
}


@pytest.mark.parametrize("code", [*CODES, *_BY_CLASS])
def test_every_message_of_the_sdk_leads_somewhere(code: str) -> None:
    meaning = CODES.get(code) or _BY_CLASS[code]
    reason = meaning.reason.format(bucket="maps")
    heading = heading_for(PAGE, f"Cannot read s3://maps/key: {reason} {meaning.hint}")
    assert heading
    if code in LINKED:
        assert f"#{anchor_of(heading)}" == LINKED[code]


def test_codes_with_links_were_found() -> None:
    assert len(LINKED) > 40


def test_the_longest_wording_wins_and_strange_messages_lead_nowhere() -> None:
    page = "## A\n\n| message | do |\n|---|---|\n| the disk is *full* | x |\n## B\n| the disk is full of holes, y | z |\n"
    assert heading_for(page, "Cannot write: The disk is full.") == "A"
    assert heading_for(page, "Cannot write: the disk is full of holes.") == "B"
    assert heading_for(page, "something else") == ""
    assert heading_for("", "the disk is full") == ""
