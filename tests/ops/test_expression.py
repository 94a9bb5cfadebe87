"""What people type as a regular expression ends, and lets the others go on."""

from __future__ import annotations

import re
import threading
import time

import pytest

from tfm.ops.expression import TooSlow, expression

ENDLESS = (r"(a|aa)+$", "a" * 200 + "b")


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        (r"(\w+) (\w+)", re.NOFLAG),
        (r"^b.*$", re.MULTILINE | re.IGNORECASE),
        (r"(?P<first>a)(?!c).", re.DOTALL),
        (r"\A.*\Z", re.DOTALL),
        (r"x*", re.NOFLAG),
    ],
)
def test_it_finds_what_the_usual_ones_find(source: str, flags: re.RegexFlag) -> None:
    text = "one two\nBoth abac\nba\n ünß xx"
    usual, ours = re.compile(source, flags), expression(source, flags)
    wanted = [(found.span(), found.groups()) for found in usual.finditer(text)]
    assert [(found.span(), found.groups()) for found in ours.finditer(text)] == wanted
    first = ours.search(text, 3)
    expected = usual.search(text, 3)
    assert (first and first.span()) == (expected and expected.span())
    assert ours.flags == flags


def test_what_is_none_is_told_as_usual() -> None:
    for bad in ("(", "[", "*a", r"(?P=none)"):
        with pytest.raises(re.error):
            expression(bad)
    with pytest.raises(re.error):
        expression(b"(")


def test_the_known_trap_is_none() -> None:
    assert expression("(a+)+$").search("a" * 40 + "b") is None
    assert expression(b"(a+)+$").search(b"a" * 40 + b"b") is None


def test_what_never_ends_is_broken_off_while_others_go_on() -> None:
    steps: list[float] = []
    done = threading.Event()

    def others() -> None:
        while not done.is_set():
            steps.append(time.monotonic())
            done.wait(0.005)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        begun = time.monotonic()
        with pytest.raises(TooSlow, match="takes too long"):
            expression(ENDLESS[0], seconds=0.5).search(ENDLESS[1])
        assert time.monotonic() - begun < 30
    finally:
        done.set()
        thread.join()
    assert len([at for at in steps if at > begun]) > 5


def test_what_gives_up_finds_nothing_from_then_on() -> None:
    made = expression(ENDLESS[0], seconds=0.05, gives_up=True)
    assert made.search("aaa")
    assert list(made.finditer(ENDLESS[1])) == []
    assert made.search("aaa") is None
    assert list(made.finditer("aaa")) == []
