"""docs/reliability.md tells the truth: every id of the catalogue, and the tests that prove it exist."""

import re
from dataclasses import dataclass
from typing import Final

from tests.docs.pages import PROJECT, is_known_test

PAGE: Final = PROJECT / "docs" / "reliability.md"
SIZES: Final = {"D": 20, "P": 11, "S3": 10, "X": 16}
"""How many classes of faults each part of the catalogue has."""
IDS: Final = [f"{part}-{n:02d}" for part, size in SIZES.items() for n in range(1, size + 1)]
GAPS: Final = ("not yet: ", "does not concern us: ")


@dataclass(frozen=True)
class Row:
    """One line of the catalogue."""

    id: str
    wrong: str
    does: str
    proof: str

    @property
    def tests(self) -> list[str]:
        """The tests that the row names."""
        return re.findall(r"`(tests/[^`]+)`", self.proof)


def rows() -> list[Row]:
    """All rows in order."""
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        if re.match(r"\| (D|P|S3|X)-\d\d \|", line):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            assert len(cells) == 4, line
            found.append(Row(*cells))
    return found


def test_the_page_has_every_id_once_and_in_order() -> None:
    assert [row.id for row in rows()] == IDS


def test_every_row_says_what_went_wrong_and_is_proved_or_a_gap_with_its_reason() -> None:
    bare = []
    for row in rows():
        gap = row.proof.startswith(GAPS) and len(row.proof) > len(GAPS[1]) + 10
        if not row.wrong or not (gap or (row.tests and len(row.does) > 10)):
            bare.append(row.id)
    assert bare == []


def test_every_test_that_is_named_exists() -> None:
    wrong = [(row.id, name) for row in rows() for name in row.tests if not is_known_test(name)]
    assert wrong == []
