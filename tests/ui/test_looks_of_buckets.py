"""What the screens about buckets look like. Accept a change: `pytest tests/ui/test_looks_of_buckets.py --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from tests.ui.test_looks import NOON, SECOND, loaded, rig
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import ContainerDetails, Entry, Kind
from tfm.model.location import S3, Location, parse
from tfm.ops.containers import Held
from tfm.session.session import Side
from tfm.storage.container_facets import Glance
from tfm.storage.memory.containers import MemoryContainers
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.s3.glance import ASKED_COLUMNS, BARE_COLUMNS
from tfm.storage.s3.storage import S3Storage
from tfm.ui.actions.paying import question
from tfm.ui.dialogs.confirm import Confirm
from tfm.ui.dialogs.containers import DeleteContainers, EmptyContainer
from tfm.ui.dialogs.form import Form, Line

Compare = Callable[..., bool]
PHOTOS = Location(S3, "holiday-photos/")
THEMES = pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])


def show(
    snap_compare: Compare, theme: str, make: Callable[[], ModalScreen[Any]], *keys: str
) -> None:
    """At 80 x 24, after some keys."""
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.app.push_screen(make())
        await pilot.pause(0.1)
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@THEMES
def test_the_form_of_a_new_bucket(snap_compare: Compare, theme: str) -> None:
    facet = S3Storage(S3, {}).facets.containers
    assert facet is not None

    def make() -> Form:
        lines = [Line("name", "Name", "", "Small letters, digits, dots, hyphens; 3 to 63 of them.")]
        lines += [Line(o.id, o.label, o.value, o.hint, o.choices) for o in facet.options]
        return Form(
            "New bucket", lines, accept="Make", fault=lambda _line, text: facet.fault_in(text, {})
        )

    show(snap_compare, theme, make, *"Holiday")


@THEMES
def test_a_bucket_that_is_not_empty(snap_compare: Compare, theme: str) -> None:
    dialog = DeleteContainers([PHOTOS])

    def make() -> DeleteContainers:
        dialog.looked({PHOTOS: "old versions or delete markers"})
        return dialog

    show(snap_compare, theme, make, "d")


@THEMES
def test_a_bucket_about_to_be_emptied(snap_compare: Compare, theme: str) -> None:
    def make() -> EmptyContainer:
        dialog = EmptyContainer(PHOTOS)
        dialog.counted(Held(12_345, 3, complete=False))
        return dialog

    show(snap_compare, theme, make, *"holiday")


@THEMES
def test_a_bucket_that_may_want_to_be_paid_for(snap_compare: Compare, theme: str) -> None:
    facet = S3Storage(S3, {}).facets.payment
    assert facet is not None
    price = facet.price

    def make() -> Confirm:
        return Confirm("Requester pays?", question(PHOTOS, price), "Pay")

    show(snap_compare, theme, make)


BUCKETS = {
    "backups": ("eu-central-1", ("on", "KMS", "no")),
    "holiday-photos": ("eu-west-1", ("susp", "SSE-S3", "no")),
    "of-another-team": ("us-east-1", ("?", "?", "?")),
    "www.example.org": ("ap-southeast-2", ("off", "SSE-S3", "PUBLIC")),
}


class Buckets(MemoryContainers):
    """As those of S3 look."""

    columns = (*BARE_COLUMNS, *ASKED_COLUMNS)
    asked = frozenset(column.id for column in ASKED_COLUMNS)

    def glance(self, location: Location, cancel: CancelToken = NEVER) -> Glance:
        cancel.check()
        told = zip(
            ("versions", "encryption", "public"), BUCKETS[location.container][1], strict=True
        )
        self._known[location.container] = made = Glance(tuple(told), ())
        return made


class Account(MemoryStorage):
    """A list of buckets."""

    def scan(self, directory: Location, cancel: object):  # type: ignore[no-untyped-def]
        yield [
            Entry(
                name,
                Kind.DIRECTORY,
                None,
                NOON - number * 86_400_000 * SECOND,
                ContainerDetails(region),
            )
            for number, (name, (region, _told)) in enumerate(BUCKETS.items())
        ]


@THEMES
def test_the_list_of_buckets(snap_compare: Compare, theme: str) -> None:
    one = rig(theme)
    top = parse("mem://")
    storage = Account(top.root, {})
    storage.facets = replace(storage.facets, containers=Buckets(storage.shelf))  # type: ignore[arg-type]
    one.vfs._storages[top.root] = storage

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.app.run_action_id("one_pane")
        one.app.navigator.enter(Side.LEFT, top)
        while "PUBLIC" not in _screen(one.app):
            await pilot.pause(0.01)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def _screen(app: Any) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
