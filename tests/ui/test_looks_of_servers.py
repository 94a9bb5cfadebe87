"""What the screen about a server looks like. Accept a change: `pytest tests/ui/test_looks_of_servers.py --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.ui.test_looks import loaded, rig
from tfm.model.location import S3, Location
from tfm.storage.device_codes import CodeWanted
from tfm.storage.s3.storage import S3Storage
from tfm.storage.server_facets import Can
from tfm.ui.dialogs.abilities import AbilitiesDialog
from tfm.ui.dialogs.prompt import Prompt

Compare = Callable[..., bool]


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_what_a_server_can_do(snap_compare: Compare, theme: str) -> None:
    one = rig(theme)
    storage = S3Storage(S3, {"endpoint_url": "http://127.0.0.1:7480"})
    facet, manners = storage.facets.abilities, storage._calls.manners
    assert facet is not None
    manners.meet(
        {
            "ResponseMetadata": {
                "HTTPHeaders": {
                    "x-amz-request-id": "tx00000000000000000000a-0066f0a1b2-1034-default"
                }
            }
        }
    )
    manners.saw("tags", Can.DENIED)
    manners.saw("conditions", Can.YES, sure=True)
    told = facet.known(Location(S3, "my-bucket/"))

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = AbilitiesDialog("The server of s3://my-bucket/photos/", lambda _button: None)
        one.app.push_screen(dialog)
        await pilot.pause(0.1)
        dialog.show(told)
        await pilot.press("down", "down")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))
    storage.close()


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_a_code_is_wanted(snap_compare: Compare, theme: str) -> None:
    one = rig(theme)
    wanted = CodeWanted(
        "arn:aws:iam::123456789012:mfa/phone-of-jo",
        "production",
        "That code was not taken: it is wrong, or was used before.",
    )

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.app.bridge.ask(lambda cancel: one.app.codes.ask(wanted, cancel), lambda _code: None)
        while not isinstance(one.app.screen, Prompt):
            await pilot.pause(0.01)
        await pilot.press(*"1234")
        await pilot.pause(0.1)

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))
