"""How the screen is put together: where the panes open, and what is not touched."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, PROJECT
from tests.e2e.terminal import Terminal
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server
from tfm.cli.arguments import Choice, Usage
from tfm.cli.compose import compose, storage_options
from tfm.cli.opening import opening_of
from tfm.config.places import Places
from tfm.config.settings import Settings
from tfm.config.state import PaneState, State, save_state
from tfm.model.location import S3, Location

Open = Callable[..., Terminal]


@pytest.fixture
def places(home: Path) -> Places:
    return Places.from_environ({"HOME": str(home)})


OF_CONNECTIONS = {
    *("access_key_id_from", "secret_access_key_from", "session_token_from"),
    *("bucket", "prefix", "read_only", "own_prices", "colour", "provider"),
}
"""Options that only a connection by name has."""

OF_THE_PROGRAM = {"codes"}
"""Services among them, which are put in where all are put together."""


def test_every_s3_setting_reaches_the_backend() -> None:
    from dataclasses import fields

    from tfm.storage.s3.options import S3Options, read_options

    options = storage_options(
        Settings(s3_profile="p", s3_max_retries=7), Choice(region="eu-west-1")
    )
    given = dict(options["s3"])
    connections = given.pop("connections")
    assert connections == {}
    known = {field.name for field in fields(S3Options)}
    assert set(given) == known - OF_CONNECTIONS - OF_THE_PROGRAM
    taken = read_options(given)
    assert (taken.profile, taken.max_retries, taken.region) == ("p", 7, "eu-west-1")


def test_the_command_line_goes_before_the_settings() -> None:
    settings = Settings(s3_profile="a", s3_endpoint_url="http://one:1")
    choice = Choice(profile="b", endpoint_url="http://two:2/", no_sign_request=True)
    s3 = storage_options(settings, choice)["s3"]
    assert (s3["profile"], s3["endpoint_url"]) == ("b", "http://two:2")
    assert s3["no_sign_request"] is True
    with pytest.raises(Usage, match="--endpoint-url must be a URL"):
        storage_options(settings, Choice(endpoint_url="ftp://x"))


def test_the_cache_is_as_the_settings_say() -> None:
    vfs = compose(Settings(s3_cache_ttl=7, s3_cache_max_entries=3), Choice(read_only=True))
    assert (vfs.cache.ttl, vfs.cache.max_entries, vfs.read_only) == (7, 3, True)
    assert vfs.features(Location(S3, "")).cache_ttl == 7


def test_nothing_remembered_opens_here(places: Places, here: Path) -> None:
    opening = opening_of("", "", places, Settings(show_hidden_files=True))
    assert opening.left.place == opening.right.place == str(here)
    assert opening.left.hidden is True


def test_the_panes_open_where_they_were_left(places: Places, here: Path) -> None:
    gone = here / "a" / "b"
    state = State(PaneState(str(gone), "size", True), PaneState("s3://b/x/"), "right", 0.3)
    assert save_state(places.state_file, state) == ""
    opening = opening_of("", "", places, Settings())
    assert opening.left.place == str(here)  # the nearest one that is still there
    assert (opening.left.sort, opening.left.reverse) == ("size", True)
    assert opening.right.place == "s3://b/x/"
    assert (opening.active, opening.ratio, opening.given) == ("right", 0.3, ())
    named = opening_of("/", "", places, Settings())
    assert (named.left.place, named.right.place, named.given) == ("/", "s3://b/x/", ("left",))
    assert named.active == "left"


def test_a_state_that_cannot_be_read_is_no_reason_to_fail(places: Places, here: Path) -> None:
    places.state_file.parent.mkdir(parents=True)
    places.state_file.write_text('{"version": 1, "left": "odd"}')
    assert opening_of("", "", places, Settings()).left.place == str(here)


def test_the_settings_say_where_to_begin_and_the_command_line_comes_first(
    places: Places, here: Path
) -> None:
    tabs = (PaneState("/tmp"), PaneState("/usr", cursor="lib/"))
    left = PaneState("/usr", cursor="lib/", tabs=tabs, tab=1)
    save_state(places.state_file, State(left, PaneState("/")))
    begin = Settings(start_left="s3://logs/2026/", start_right=str(here))
    opening = opening_of("", "", places, begin)
    assert (opening.left.place, opening.right.place) == ("s3://logs/2026/", str(here))
    assert [tab.place for tab in opening.left.tabs] == ["/tmp", "s3://logs/2026/"]
    assert (opening.read, opening.given, opening.left.cursor) == (("left", "right"), (), "")
    named = opening_of("", "/", places, begin)
    assert (named.right.place, named.given) == ("/", ("right",))


def test_a_beginning_that_is_not_there_is_told(places: Places, here: Path) -> None:
    gone = str(here / "gone")
    opening = opening_of("", "", places, Settings(start_left=gone, start_right="ftp://host/x"))
    assert opening.left.place == opening.right.place == str(here)
    assert opening.notices == [
        f"START_LEFT: there is no directory {gone}.",
        "START_RIGHT: nothing here opens ftp:// places.",
    ]


def test_lost_favourites_are_told(places: Places, here: Path) -> None:
    places.memory_file.parent.mkdir(parents=True)
    places.memory_file.write_text("{")
    assert "favourites, bookmarks and choices are lost" in "".join(
        opening_of("", "", places, Settings()).notices
    )


def test_a_scheme_of_tomorrow_in_the_state_is_left_alone(places: Places, here: Path) -> None:
    save_state(places.state_file, State(PaneState("sftp://host/x"), PaneState("")))
    assert opening_of("", "", places, Settings()).left.place == str(here)


@pytest.fixture
def screen(here: Path) -> Iterator[Open]:
    """Start tfm in a terminal."""
    opened: list[Terminal] = []

    def start(*arguments: object, **env: str) -> Terminal:
        made = Terminal(
            [*PROGRAM, *map(str, arguments)],
            cwd=here,
            columns=120,
            rows=30,
            env={"PYTHONPATH": str(PROJECT), **env},
        )
        opened.append(made)
        return made

    yield start
    for each in opened:
        each.close()


def leave(terminal: Terminal) -> int:
    """Quit, answering the question if there is one."""
    terminal.send("q")
    terminal.wait_quiet(0.3)
    if terminal.process.poll() is None:
        terminal.send("enter")
    return terminal.wait_exit(10)


@pytest.mark.e2e
def test_left_and_right_and_the_next_start(screen: Open, here: Path) -> None:
    for name in ("one", "two"):
        (here / name).mkdir()
        (here / name / f"in {name}").touch()
    first = screen("one", "two")
    first.wait_for("in one")
    first.wait_for("in two")
    assert leave(first) == 0
    second = screen()
    second.wait_for("in one")
    second.wait_for("in two")
    assert leave(second) == 0


@pytest.mark.e2e
def test_what_was_chosen_holds_at_the_next_start(screen: Open, here: Path) -> None:
    (here / "large").write_bytes(b"x" * 12345)
    first = screen(".", ".")
    first.wait_for("12K")
    first.send("z", "e", "o")
    first.wait_for("12,345")
    first.send("escape")
    first.wait_quiet(0.5)
    assert leave(first) == 0
    second = screen(".", ".")
    second.wait_for("12,345")
    assert second.text().count("12,345") == 1, "one pane"
    assert leave(second) == 0


@pytest.mark.e2e
def test_no_sdk_before_an_s3_place(here: Path) -> None:
    script = (
        "import sys, tfm.cli.screen as s; from tfm.__main__ import main\n"
        "import tfm.ui.run as r\n"
        "r.run = lambda app: print(sorted({'boto3', 'botocore', 'moto'} & set(sys.modules)))"
        " or app.jobs.shutdown(0) or 0\n"
        "main(['.', 's3://bucket/', '--no-config'])\n"
    )
    with Terminal(
        [sys.executable, "-c", script], cwd=here, env={"PYTHONPATH": str(PROJECT)}
    ) as terminal:
        terminal.wait_for("[]")


@pytest.mark.e2e
def test_what_is_wrong_with_the_configuration_is_shown_and_the_screen_starts(
    screen: Open, home: Path, here: Path
) -> None:
    config = home / ".config/tfm/config.py"
    config.parent.mkdir(parents=True)
    config.write_text("S3_MAX_RETRIES = 'many'\n")
    (here / "seen").touch()
    terminal = screen(".", ".")
    terminal.wait_for("seen")
    terminal.wait_for("config.py:1")
    assert leave(terminal) == 0


@pytest.mark.e2e
def test_an_s3_place_is_read_and_listed_once(
    screen: Open, moto_server: Server, new_bucket: Callable[[Server], str], here: Path
) -> None:
    bucket = new_bucket(moto_server)
    moto_server.client().put_object(Bucket=bucket, Key="dir/object", Body=b"1")
    with Proxy(moto_server) as proxy:
        terminal = screen(".", f"s3://{bucket}/dir/", **proxy.environment())
        terminal.wait_for("object", 20)
        assert leave(terminal) == 0
        proxy.expect({"ListObjectsV2": 1})


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_screen_and_remembers_the_places(
    screen: Open, here: Path, places: Places, number: signal.Signals
) -> None:
    (here / "d").mkdir()
    terminal = screen("d", ".")
    terminal.wait_for("d/")
    terminal.signal(number)
    assert terminal.wait_exit(5) == 128 + number
    assert terminal.restored()
    assert places.state_file.exists()


@pytest.mark.e2e
def test_a_listing_that_hangs_does_not_keep_the_program(
    screen: Open, moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    bucket = new_bucket(moto_server)
    with Proxy(moto_server) as proxy:
        hold = Hold()
        proxy.rule("ListObjectsV2", hold)
        terminal = screen(".", f"s3://{bucket}/", **proxy.environment())
        hold.wait_reached(20)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(6) == 128 + signal.SIGTERM
