"""The code of a device, for verbs: typed on a terminal, given as an option, or told that it is missing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, PROJECT, Tfm
from tests.e2e.terminal import Terminal
from tests.fakes.cloud import DEVICE, Cloud

PLACE = "s3://mfa@bucket/"

Type = Callable[..., Terminal]


@pytest.fixture
def terminal(here: Path) -> Iterator[Type]:
    """Start tfm in a terminal."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        env = {"PYTHONPATH": str(PROJECT)}
        made = Terminal([*PROGRAM, *arguments], cwd=here, columns=100, rows=24, env=env)
        opened.append(made)
        return made

    yield start
    for each in opened:
        each.close()


def test_without_a_terminal_it_says_what_to_do(tfm: Tfm, cloud: Cloud) -> None:
    ran = tfm("ls", PLACE)
    assert ran.code == 1
    assert f"The profile mfa wants the MFA code of the device {DEVICE}." in ran.err
    assert "--mfa-code CODE" in ran.err
    assert "aws sts get-session-token" in ran.err
    assert cloud.codes == []


def test_it_can_be_given(tfm: Tfm, cloud: Cloud) -> None:
    cloud.good = "123456"
    assert tfm("ls", "--mfa-code", "123456", PLACE).code == 0
    assert cloud.seen[-1][0] == "ROLE"
    ran = tfm("ls", "--mfa-code", "654321", PLACE)
    assert ran.code == 1
    assert "That code was not taken" in ran.err
    assert "654321" not in ran.err


@pytest.mark.e2e
def test_it_is_asked_for_on_the_terminal(terminal: Type, cloud: Cloud) -> None:
    cloud.good = "222222"
    run = terminal("ls", PLACE)
    run.wait_for("Code (empty to leave):")
    assert "MFA code of the device" in run.text()
    run.type_text("111111\n")
    run.wait_for("That code was not taken")
    run.type_text("222222\n")
    assert run.wait_exit() == 0
    assert [code for _, code in cloud.codes] == ["111111", "222222"]


@pytest.mark.e2e
def test_nothing_typed_and_ctrl_c_end_it(terminal: Type, cloud: Cloud) -> None:
    run = terminal("ls", PLACE)
    run.wait_for("Code (empty to leave):")
    run.type_text("\n")
    assert run.wait_exit() == 1
    assert "or add --mfa-code CODE" in run.text()
    run = terminal("ls", PLACE)
    run.wait_for("Code (empty to leave):")
    run.send_bytes(b"\x03")
    assert run.wait_exit() == 128 + signal.SIGINT
    assert run.restored(), run.leftovers()
    assert cloud.codes == []
