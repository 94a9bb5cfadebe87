"""What rows of an earlier run look like. Accept a change: `pytest tests/ui/test_looks_of_earlier.py --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.ui.rig import MOMENT, Rig
from tests.ui.test_earlier import HERE, Server, server  # noqa: F401 - a fixture
from tfm.config.settings import Settings
from tfm.session.session import Side
from tfm.storage.listing_store import DAY
from tfm.storage.vfs import Vfs

Compare = Callable[..., bool]


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_rows_of_yesterday_and_why_they_are_not_deleted(
    snap_compare: Compare,
    server: Server,  # noqa: F811
    theme: str,
) -> None:
    server.run_once()
    server.storage.gate.clear()
    settings = replace(Settings(), confirm_quit=False)
    vfs = Vfs(storages={HERE.root: server.storage})
    one = Rig(
        HERE.parent,
        HERE,
        settings,
        given=frozenset({Side.RIGHT}),
        theme=theme,
        vfs=vfs,
        listings=server.store,
    )
    one.app.views[Side.RIGHT]._clock = lambda: MOMENT + DAY

    async def before(pilot: Pilot[None]) -> None:
        while not one.session[Side.RIGHT].as_of:
            await pilot.pause(0.01)
        await pilot.press("tab", "down", "f8")
        await pilot.pause(0.2)

    try:
        assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))
    finally:
        server.storage.gate.set()
