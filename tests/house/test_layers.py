"""What import-linter's static graph cannot see, and the measures of the house."""

from __future__ import annotations

import ast
import importlib.util
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted((PROJECT / "tfm").rglob("*.py"))
TESTS = sorted((PROJECT / "tests").rglob("*.py"))
PACKAGES = [path for path in SOURCES if path.name == "__init__.py"]

MAX_LINES = 600

LIGHT = (
    "tfm",
    "tfm.path",
    "tfm.jobs",
    "tfm.config",
    "tfm.external.errand",
    "tfm.ops",
    "tfm.session",
    "tfm.storage.vfs",
    "tfm.storage.local.storage",
    "tfm.storage.s3.storage",
    "tfm.cli",
    "tfm.__main__",
)
COSTLY = ("textual", "rich", "boto3", "botocore", "s3transfer", "watchfiles", "regex")

MAY_CATCH_ALL = {
    "tfm/storage/guard.py": "foreign faults become one line for the user",
    "tfm/jobs/lane.py": "the job boundary",
    "tfm/jobs/manager.py": "the job boundary",
    "tfm/ui/app.py": "the last resort of the UI",
    "tfm/ui/bridge.py": "the last resort of the UI",
    "tfm/cli/start.py": "the last resort where there is no UI",
    "tfm/cli/attend.py": "carries a fault to the main thread and raises it there",
    "tfm/config/load.py": "runs the user's own Python",
}

FACES = {"tfm", "tfm/path"}
"""Packages that users import from: their `__init__` hands out names."""


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def _ids(paths: list[Path]) -> list[str]:
    return [_name(path) for path in paths]


def _exists(module: str) -> bool:
    parts = module.split(".")
    base = PROJECT.joinpath(*parts)
    return base.with_suffix(".py").exists() or (base / "__init__.py").exists()


def _loaded_by(module: str) -> set[str]:
    """Top-level packages in `sys.modules` after importing `module` in a fresh interpreter."""
    code = (
        f"import {module}, sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize("module", [name for name in LIGHT if _exists(name)])
def test_importing_it_loads_nothing_costly(module: str) -> None:
    assert _loaded_by(module) & set(COSTLY) == set()


def test_the_costly_packages_are_there_so_that_the_test_above_means_something() -> None:
    assert all(importlib.util.find_spec(name) for name in COSTLY)
    assert "boto3" in _loaded_by("boto3")


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=_ids(SOURCES + TESTS))
def test_a_file_is_no_longer_than_a_room_should_be(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MAX_LINES, f"{lines} lines: split it by subject"


@pytest.mark.parametrize("path", PACKAGES, ids=_ids(PACKAGES))
def test_a_package_has_a_sign_at_the_door(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "say what the room owns, what it may import, where to begin"
    if _name(path.parent) not in FACES:
        assert len(tree.body) == 1, "a package's __init__ is a sign, not code"


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=_ids(SOURCES + TESTS))
def test_nothing_is_left_for_later(path: Path) -> None:
    text = path.read_text("utf-8")
    later = re.compile(r"\b(" + "TO" + r"DO|FIX" + r"ME|XXX|HACK)\b")
    found = [(line, comment) for line, comment in _comments(text) if later.search(comment)]
    assert found == []
    if path in SOURCES and path.parent.name != "path":  # there it is what pathlib raises
        assert not re.search(r"raise NotImplemented" + "Error", text)


def _catches_all(handler: ast.ExceptHandler) -> bool:
    """True for a bare except, and for Exception or BaseException that is not raised again."""
    names = [handler.type]
    if isinstance(handler.type, ast.Tuple):
        names = list(handler.type.elts)
    broad = {"Exception", "BaseException"}
    if handler.type is not None and not any(
        isinstance(name, ast.Name) and name.id in broad for name in names
    ):
        return False
    return not any(
        isinstance(node, ast.Raise) and node.exc is None
        for statement in handler.body
        for node in ast.walk(statement)
    )


def _broad_handlers(path: Path) -> list[int]:
    tree = ast.parse(path.read_text("utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=_ids(SOURCES))
def test_everything_is_caught_in_three_places_only(path: Path) -> None:
    if _name(path) not in MAY_CATCH_ALL:
        assert _broad_handlers(path) == [], "name what you expect, or let it pass"


def test_a_broad_handler_is_seen(tmp_path: Path) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text(
        "try:\n    a()\nexcept Exception:\n    pass\n"
        "try:\n    a()\nexcept (KeyError, BaseException) as e:\n    print(e)\n"
        "try:\n    a()\nexcept:\n    pass\n"
        "try:\n    a()\nexcept BaseException:\n    undo()\n    raise\n"
        "try:\n    a()\nexcept OSError:\n    pass\n"
    )
    assert _broad_handlers(probe) == [3, 7, 11]


@pytest.mark.parametrize("path", SOURCES, ids=_ids(SOURCES))
def test_no_room_is_called_after_nothing(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "misc", "common", "core"}


def test_a_merge_left_nothing_behind() -> None:
    texts = [path for each in ("*.py", "*.md", "*.toml") for path in PROJECT.glob(each)]
    texts += [path for room in ("tfm", "tests", "docs", "benchmarks") for path in _texts(room)]
    marked = [
        f"{_name(path)}:{number}"
        for path in texts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.match(r"(<{7}|>{7}|\|{7}) |={7}$", line)
    ]
    assert marked == []


@pytest.mark.parametrize("path", SOURCES, ids=_ids(SOURCES))
def test_a_constant_is_given_once(path: Path) -> None:
    given = [
        target.id
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.isupper()
    ]
    assert sorted(given) == sorted(set(given))


def _texts(room: str) -> Iterator[Path]:
    for each in ("*.py", "*.md", "*.toml"):
        yield from (PROJECT / room).rglob(each)
