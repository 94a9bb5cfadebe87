"""What a newcomer is told first: two commands, and which version this is."""

import re
import tomllib

from tests.docs.pages import PROJECT, blocks_of
from tfm import __version__

COMMANDS = {
    "demo": "python3 -m venv .venv && .venv/bin/pip install -q -e '.[demo]' && .venv/bin/tfm --demo",
    "dev": "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m tests",
}


def test_the_first_two_blocks_are_the_two_commands() -> None:
    first, second, *_ = (block.text.strip() for block in blocks_of(PROJECT / "README.md"))
    assert [first, second] == list(COMMANDS.values())


def test_the_extras_that_they_install_exist() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(COMMANDS) <= set(project["optional-dependencies"])
    assert project["scripts"]["tfm"] == "tfm.__main__:main"
    assert (PROJECT / "tests" / "__main__.py").is_file()


def test_the_changelog_begins_with_this_version() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert versions[0] == __version__
