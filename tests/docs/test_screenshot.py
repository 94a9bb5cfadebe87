"""The picture of the README is made by the real program."""

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import PROJECT

PICTURE = PROJECT / "docs" / "screenshot.svg"


def words(svg: str) -> str:
    """The text of the picture."""
    pieces = re.findall(r"<text[^>]*>(.*?)</text>", svg)
    return " ".join(pieces).replace("&#160;", " ")


def test_the_script_makes_a_picture_of_both_worlds(tmp_path: Path) -> None:
    made = tmp_path / "made.svg"
    subprocess.run(
        [sys.executable, str(PROJECT / "docs" / "make_screenshot.py"), str(made)],
        check=True,
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        timeout=60,
    )
    shown = words(made.read_text("utf-8"))
    for expected in ("~/Sample folder", "s3://demo-photos/2025/lisbon/", "3 of 9 marked", "Copy"):
        assert expected in shown


def test_the_picture_of_the_readme_tells_nothing_of_a_machine() -> None:
    shown = words(PICTURE.read_text("utf-8"))
    assert "s3://demo-photos/" in shown
    assert not re.search(r"/tmp|127\.0\.0\.1|localhost", shown)
