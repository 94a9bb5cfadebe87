"""Links lead somewhere, and what the pages name exists."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, PROJECT, anchor_of, anchors_of, links_of, prose_of
from tfm.config.actions import ACTIONS
from tfm.config.earlier import EARLIER
from tfm.config.keys import key_label
from tfm.config.settings import Settings
from tfm.model.errors import StorageError
from tfm.storage.s3.codes import CODES

SETTINGS = {field.name.upper() for field in fields(Settings)}
FAMILIES = re.compile(r"\b(?:S3|CONFIRM|DEFAULT)_[A-Z][A-Z_]*[A-Z]\b")
# what the paths are made of that no page may show: they are somebody's machine
PRIVATE = re.compile(r"/(?:home|Users|work|root)/\w+")


def ids(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_a_page_that_begins_with_its_contents_names_every_part(page: Path) -> None:
    head, _, parts = prose_of(page).partition("\n## ")
    named = set(re.findall(r"\]\(#([^)]+)\)", head))
    headings = re.findall(r"^## +(.+)$", f"## {parts}", re.MULTILINE)
    missing = [heading for heading in headings if anchor_of(heading) not in named]
    assert len(named) < 3 or not missing


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links_of(page):
        if link.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        missing = not target.exists() or not target.is_relative_to(PROJECT)
        if missing or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_setting_named_in_a_page_exists(page: Path) -> None:
    named = set(FAMILIES.findall(page.read_text("utf-8")))
    if page.name == "configuration.md":
        named -= set(EARLIER)  # the page tells what became of them
    assert named <= SETTINGS


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_page_names_a_machine(page: Path) -> None:
    assert not PRIVATE.findall(page.read_text("utf-8"))


def test_every_page_of_docs_is_reachable_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [PROJECT / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for link in links_of(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target not in seen and target.exists():
                waiting.append(target)
    assert set(PAGES) <= seen


def test_the_guide_tells_a_key_of_every_action_there_is() -> None:
    guide = (PROJECT / "docs" / "guide.md").read_text("utf-8")
    told = set(re.findall(r"`([^`\n]+)`", guide)) | set(re.findall(r"<code>&#124;</code>", guide))
    untold = []
    for action in ACTIONS.values():
        labels = {key_label(key) for key in action.keys}
        if "vertical_line" in action.keys:
            labels.add("<code>&#124;</code>")
        if action.available and not labels & told:
            untold.append(action.id)
    assert not untold


def test_troubleshooting_knows_every_error_code_of_a_server() -> None:
    page = (PROJECT / "docs" / "troubleshooting.md").read_text("utf-8")
    told = set(re.findall(r"`(\w+)`", page))
    assert {code for code in CODES if not code.isdigit()} <= told


def test_the_scripting_page_knows_every_kind_of_error() -> None:
    page = (PROJECT / "docs" / "scripting.md").read_text("utf-8").partition("\n## Errors\n")[2]
    waiting, kinds = list(StorageError.__subclasses__()), set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ == StorageError.__module__:
            kinds.add(kind.__name__)
    assert kinds <= set(re.findall(r"`(\w+)`", page))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_path_of_the_house_named_in_a_page_exists(page: Path) -> None:
    named = re.findall(r"`((?:tfm|tests|docs|themes)/[\w./]*)`", prose_of(page))
    assert [path for path in named if not (PROJECT / path).exists()] == []
