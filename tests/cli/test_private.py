"""What outlives the screen, and what `--private` and the settings keep from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfm.cli import screen
from tfm.cli.arguments import parse_screen
from tfm.cli.compose import listings_of
from tfm.cli.console import Console
from tfm.cli.opening import Opening
from tfm.config.places import Places
from tfm.config.settings import Settings
from tfm.config.state import PaneState, State, save_state
from tfm.storage.listing_store import DAY


@pytest.fixture
def places(home: Path) -> Places:
    return Places.from_environ({"HOME": str(home)})


def opened(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Opening:
    """With what the screen would be run."""
    found: list[Opening] = []

    def run(*given: object, **_more: object) -> int:
        found.extend(each for each in given if isinstance(each, Opening))
        return 0

    monkeypatch.setattr(screen, "_require_terminal", lambda: None)
    monkeypatch.setattr(screen, "_run", run)
    assert screen.run_screen(parse_screen(arguments), Console()) == 0
    return found[0]


def test_places_history_and_listings_are_written_unless_it_is_private(
    monkeypatch: pytest.MonkeyPatch, places: Places, here: Path
) -> None:
    save_state(places.state_file, State(PaneState("/usr"), PaneState("/")))
    usual = opened(monkeypatch, "--no-config")
    assert (usual.state_file, usual.memory_file) == (places.state_file, places.memory_file)
    assert usual.listings is not None
    assert usual.listings.directory == places.listings
    private = opened(monkeypatch, "--no-config", "--private")
    assert (private.state_file, private.memory_file, private.listings) == (None, None, None)
    assert private.left.place == "/usr", "what is known already is of use"


def test_the_settings_say_whether_and_how_much(places: Places) -> None:
    store = listings_of(places, Settings(s3_persist_max_bytes=5_000_000, s3_persist_days=3))
    assert store is not None
    assert (store.max_bytes, store.max_age) == (5_000_000, 3 * DAY)
    assert listings_of(places, Settings(s3_persist_listings=False)) is None
    assert listings_of(places, Settings(s3_cache_ttl=0)) is None
