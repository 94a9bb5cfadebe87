"""Loading config.py: the exact line of every fault, defaults for the rest, and never an exception."""

import os
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tfm.config.earlier import EARLIER, not_told_yet
from tfm.config.keymap import Bound
from tfm.config.load import Loaded, defaults, load_config, others_may_write
from tfm.config.places import Places
from tfm.config.settings import SETTINGS, Settings
from tfm.config.template import write_template

Load = Callable[[str], Loaded]


def places_in(home: Path) -> Places:
    return Places.from_environ({"HOME": str(home)})


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(source: str, environ: Mapping[str, str] | None = None) -> Loaded:
        file = tmp_path / "config.py"
        file.write_text(textwrap.dedent(source))
        return load_config(file, places_in(tmp_path), environ or {})

    return write_and_load


def faults(loaded: Loaded) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.name) for problem in loaded.problems]


def test_without_a_file_the_defaults_run(tmp_path: Path) -> None:
    loaded = load_config(None, places_in(tmp_path), {})
    assert loaded.settings == Settings()
    assert (loaded.problems, loaded.notices, loaded.file) == ((), (), None)
    assert loaded.keymap == defaults().keymap


def test_the_default_file_is_the_one_in_the_config_directory(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    places.config.mkdir(parents=True)
    places.config_file.write_text("MAX_JOBS = 5\n")
    loaded = load_config(None, places, {})
    assert loaded.settings.max_jobs == 5
    assert loaded.file == tmp_path / ".config" / "tfm" / "config.py"


def test_a_file_in_the_current_directory_is_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text("MAX_JOBS = 5\n")
    monkeypatch.chdir(tmp_path)
    assert load_config(None, places_in(tmp_path / "home"), {}).settings.max_jobs == 2


def test_a_named_file_has_to_exist(tmp_path: Path) -> None:
    loaded = load_config(tmp_path / "no.py", places_in(tmp_path), {})
    assert "no such file" in loaded.problems[0].message


def test_a_remote_configuration_is_refused(tmp_path: Path) -> None:
    loaded = load_config(Path("s3://bucket/config.py"), places_in(tmp_path), {})
    assert "local file" in loaded.problems[0].message


def test_class_and_plain_names_count_and_the_class_wins(load: Load) -> None:
    loaded = load("""
        MAX_JOBS = 3
        THEME = "tfm-light"

        class Base:
            S3_MAX_RETRIES = 7

        class Config(Base):
            MAX_JOBS = 4
        """)
    assert not loaded.problems
    assert (loaded.settings.max_jobs, loaded.settings.theme) == (4, "tfm-light")
    assert loaded.settings.s3_max_retries == 7


def test_a_wrong_value_names_its_line_and_keeps_the_default(load: Load) -> None:
    loaded = load("""
        class Config:
            SHOW_HIDDEN_FILES = True
            MAX_JOBS = 99
            S3_CACHE_TTL = "sixty"
        """)
    assert faults(loaded) == [(4, "MAX_JOBS"), (5, "S3_CACHE_TTL")]
    assert "from 1 to 16, not 99." in loaded.problems[0].message
    assert (loaded.settings.show_hidden_files, loaded.settings.max_jobs) == (True, 2)
    assert str(loaded.problems[0]).startswith(f"{loaded.file}:4: MAX_JOBS must be")


def test_the_last_of_several_assignments_is_named_also_inside_a_branch(load: Load) -> None:
    loaded = load("""
        class Config:
            MAX_JOBS = 3
            if True:
                MAX_JOBS: int = 0
        """)
    assert faults(loaded) == [(5, "MAX_JOBS")]


def test_the_line_of_a_single_entry_is_named(load: Load) -> None:
    loaded = load("""
        class Config:
            FAVORITE_DIRECTORIES = [
                "/tmp",
                {"name": "no path"},
            ]
            KEY_BINDINGS = {
                "copy": "c",
                "coppy": "x",
                "delete": "F99",
            }
        """)
    assert faults(loaded) == [
        (5, "FAVORITE_DIRECTORIES"),
        (9, "KEY_BINDINGS"),
        (10, "KEY_BINDINGS"),
    ]
    assert "Did you mean copy?" in loaded.problems[1].hint


def test_key_bindings_reach_the_key_map(load: Load) -> None:
    loaded = load('KEY_BINDINGS = {"refresh": ["Ctrl-L", "F5"], "copy": "c"}')
    assert not loaded.problems
    assert loaded.keymap.keys_of("refresh") == ("ctrl+l", "f5")
    assert loaded.keymap.by_key["f5"] == (Bound("refresh"),)


def test_an_unknown_name_gets_a_suggestion(load: Load) -> None:
    loaded = load("SHOW_HIDEN_FILES = True\n")
    assert faults(loaded) == [(1, "SHOW_HIDEN_FILES")]
    assert loaded.problems[0].hint == "Did you mean SHOW_HIDDEN_FILES?"


@pytest.mark.parametrize("name", ["show_hidden_files", "Show_Hidden_Files"])
def test_a_setting_in_small_letters_is_an_error_with_its_name(load: Load, name: str) -> None:
    loaded = load(f"class Config:\n    {name} = True\n")
    assert faults(loaded) == [(2, name)]
    assert "SHOW_HIDDEN_FILES" in loaded.problems[0].hint


def test_names_of_the_users_own_are_left_alone(load: Load) -> None:
    loaded = load("""
        import os
        from stat import S_IRUSR
        from pathlib import Path as P
        _MB = 2**20

        def helper():
            LOCAL = 1
            return LOCAL

        small = helper()

        class Config:
            S3_PART_SIZE = 16 * _MB

            @staticmethod
            def also_mine():
                return 1
        """)
    assert not loaded.problems
    assert loaded.settings.s3_part_size == 16 * 2**20


def test_options_of_the_past_are_told_with_their_successor(load: Load) -> None:
    loaded = load('CONFIRM_EXTRACT_ARCHIVE = True\nCOLOR_SCHEME = "dark"\nUSE_COLORS = True\n')
    assert not loaded.problems
    assert not loaded.notices
    assert list(loaded.earlier) == ["CONFIRM_EXTRACT_ARCHIVE", "COLOR_SCHEME", "USE_COLORS"]
    assert "THEME" in loaded.earlier["COLOR_SCHEME"]
    assert all(told.endswith(".") for told in EARLIER.values())
    assert EARLIER["REDUCED_MOTION"] == "is not needed, nothing moves on the screen; remove it."
    assert not set(EARLIER) & set(SETTINGS)


def test_what_was_told_once_is_not_told_again(tmp_path: Path) -> None:
    file = tmp_path / "state" / "told.txt"
    assert not_told_yet(file, ["USE_COLORS", "THEMES"]) == ["USE_COLORS", "THEMES"]
    assert not_told_yet(file, ["USE_COLORS", "S3_ENABLED"]) == ["S3_ENABLED"]
    assert not_told_yet(file, ["USE_COLORS", "S3_ENABLED"]) == []
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"\xff")
    assert not_told_yet(file, ["THEMES"]) == ["THEMES"], "once more, rather than never"


def test_the_file_of_the_earlier_program_is_read_while_there_is_no_other(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    places.earlier_config_file.parent.mkdir()
    places.earlier_config_file.write_text("class Config:\n    CONFIRM_QUIT = False\n")
    loaded = load_config(None, places, {})
    assert (loaded.file, loaded.settings.confirm_quit) == (places.earlier_config_file, False)
    assert not write_template(places), "it is the configuration"
    places.config_file.parent.mkdir(parents=True)
    places.config_file.write_text("CONFIRM_COPY = False\n")
    loaded = load_config(None, places, {})
    assert (loaded.file, loaded.ignored) == (places.config_file, places.earlier_config_file)
    assert (loaded.settings.confirm_quit, loaded.settings.confirm_copy) == (True, False)


def test_the_template_is_written_once_private_and_changes_nothing(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    assert write_template(places)
    assert places.config_file.stat().st_mode & 0o777 == 0o600
    loaded = load_config(None, places, {})
    assert (loaded.problems, loaded.notices, loaded.given) == ((), (), ())
    assert loaded.settings == Settings()
    assert not write_template(places)
    awake = places.config_file.read_text().replace(
        "    # CONFIRM_COPY = True", "    CONFIRM_COPY = 0"
    )
    awake = awake.replace('    # KEY_PRESET = "default"', '    KEY_PRESET = "vim"')
    places.config_file.write_text(awake)
    loaded = load_config(None, places, {})
    (problem,) = loaded.problems
    (own,) = loaded.given
    lines = awake.splitlines()
    assert "CONFIRM_COPY" in lines[(problem.line or 0) - 1]
    assert (own.name, own.value, own.default) == ("KEY_PRESET", "vim", "default")
    assert "KEY_PRESET" in lines[(own.line or 0) - 1]


def test_a_syntax_error_names_its_line(load: Load) -> None:
    loaded = load("MAX_JOBS = 3\nclass Config\n    pass\n")
    assert faults(loaded) == [(2, "")]
    assert "not valid Python" in loaded.problems[0].message
    assert loaded.settings == Settings()


@pytest.mark.parametrize("source", ["x = 1\0", "(" * 5000, "\udcff"])
def test_what_is_not_python_at_all_is_one_problem(tmp_path: Path, source: str) -> None:
    file = tmp_path / "config.py"
    file.write_bytes(source.encode(errors="surrogateescape"))
    loaded = load_config(file, places_in(tmp_path), {})
    assert len(loaded.problems) == 1
    assert "not valid Python" in loaded.problems[0].message


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("exit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise BaseException('no')", "BaseException: no"),
        ("int('x')", "ValueError"),
        ("import json; json.loads('{')", "JSONDecodeError"),
    ],
)
def test_an_exception_names_the_line_in_the_file_and_what_came_before_counts(
    load: Load, statement: str, name: str
) -> None:
    loaded = load(f"MAX_JOBS = 3\ndef f():\n    {statement}\nf()\nS3_MAX_RETRIES = 1\n")
    assert faults(loaded) == [(3, "")]
    assert f"stopped with {name}" in loaded.problems[0].message
    assert (loaded.settings.max_jobs, loaded.settings.s3_max_retries) == (3, 6)


def test_an_exception_that_cannot_be_told_is_still_a_problem(load: Load) -> None:
    loaded = load("""
        class Bad(Exception):
            def __str__(self):
                raise RuntimeError
        raise Bad
        """)
    assert faults(loaded) == [(5, "")]


def test_a_warning_of_the_compiler_is_told_once_and_lines_stay_known(
    load: Load, capfd: pytest.CaptureFixture[str]
) -> None:
    loaded = load('S3_PROFILE = "a\\d"\nMAX_JOBS = 99\n')
    assert faults(loaded) == [(2, "MAX_JOBS")]
    assert len(loaded.notices) == 1
    assert loaded.notices[0].startswith("config.py:1: ")
    assert "invalid escape sequence" in loaded.notices[0]
    assert capfd.readouterr() == ("", "")


def test_what_the_file_prints_becomes_notices(
    load: Load, capfd: pytest.CaptureFixture[str]
) -> None:
    loaded = load("""
        import sys, warnings
        print("hello\\x1b[2J")
        print("to stderr", file=sys.stderr)
        warnings.warn("old")
        for number in range(50):
            print(number)
        """)
    assert not loaded.problems
    assert capfd.readouterr() == ("", "")
    assert loaded.notices[1] == "config.py printed: to stderr"
    assert all(each.isprintable() for each in loaded.notices)
    assert any("32 lines more" in each for each in loaded.notices)
    assert loaded.notices[-1] == "config.py:5: old"


def test_the_file_runs_once(load: Load, tmp_path: Path) -> None:
    load(f"with open({str(tmp_path / 'runs')!r}, 'a') as f: f.write('x')\n")
    assert (tmp_path / "runs").read_text() == "x"


# -- environment -----------------------------------------------------------------------------


def load_with(tmp_path: Path, source: str, environ: Mapping[str, str]) -> Loaded:
    file = tmp_path / "config.py"
    file.write_text(source)
    return load_config(file, places_in(tmp_path), environ)


def test_variables_of_the_environment_are_put_in(tmp_path: Path) -> None:
    source = (
        'S3_PROFILE = "${WHO}-prod"\nFAVORITE_DIRECTORIES = ["s3://${WHO}/", "/a/$${WHO}/$x"]\n'
    )
    loaded = load_with(tmp_path, source, {"WHO": "ann"})
    assert not loaded.problems
    assert loaded.settings.s3_profile == "ann-prod"
    paths = [each.path for each in loaded.settings.favorite_directories]
    assert paths == ["s3://ann/", "/a/${WHO}/$x"]


def test_a_variable_that_is_not_set_is_a_problem(tmp_path: Path) -> None:
    loaded = load_with(tmp_path, '\nS3_PROFILE = "${WHO}"\n', {})
    assert faults(loaded) == [(2, "S3_PROFILE")]
    assert "export WHO=" in loaded.problems[0].hint
    assert loaded.settings.s3_profile == ""


def test_no_secret_is_ever_repeated(tmp_path: Path) -> None:
    source = (
        'AWS_SECRET_ACCESS_KEY = "hush1"\n'
        'S3_ENDPOINT_URL = "http://me:hush2@host"\n'
        'FSYNC = "${PW}"\n'
        'MAX_JOBS = "hush3@host"\n'
    )
    loaded = load_with(tmp_path, source, {"PW": "hush4"})
    assert [line for line, _ in faults(loaded)] == [1, 2, 3, 4]
    told = " ".join(map(str, loaded.problems)) + " ".join(loaded.notices)
    assert "hush" not in told
    assert "profile" in loaded.problems[0].hint


# -- trust -----------------------------------------------------------------------------------


def marked_file(directory: Path) -> tuple[Path, Path]:
    ran = directory / "ran"
    file = directory / "config.py"
    file.write_text(f"open({str(ran)!r}, 'w').close()\n")
    return file, ran


def test_a_file_that_others_can_write_is_not_run(tmp_path: Path) -> None:
    file, ran = marked_file(tmp_path)
    file.chmod(0o646)
    loaded = load_config(file, places_in(tmp_path), {})
    assert "was not run" in loaded.problems[0].message
    assert loaded.problems[0].hint == f"Run: chmod go-w '{file}'"
    assert not ran.exists()
    file.chmod(0o644)
    assert not load_config(file, places_in(tmp_path), {}).problems
    assert ran.exists()


def test_a_file_in_a_directory_that_others_can_write_is_not_run(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    directory.mkdir()
    file, ran = marked_file(directory)
    directory.chmod(0o777)
    loaded = load_config(file, places_in(tmp_path), {})
    assert str(directory) in loaded.problems[0].message
    assert not ran.exists()
    directory.chmod(0o1777)  # sticky, as /tmp: others cannot replace the file
    assert not load_config(file, places_in(tmp_path), {}).problems


def test_the_directory_behind_a_link_is_judged_too(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    directory.mkdir()
    file, ran = marked_file(directory)
    directory.chmod(0o777)
    link = tmp_path / "link.py"
    link.symlink_to(file)
    assert load_config(link, places_in(tmp_path), {}).problems
    assert not ran.exists()


def test_a_file_of_another_user_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, ran = marked_file(tmp_path)
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    loaded = load_config(file, places_in(tmp_path), {})
    assert "belongs to another user" in loaded.problems[0].message
    assert not ran.exists()


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "others"),
    [
        (0o644, 0, 0, False),
        (0o664, 0, 0, False),  # a private group of the owner opens nothing
        (0o664, 0, 54321, True),
        (0o664, 54321, 54321, True),  # a user that nobody knows
        (0o646, 0, 0, True),
    ],
)
def test_a_group_may_write_only_when_it_is_the_owner_alone(
    mode: int, uid: int, gid: int, others: bool
) -> None:
    status = os.stat_result((mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))
    assert others_may_write(status) is others


def test_a_fifo_or_a_directory_does_not_hang_the_start(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert "regular file" in load_config(fifo, places_in(tmp_path), {}).problems[0].message
    assert "directory" in load_config(tmp_path, places_in(tmp_path), {}).problems[0].message


def test_a_huge_file_is_refused(load: Load) -> None:
    assert "larger" in load("#" * (2**20 + 1)).problems[0].message


# -- anything at all -------------------------------------------------------------------------

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=15),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    values=st.dictionaries(
        st.sampled_from(sorted(SETTINGS)) | st.from_regex(r"[A-Z][A-Z_]{0,8}", fullmatch=True),
        LITERALS,
        max_size=6,
    )
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_random_values_never_raise_and_every_refusal_has_a_line(
    tmp_path: Path, values: dict[str, object]
) -> None:
    source = "inf = float('inf')\n" + "".join(f"{name} = {v!r}\n" for name, v in values.items())
    file = tmp_path / "config.py"
    file.write_text(source, encoding="utf-8", errors="surrogatepass")
    loaded = load_config(file, places_in(tmp_path), {})
    for problem in loaded.problems:
        assert str(problem).isprintable()
        assert problem.line is not None or "not valid Python" in problem.message
    assert isinstance(loaded.settings, Settings)


@given(source=st.binary(max_size=60))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_random_bytes_that_are_no_program_never_raise(tmp_path: Path, source: bytes) -> None:
    file = tmp_path / "config.py"
    file.write_bytes(b"x = (\n" + source)  # never closed in a way that calls something
    assert load_config(file, places_in(tmp_path), {}).settings is not None
