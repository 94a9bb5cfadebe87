"""A profile that wants the code of a device: one dialog asks, while the listing waits and nobody else does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.fakes.cloud import DEVICE, Cloud
from tests.ui.rig import Driven, Rig
from tfm.model.cancel import CancelToken
from tfm.model.errors import NeedsLogin, StorageError
from tfm.model.location import local, parse
from tfm.storage.device_codes import DeviceCodes
from tfm.storage.vfs import Vfs
from tfm.ui.dialogs.prompt import Prompt
from tfm.ui.screen import PanesScreen

PLACE = parse("s3://mfa@bucket/")


@pytest.fixture
def rig(cloud: Cloud, left: Path, right: Path) -> Rig:
    codes = DeviceCodes()
    vfs = Vfs({"s3": {"codes": codes, "max_retries": 0}}, codes=codes)
    return Rig(local(left), local(right), vfs=vfs)


async def asked(it: Driven) -> None:
    await it.until(lambda: isinstance(it.app.screen, Prompt), "the question")


async def free(it: Driven) -> None:
    await it.until(lambda: isinstance(it.app.screen, PanesScreen), "the panes")


def opened(it: Driven) -> None:
    it.app.navigator.enter(it.app.session.active, PLACE)


def test_the_dialog_asks_until_the_code_is_taken(rig: Rig, cloud: Cloud) -> None:
    cloud.good = "222222"

    async def scenario(it: Driven) -> None:
        opened(it)
        await asked(it)
        assert "profile mfa wants the MFA code of the device" in it.screen()
        assert DEVICE in it.screen()
        await it.type("12")
        await it.press("enter")
        assert "six digits" in it.screen()
        assert cloud.codes == []
        await it.press("ctrl+u")
        await it.type("111 111")
        await it.press("enter")
        await it.until(lambda: "That code was not taken" in it.screen())
        await it.type("222222")
        await it.press("enter")
        await it.until(lambda: cloud.seen and it.pane.error is None)
        await it.loaded()
        assert it.pane.place == PLACE
        assert [key for key, _, _ in cloud.seen] == ["ROLE2"]
        await it.press("ctrl+r")
        await it.until(lambda: len(cloud.seen) == 2)
        assert isinstance(it.app.screen, PanesScreen), "one code for the whole session"

    rig.drive(scenario, (110, 24))
    assert [code for _, code in cloud.codes] == ["111111", "222222"]


def test_whoever_leaves_it_is_told_what_to_do_and_can_be_asked_again(
    rig: Rig, cloud: Cloud
) -> None:
    async def scenario(it: Driven) -> None:
        opened(it)
        await asked(it)
        await it.press("escape")
        await it.until(lambda: it.pane.error is not None)
        assert isinstance(it.pane.error, NeedsLogin)
        told = str(it.pane.error)
        assert "Ctrl-R asks again." in told
        assert "aws sts get-caller-identity --profile mfa" in told
        await it.press("ctrl+r")
        await asked(it)
        await it.type("123456")
        await it.press("enter")
        await it.until(lambda: len(cloud.seen) == 1)

    rig.drive(scenario)


def test_a_refusal_holds_for_all_that_want_it_until_a_key_is_pressed(
    rig: Rig, cloud: Cloud
) -> None:
    """As for a job of many files: its person is away, or said no."""
    errors: list[StorageError] = []

    async def scenario(it: Driven) -> None:
        def look(number: int) -> None:
            place = PLACE.child(f"{number}/")
            it.app.bridge.ask(lambda _c: it.app.vfs.scan(place), lambda _l: None, errors.append)

        for number in range(3):
            look(number)
        await asked(it)
        await it.press("escape")
        await it.until(lambda: len(errors) == 3)
        look(3)
        await it.until(lambda: len(errors) == 4)
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("down")
        look(4)
        await asked(it)
        await it.press("escape")

    rig.drive(scenario)
    assert cloud.codes == []


def test_it_never_comes_under_the_fingers_of_somebody_who_types(rig: Rig, cloud: Cloud) -> None:
    asks = threading.Event()

    def look(cancel: CancelToken) -> None:
        asks.set()
        rig.vfs.scan(PLACE, cancel=cancel)

    async def scenario(it: Driven) -> None:
        await it.press("f7")
        await it.until(lambda: not isinstance(it.app.screen, PanesScreen))
        dialog = it.app.screen
        it.app.bridge.ask(look, lambda _none: None)
        await it.until(lambda: it.app.codes._timer is not None, "the question waits")
        await it.type("new")
        assert it.app.screen is dialog
        await it.press("escape")
        await asked(it)
        await it.type("123456")
        await it.press("enter")
        await it.until(lambda: len(cloud.seen) == 1)
        await free(it)

    rig.drive(scenario)


def test_it_goes_when_nobody_waits_for_the_answer_any_more(rig: Rig, cloud: Cloud) -> None:
    async def scenario(it: Driven) -> None:
        pending = it.app.bridge.ask(
            lambda cancel: rig.vfs.scan(PLACE, cancel=cancel), lambda _listing: None
        )
        await asked(it)
        pending.cancel()
        await free(it)

    rig.drive(scenario)
    assert cloud.codes == []


def test_the_program_can_be_left_while_it_asks(rig: Rig, cloud: Cloud) -> None:
    left: list[BaseException] = []

    def look(_cancel: CancelToken) -> None:
        try:
            rig.vfs.scan(PLACE)
        except StorageError as error:
            left.append(error)
            ended.set()

    ended = threading.Event()

    async def scenario(it: Driven) -> None:
        it.app.bridge.ask(look, lambda _none: None)
        await asked(it)
        it.app.leave()

    rig.drive(scenario)
    assert ended.wait(10)
    assert isinstance(left[0], NeedsLogin)


def test_the_list_of_buckets_asks_nobody_before_one_is_entered(rig: Rig, cloud: Cloud) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("d")
        await it.until(lambda: "profile outer" in it.screen() and "mfa" in it.screen())
        await it.until(lambda: "Enter lists its buckets" in it.screen())
        assert not isinstance(it.app.screen, Prompt)
        assert it.app.codes._timer is None

    rig.drive(scenario)
    assert cloud.codes == []


def test_a_default_profile_that_wants_one_says_so_in_the_list(
    cloud: Cloud, left: Path, right: Path
) -> None:
    codes = DeviceCodes()
    vfs = Vfs({"s3": {"codes": codes, "max_retries": 0, "profile": "mfa"}}, codes=codes)
    rig = Rig(local(left), local(right), vfs=vfs)

    async def scenario(it: Driven) -> None:
        await it.press("d")
        await it.until(lambda: "wants the MFA code" in it.screen())
        assert it.app.codes._timer is None
        await it.type("s3://")
        await it.press("enter")
        await asked(it)
        await it.press("escape")

    rig.drive(scenario, (160, 40))
    assert cloud.codes == []
