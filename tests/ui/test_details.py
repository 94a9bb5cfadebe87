from pathlib import Path

import pytest

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.model.location import local
from tfm.model.text import safe_text
from tfm.ui.dialogs.details import Details, _broken


def test_a_file_a_directory_and_the_marks(rig: Rig, left: Path) -> None:
    (left / "zz\x1b[31m.txt").write_text("x" * 1234)

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        await it.press("i")
        await it.until(lambda: "Permissions" in it.screen())
        for text in ("zz␛[31m.txt", "1,234 bytes (1.2K)", "UTC", "Hard links"):
            assert text in it.screen()
        await it.press("q", "home", "i")
        await it.until(lambda: "2 files, 1 directory" in it.screen() and "Inode" in it.screen())
        assert "6 bytes" in it.screen()
        await it.press("down", "end", "home", "escape", "A", "i")
        await it.until(lambda: "6 files, 3 directories" in it.screen())
        assert "6 marked" in it.screen()
        assert "4 files" in it.screen()
        await it.press("enter")
        assert not isinstance(it.app.screen, Details)

    rig.drive(scenario)


def test_the_time_of_an_object_is_told_once(on_s3: OnS3) -> None:
    stored = on_s3.head("d/a.txt")["LastModified"].strftime("%Y-%m-%d %H:%M:%S")

    async def scenario(it: Driven) -> None:
        await it.press("i")
        await it.until(lambda: "Metadata colour" in it.screen())
        assert it.screen().count(stored) == 1
        assert ["Uploaded", *stored.split(), "UTC"] in [
            x.strip(" │").split() for x in it.screen().splitlines()
        ]

    on_s3.rig.drive(scenario, (100, 40))


def test_a_narrow_screen(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("tab", "end", "i")
        await it.until(lambda: "readme.txt" in it.screen())
        await it.press("down", "down")
        await it.until(lambda: "5 bytes" in it.screen())
        await it.press("q")

    remote.drive(scenario, size=(40, 10))


def test_sizes_of_directories_stand_in_their_column_until_something_changes(
    rig: Rig, left: Path
) -> None:
    (left / "docs" / "deep" / "big").write_bytes(bytes(5000))

    async def scenario(it: Driven) -> None:
        await it.go("home")
        await it.press("S")
        await it.until(lambda: "4.9K" in next(x for x in it.screen().splitlines() if "docs" in x))
        assert it.status == "1 directory: 3 files, 5,006 bytes."
        it.rig.vfs.touch(local(left / "docs" / "deep"))
        await it.until(lambda: "4.9K" not in it.screen())
        await it.press("A", "S")
        await it.until(lambda: "2 directories: 3 files" in it.status)
        await it.press("A", "end", "S")
        assert "Put the cursor on a directory" in it.status

    rig.drive(scenario)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "this server has no service that tells it",
            ["this server has no ", "service that tells it"],
        ),
        ("a " + "x" * 30, ["a " + "x" * 19, "x" * 11]),
        ("  two  blanks  at  the  end  ", ["  two  blanks  at  ", "the  end  "]),
        ("", [""]),
        ("漢字" * 8, ["漢字" * 5, "漢字" * 3]),
    ],
)
def test_values_are_broken_between_words_and_nothing_is_left_out(
    text: str, lines: list[str]
) -> None:
    assert list(_broken(safe_text(text), 21)) == lines
    assert "".join(lines) == text
