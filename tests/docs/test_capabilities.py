"""docs/capabilities.md tells the truth: all 365 ids, and what it calls done has code and a test."""

import re
from dataclasses import dataclass
from typing import Final

from tests.docs.pages import PROJECT, is_known_test

PAGE: Final = PROJECT / "docs" / "capabilities.md"
SIZES: Final = (68, 86, 65, 82, 64)
"""How many rows each of the five lists has."""
IDS: Final = [f"{part}-{n:02d}" for part, size in enumerate(SIZES) for n in range(1, size + 1)]
STATES: Final = ("yes", "partly", "not yet")


@dataclass(frozen=True)
class Row:
    """One line of the table. `missing` is what follows `partly:` in the third cell."""

    id: str
    capability: str
    state: str
    missing: str
    where: str
    test: str

    @property
    def paths(self) -> list[str]:
        """The files the row names as the place of the code."""
        return re.findall(r"`([^`]+)`", self.where)

    @property
    def tests(self) -> list[str]:
        """The tests the row names."""
        return re.findall(r"`([^`]+)`", self.test)


def rows() -> list[Row]:
    """All rows in order."""
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        if re.match(r"\| \d-\d\d \|", line):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            assert len(cells) == 5, line
            state, _, missing = cells[2].partition(":")
            found.append(Row(cells[0], cells[1], state, missing.strip(), cells[3], cells[4]))
    return found


def test_the_page_has_every_capability_once_and_in_order() -> None:
    assert [row.id for row in rows()] == IDS


def test_every_row_says_what_it_is_and_how_far_it_is() -> None:
    assert [row.id for row in rows() if not row.capability or row.state not in STATES] == []


def test_what_is_said_to_work_names_a_file_and_a_test_that_exist() -> None:
    wrong = []
    for row in rows():
        if row.state not in ("yes", "partly"):
            continue
        if row.state == "yes" and not (row.paths and row.tests):
            wrong.append(f"{row.id}: names no file or no test")
        wrong += [f"{row.id}: no {path}" for path in row.paths if not (PROJECT / path).exists()]
        for name in row.tests:
            if not is_known_test(name):
                wrong.append(f"{row.id}: no {name}")
    assert not wrong


def test_a_row_that_is_done_in_part_says_what_is_missing() -> None:
    assert [row.id for row in rows() if (row.state == "partly") != bool(row.missing)] == []


def test_what_is_not_there_yet_names_no_file_and_no_test() -> None:
    assert [row.id for row in rows() if row.state == "not yet" and (row.paths or row.tests)] == []


def test_the_sums_at_the_top_are_those_of_the_table() -> None:
    text = PAGE.read_text("utf-8")
    found = re.search(r"(\d+) yes, (\d+) partly,\s(\d+) not yet", text)
    assert found is not None
    states = [row.state for row in rows()]
    assert [int(number) for number in found.groups()] == [states.count(s) for s in STATES]


AREAS: Final = [
    *(f"1.{n}" for n in range(1, 25) if n != 13),  # 1.13 only points at 3
    "2",
    *(f"3.{n}" for n in range(1, 7)),
    "4",
    "5",
]


def test_every_area_of_the_earlier_program_has_its_rows_and_they_are_true() -> None:
    areas: list[str] = []
    wrong = []
    for line in PAGE.read_text("utf-8").splitlines():
        found = re.fullmatch(r"\| (\d(?:\.\d+)?) \| (.+) \| (.+) \| (.+) \|", line)
        if found is None:
            continue
        area, what, state, tests = found.groups()
        areas.append(area)
        word, _, reason = state.partition(":")
        named = re.findall(r"`([^`]+)`", tests)
        if word not in (*STATES, "no") or (word in ("partly", "no")) != bool(reason.strip()):
            wrong.append(f"{area} {what}: {state}")
        if (word in ("yes", "partly")) != bool(named):
            wrong.append(f"{area} {what}: {tests}")
        wrong += [f"{area}: no {name}" for name in named if not is_known_test(name)]
    assert not wrong
    assert list(dict.fromkeys(areas)) == AREAS
