from pathlib import Path

import pytest

from tfm.config.commands import add_command, load_commands
from tfm.config.load import load_config
from tfm.config.places import Places
from tfm.config.programs import DEFAULT_PROGRAMS, SHIPPED
from tfm.config.settings import SETTINGS
from tfm.model.program import Lend, Program


def load(home: Path, text: str) -> tuple[object, list[str]]:
    file = home / "config.py"
    file.write_text(text)
    loaded = load_config(file, Places.from_environ({"HOME": str(home)}), {"HOME": str(home)})
    return loaded.settings, [str(each) for each in loaded.problems]


def test_a_program_with_every_option(home: Path) -> None:
    settings, problems = load(
        home,
        """
PROGRAMS = [
    {"name": "One", "command": ["prog", "-x"]},
    {"name": "Two", "command": ["~/bin/two"], "options": {
        "auto_return": True, "terminal": False, "key": "Ctrl-T", "patterns": "*.txt",
        "arguments": True, "local_copies": "both", "aws": True}},
]
TEXT_EDITOR = "code --wait"
""",
    )
    assert not problems
    one, two = settings.programs  # type: ignore[attr-defined]
    assert one == Program("One", ("prog", "-x"))
    assert two == Program(
        "Two", (str(home / "bin/two"),), terminal=False, auto_return=True, key="ctrl+t",
        patterns=("*.txt",), arguments=True, lend=Lend.BOTH, aws=True,
    )  # fmt: skip
    assert settings.text_editor == ("code", "--wait")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('{"name": "A"}', "the command of 'A' is no list of words"),
        ('{"name": "A", "command": "rm -rf"}', "the command of 'A' is no list of words"),
        ('{"command": ["a"]}', "entry 2 has no name"),
        ('{"name": "A", "command": ["a"], "option": {}}', "entry 2 has the key 'option'"),
        ('{"name": "A", "command": ["a"], "options": {"x": 1}}', "'A' has the option 'x'"),
        ('{"name": "A", "command": ["a"], "options": {"aws": 1}}', "aws of 'A' must be True"),
        ('{"name": "A", "command": ["a"], "options": {"key": "Hyper-Q"}}', "the key of 'A'"),
        ('{"name": "ok", "command": ["a"]}', "'ok' is there twice"),
    ],
)
def test_a_wrong_entry_is_told_with_its_line(home: Path, entry: str, told: str) -> None:
    text = f'PROGRAMS = [\n    {{"name": "ok", "command": ["a"]}},\n    {entry},\n]\n'
    settings, problems = load(home, text)
    assert settings.programs == DEFAULT_PROGRAMS  # type: ignore[attr-defined]
    assert len(problems) == 1
    assert told in problems[0]
    assert "config.py:3: " in problems[0]


def test_a_key_that_never_reaches_its_program_is_told_with_its_line(home: Path) -> None:
    entries = [("One", "Ctrl-T"), ("Two", "c"), ("Three", "Ctrl-T"), ("Four", "g"), ("Five", "F11")]
    rows = "".join(
        f'    {{"name": "{name}", "command": ["a"], "options": {{"key": "{key}"}}}},\n'
        for name, key in entries
    )
    settings, problems = load(home, f"PROGRAMS = [\n{rows}]\n")
    assert len(settings.programs) == 5  # type: ignore[attr-defined]
    file = home / "config.py"
    assert [problem.partition(". ")[0] for problem in problems] == [
        f"{file}:3: PROGRAMS: the key c of 'Two' belongs to the action copy",
        f"{file}:4: PROGRAMS: the key Ctrl-T of 'Three' belongs to One",
        f"{file}:5: PROGRAMS: the key g of 'Four' belongs to the beginning of a chord",
    ]


def test_associations_as_the_earlier_program_wrote_them(home: Path) -> None:
    settings, problems = load(
        home,
        'FILE_ASSOCIATIONS = [{"pattern": ["*.png", "*.jpg"], "open|view": ["feh", "-F"], "edit": None},'
        ' {"pattern": "*.md", "edit": "vim -n"}]',
    )
    assert not problems
    pictures, text = settings.file_associations  # type: ignore[attr-defined]
    assert pictures.patterns == ("*.png", "*.jpg")
    assert pictures.commands == {"open": ("feh", "-F"), "view": ("feh", "-F"), "edit": ()}
    assert text.commands == {"edit": ("vim", "-n")}


@pytest.mark.parametrize("rule", ['{"open": ["a"]}', '{"pattern": [], "open": ["a"]}',
                                  '{"pattern": "*", "enter": ["a"]}', '{"pattern": "*", "open": 3}'])  # fmt: skip
def test_wrong_associations_are_refused(home: Path, rule: str) -> None:
    _settings, problems = load(home, f"FILE_ASSOCIATIONS = [{rule}]")
    assert len(problems) == 1
    assert "config.py:1: FILE_ASSOCIATIONS" in problems[0]


def test_tools_are_the_users_own_before_ours(home: Path) -> None:
    text = 'PROGRAMS = [{"name": "T", "command": [tfm_python, tfm_tool("preview.sh")]}]'

    def found() -> str:
        settings, problems = load(home, text)
        assert not problems
        (program,) = settings.programs  # type: ignore[attr-defined]
        return str(program.command[1])

    assert found() == str(SHIPPED / "preview.sh")
    for folder in (home / ".tfm", home / ".config" / "tfm"):
        (folder / "tools").mkdir(parents=True)
        (folder / "tools" / "preview.sh").touch()
        assert found() == str(folder / "tools" / "preview.sh")


def test_every_script_of_the_defaults_is_there() -> None:
    scripts = [word for each in DEFAULT_PROGRAMS for word in each.command if "/tools/" in word]
    assert {Path(script).name for script in scripts} == {
        file.name for file in SHIPPED.iterdir() if file.suffix in (".sh", ".py")
    }
    assert SETTINGS["PROGRAMS"].rule.accept(list(DEFAULT_PROGRAMS)) == DEFAULT_PROGRAMS


def test_command_lines_are_remembered_each_once_newest_last(tmp_path: Path) -> None:
    file = tmp_path / "state" / "commands"
    assert load_commands(file) == []
    for text in ("ls", "make 'all'", "ls", "new\nline"):
        add_command(file, text)
    file.write_bytes(file.read_bytes() + b"damaged {\n")
    assert load_commands(file) == ["make 'all'", "ls", "new\nline"]
    assert file.stat().st_mode & 0o777 == 0o600
