"""The table of settings: every default obeys its own rule, every rule refuses what it must."""

import dataclasses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tfm.config.earlier import EARLIER
from tfm.config.rules import Binding, Choice, Favorite, Rejected
from tfm.config.settings import SETTINGS, Settings, disagreements

PROMISED = {
    "START_LEFT": "",
    "START_RIGHT": "",
    "S3_CACHE_TTL": 60,
    "S3_CACHE_MAX_ENTRIES": 1000,
    "S3_MULTIPART_THRESHOLD": 5_242_880,
    "S3_PART_SIZE": 0,
    "S3_TRANSFER_THREADS": 8,
    "S3_CONNECT_TIMEOUT": 5,
    "S3_READ_TIMEOUT": 20,
    "S3_BULK_READ_TIMEOUT": 60,
    "S3_MAX_RETRIES": 6,
    "S3_OUTAGE_WAIT": 900,
    "S3_RETRY_DELAY": 1.0,
    "S3_POOL_CONNECTIONS": 0,
    "S3_PROFILE": "",
    "S3_REGION": "",
    "S3_ENDPOINT_URL": "",
    "S3_ADDRESSING_STYLE": "auto",
    "S3_NO_SIGN_REQUEST": False,
    "S3_CA_BUNDLE": "",
    "CONFIRM_DELETE": True,
    "CONFIRM_QUIT": True,
    "CONFIRM_COPY": True,
    "CONFIRM_MOVE": True,
    "SHOW_HIDDEN_FILES": False,
    "DEFAULT_SORT_MODE": "name",
    "DEFAULT_SORT_REVERSE": False,
    "DATE_FORMAT": "short",
    "DEFAULT_LEFT_PANE_RATIO": 0.5,
    "THEME": "tfm-dark",
    "MAX_JOBS": 2,
    "FILE_OP_WORKERS_LOCAL": 4,
    "FSYNC": "auto",
    "VERIFY": "checksum",
    "MAX_HISTORY_ENTRIES": 100,
    "MAX_SEARCH_RESULTS": 10_000,
    "S3_SEARCH_MAX_OBJECTS": 1000,
    "S3_SEARCH_MAX_BYTES": 256 * 1024 * 1024,
    "FILE_MONITORING_ENABLED": True,
    "MOUSE": True,
    "TERMINAL_TITLE": True,
    "KEY_PRESET": "default",
    "SHOW_LOG": False,
    "DEFAULT_LOG_HEIGHT_RATIO": 0.25,
    "MAX_LOG_MESSAGES": 1000,
}


def test_the_promised_settings_have_their_promised_defaults() -> None:
    assert {name: SETTINGS[name].default for name in PROMISED} == PROMISED


@pytest.mark.parametrize("name", SETTINGS)
def test_every_default_obeys_its_own_rule_and_has_help(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.rule.accept(setting.default) == setting.default
    assert setting.help.endswith(".")
    assert setting.group
    assert "\n" not in setting.help


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().max_jobs = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("S3_PART_SIZE", 0),
        ("S3_PART_SIZE", 5 * 2**20),
        ("S3_CACHE_TTL", 0),
        ("S3_CACHE_TTL", 0.5),
        ("MAX_JOBS", 16),
        ("DATE_FORMAT", "full"),
        ("DATE_FORMAT", "%d.%m.%Y %H:%M"),
        ("S3_ENDPOINT_URL", "http://[::1]:9000"),
        ("S3_ENDPOINT_URL", "https://s3.example.net"),
        ("S3_METRICS_NAMESPACE", "Team/tfm: nightly"),
        ("FSYNC", "off"),
        ("AGE_RECIPIENTS", ("age1abc", "ssh-ed25519 AAAA me@here")),
        ("AGE_IDENTITIES", ("~/.config/age/key.txt",)),
        ("DEFAULT_LEFT_PANE_RATIO", 0.9),
    ],
)
def test_good_values_pass(name: str, good: object) -> None:
    assert SETTINGS[name].rule.accept(good) == good


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("CONFIRM_DELETE", 0),
        ("CONFIRM_DELETE", "False"),
        ("MAX_JOBS", 0),
        ("AGE_RECIPIENTS", "age1abc"),
        ("AGE_RECIPIENTS", ["AGE-SECRET-KEY-1ABC"]),
        ("AGE_IDENTITIES", ["AGE-SECRET-KEY-1ABC"]),
        ("AGE_IDENTITIES", [""]),
        ("MAX_JOBS", True),
        ("MAX_JOBS", 2.0),
        ("MAX_JOBS", "2"),
        ("S3_PART_SIZE", 1),
        ("S3_PART_SIZE", 5 * 2**20 - 1),
        ("S3_PART_SIZE", -1),
        ("S3_CACHE_TTL", float("nan")),
        ("S3_CACHE_TTL", float("inf")),
        ("S3_CACHE_TTL", -1),
        ("S3_CACHE_TTL", 10**400),
        ("S3_MAX_RETRIES", -1),
        ("THEME", ""),
        ("THEME", "a\x1b[2J"),
        ("S3_PROFILE", "a\nb"),
        ("S3_PROFILE", None),
        ("DATE_FORMAT", ""),
        ("DATE_FORMAT", "yesterday"),
        ("DATE_FORMAT", "%H\n%M"),
        ("DATE_FORMAT", "%c" * 20),
        ("S3_ENDPOINT_URL", "minio:9000"),
        ("S3_ENDPOINT_URL", "ftp://host"),
        ("S3_ENDPOINT_URL", "http://"),
        ("S3_ENDPOINT_URL", "http://host:99999"),
        ("S3_ENDPOINT_URL", "http://[::1"),
        ("S3_ENDPOINT_URL", "http://me:secret@host"),
        ("S3_ENDPOINT_URL", "http://host/?a=b"),
        ("S3_METRICS_NAMESPACE", "AWS/S3"),
        ("S3_METRICS_NAMESPACE", ":tfm"),
        ("S3_METRICS_NAMESPACE", " "),
        ("S3_METRICS_NAMESPACE", "é"),
        ("S3_METRICS_NAMESPACE", "a" * 256),
        ("FSYNC", "maybe"),
        ("DEFAULT_SORT_MODE", "colour"),
        ("KEY_PRESET", "emacs"),
        ("FAVORITE_DIRECTORIES", "~"),
        ("FAVORITE_DIRECTORIES", [{"name": "x"}]),
        ("FAVORITE_DIRECTORIES", [{"name": "x", "path": "/", "profile": "p"}]),
        ("FAVORITE_DIRECTORIES", [""]),
        ("KEY_BINDINGS", ["copy"]),
        ("KEY_BINDINGS", {1: "c"}),
        ("KEY_BINDINGS", {"copy": 5}),
        ("KEY_BINDINGS", {"copy": [5]}),
        ("KEY_BINDINGS", {"copy": {"keys": ["c"], "selection": "must"}}),
        ("KEY_BINDINGS", {"copy": {"keys": ["c"], "select": "any"}}),
    ],
)
def test_bad_values_are_refused(name: str, bad: object) -> None:
    with pytest.raises(Rejected):
        SETTINGS[name].rule.accept(bad)


def test_a_word_of_a_later_version_says_so() -> None:
    rule = Choice(("now",), later=("soon",))
    with pytest.raises(Rejected, match="not in this version yet"):
        rule.accept("soon")


def test_words_of_older_files_become_those_of_today() -> None:
    rule = SETTINGS["DEFAULT_SORT_MODE"].rule
    assert (rule.accept("date"), rule.accept("ext")) == ("time", "extension")
    assert SETTINGS["KEY_PRESET"].rule.accept("standard") == "default"


def test_favourites_are_paths_or_mappings() -> None:
    accepted = SETTINGS["FAVORITE_DIRECTORIES"].rule.accept(
        ["s3://bucket/", {"name": "Home", "path": "~"}]
    )
    assert accepted == (Favorite("s3://bucket/", "s3://bucket/"), Favorite("Home", "~"))


def test_key_bindings_take_every_form_of_the_earlier_program() -> None:
    accepted = SETTINGS["KEY_BINDINGS"].rule.accept(
        {"copy": "c", "delete": ["k", "F8"], "move": {"keys": ["F6"], "selection": "required"}}
    )
    assert accepted == {
        "copy": Binding(("c",)),
        "delete": Binding(("k", "F8")),
        "move": Binding(("F6",), "required"),
    }


def test_the_date_pattern_is_one_for_strftime() -> None:
    assert Settings().date_pattern == "%y-%m-%d %H:%M"
    assert Settings(date_format="full").date_pattern == "%Y-%m-%d %H:%M:%S"
    assert Settings(date_format="%H:%M").date_pattern == "%H:%M"


def test_a_pool_smaller_than_its_threads_is_a_disagreement() -> None:
    assert not disagreements(Settings())
    assert not disagreements(Settings(s3_pool_connections=8))
    assert "S3_POOL_CONNECTIONS" in disagreements(Settings(s3_pool_connections=7))


def test_no_name_is_both_a_setting_and_one_of_the_past() -> None:
    assert not set(EARLIER) & set(SETTINGS)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)


@example(name="KEY_BINDINGS", value={"copy": {"\x1f": None}})
@given(name=st.sampled_from(sorted(SETTINGS)), value=VALUES)
def test_a_rule_accepts_or_rejects_and_accepts_its_own_result(name: str, value: object) -> None:
    rule = SETTINGS[name].rule
    try:
        accepted = rule.accept(value)
    except Rejected as rejected:
        assert str(rejected).isprintable()
        return
    assert rule.accept(accepted) == accepted
