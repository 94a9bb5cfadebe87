"""The example and the pages are what the tables say, and the package stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

from tfm.config.document import PAGES, main
from tfm.config.lines import Lines
from tfm.config.load import load_config
from tfm.config.places import Places, data_file
from tfm.config.settings import SETTINGS, Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_current(name: str) -> None:
    current = (ROOT / name).read_text(encoding="utf-8")
    assert current == PAGES[name](), "run: python -m tfm.config.document"


def test_the_pages_are_written_where_they_belong(tmp_path: Path) -> None:
    main(tmp_path)
    written = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    assert written == set(PAGES)


def test_the_example_loads_to_the_defaults_and_names_every_setting_once(tmp_path: Path) -> None:
    source = data_file("config.example.py").read_bytes()
    copy = tmp_path / "config.py"
    copy.write_bytes(source)
    loaded = load_config(copy, Places.from_environ({"HOME": str(tmp_path)}), {})
    assert (loaded.problems, loaded.notices) == ((), ())
    assert loaded.settings == Settings()
    assert {name for name in Lines.of(source).names if name.isupper()} == set(SETTINGS)
    for name in SETTINGS:
        assert source.count(f"\n    {name} = ".encode()) == 1


def test_the_keys_page_names_every_key_of_every_action() -> None:
    page = PAGES["docs/keys.md"]()
    for part in ("`c` `F5` | `copy`", "<code>&#124;</code> | `ratio_reset`", "| Esc 0 | F10 |"):
        assert part in page


def test_config_is_light() -> None:
    script = (
        "import sys, tfm.config.load, tfm.config.themes, tfm.config.state, tfm.config.document\n"
        "print([name for name in ('textual', 'rich', 'boto3', 'botocore') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert run.stdout.strip() == "[]"
