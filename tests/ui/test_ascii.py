import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual._border import BORDER_CHARS

import tfm
from tfm.model.text import safe_text
from tfm.ui.ascii import LACKING, AsciiDriver, Spelling, driver_for, plain_signs
from tfm.ui.driver import CalmDriver

SHOWN = ("ui", "jobs", "session")
"""Rooms whose texts are read on the screen."""
CONTROL = {safe_text(chr(code)) for code in (*range(32), 127)}


def texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, without its docstrings."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def signs_of_ours() -> set[str]:
    """Every sign beyond ASCII that a room of the screen or a border of Textual may draw."""
    top = Path(tfm.__file__).parent
    files = [file for room in SHOWN for file in (top / room).rglob("*.py")]
    found = {
        sign
        for file in files
        if file.name != "ascii.py"
        for text in texts(ast.parse(file.read_text("utf-8")))
        for sign in text
    }
    borders = {sign for rows in BORDER_CHARS.values() for row in rows for sign in "".join(row)}
    return {sign for sign in found | borders if not sign.isascii() and sign.isprintable()}


def test_every_sign_of_ours_has_one_of_ascii_as_wide_as_it_is() -> None:
    signs = signs_of_ours()
    assert {"…", "│", "╭", "▲", "→", "·"} <= signs
    for encoding in ("utf-8", "ascii", "iso8859-1"):
        for sign in signs:
            plain = sign.translate(Spelling(encoding))
            assert plain.isascii(), sign
            assert plain != LACKING, sign
            assert cell_len(plain) == cell_len(sign), sign


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_control_pictures_become_what_ls_makes_of_them(encoding: str) -> None:
    assert len(CONTROL) == 33
    assert all(sign.translate(Spelling(encoding)) == LACKING for sign in CONTROL)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "übersicht - 読書~ ? a"),
        ("iso8859-1", "übersicht - ????~ ? a"),
        ("ascii", "?bersicht - ????~ ? a"),
        ("euc_jp", "übersicht - 読書~ ? a"),
    ],
)
def test_letters_stay_where_the_terminal_has_them(encoding: str, shown: str) -> None:
    text = "übersicht – 読書… ♥ a"
    plain = text.translate(Spelling(encoding))
    assert plain == shown
    assert cell_len(plain) == cell_len(text)


def test_sequences_for_the_terminal_stay_whole() -> None:
    everything = "".join(map(chr, range(128)))
    assert everything.translate(Spelling("ascii")) == everything


@pytest.mark.parametrize(
    ("wish", "encoding", "term", "plain"),
    [
        ("auto", "utf-8", "xterm-256color", False),
        ("auto", "UTF-8", "linux", False),
        ("auto", "ANSI_X3.4-1968", "xterm", True),
        ("auto", "iso8859-15", "xterm", True),
        ("auto", "utf-8", "vt100", True),
        ("auto", "utf-8", "dumb", True),
        ("auto", "utf-8", "vte-256color", False),
        ("always", "utf-8", "xterm", True),
        ("never", "ascii", "vt100", False),
    ],
)
def test_who_gets_plain_signs(wish: str, encoding: str, term: str, plain: bool) -> None:
    assert plain_signs(wish, encoding, term) is plain  # type: ignore[arg-type]


def test_the_setting_chooses_the_driver() -> None:
    assert driver_for("always") is AsciiDriver
    assert driver_for("never") is CalmDriver
