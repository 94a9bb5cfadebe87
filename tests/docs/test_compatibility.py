"""The matrix of features and servers: the page is what the runs gave, the rows are the table of checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compatibility.page import PAGE, load, render
from tests.compatibility.site import Found, Site, finding, opened
from tests.compatibility.table import ROWS, STUBS
from tests.docs.pages import PROJECT
from tests.servers.server import Server

COLUMNS = load()


def test_the_page_is_what_the_runs_gave() -> None:
    assert PAGE.read_text("utf-8") == render(COLUMNS)


def test_every_check_was_run_on_every_server_and_none_found_a_fault() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    for column in COLUMNS.values():
        assert list(column.findings) == names, f"{column.name}: python -m tests.compatibility"
        faults = [name for name, found in column.findings.items() if found.state is Found.FAILS]
        assert not faults, column.name
        for name, found in column.findings.items():
            assert bool(found.what) == (found.state is not Found.YES), f"{column.name}: {name}"
    assert {"moto", "ministack", "rclone"} <= set(COLUMNS)


def test_what_only_amazon_has_names_its_tests() -> None:
    assert all((PROJECT / where).is_file() for _title, where in STUBS)


@pytest.fixture
def site(moto_server: Server) -> Iterator[Site]:
    with opened(moto_server) as made:
        yield made


QUICK = ("list", "crc32", "tags", "versions", "customer_key", "link_down", "wrong_secret", "cors")


def test_a_run_gives_now_what_the_page_says(site: Site) -> None:
    """Some of the rows, quick ones and of each kind; the whole takes a minute."""
    wanted = {row.name: COLUMNS["moto"].findings[row.name] for row in ROWS if row.name in QUICK}
    assert {row.name: finding(row.check, site) for row in ROWS if row.name in QUICK} == wanted


def test_a_fault_of_ours_is_told_from_what_a_server_lacks(site: Site) -> None:
    def broken(_site: Site) -> None:
        raise KeyError("a bug")

    assert finding(broken, site) == (Found.FAILS, "KeyError: 'a bug'")
