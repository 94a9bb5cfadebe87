"""Two texts line by line, without a screen and with one."""

import random
import time
from pathlib import Path

from tests.ui.rig import Driven, Rig
from tfm.model.cancel import NEVER
from tfm.model.location import local
from tfm.storage.blocks import Content
from tfm.storage.vfs import Vfs
from tfm.ui.viewers.compare import MOST_BYTES, Comparison, DiffRow, compare, inner, matching, paired
from tfm.ui.viewers.diff import DIFF_KEYS, DiffViewer, lay_out


def compared(
    tmp_path: Path, left: bytes, right: bytes, *, ignore_space: bool = False
) -> Comparison:
    vfs = Vfs()
    contents = []
    for name, data in (("left", left), ("right", right)):
        (tmp_path / name).write_bytes(data)
        contents.append(Content(vfs, local(tmp_path / name)))
    return compare(*contents, ignore_space=ignore_space, tab=8, cancel=NEVER)


def sides(rows: tuple[DiffRow, ...]) -> tuple[list[str], list[str]]:
    return [r.left.text for r in rows if r.left], [r.right.text for r in rows if r.right]


def test_rows_stand_side_by_side(tmp_path: Path) -> None:
    found = compared(tmp_path, b"one\ntwo words\nthree\nfour\n", b"one\ntwo wards\nfour\nfive\n")
    kinds = [
        (row.kind, row.left and row.left.number, row.right and row.right.number)
        for row in found.rows
    ]
    assert kinds == [
        ("equal", 1, 1),
        ("changed", 2, 2),
        ("left", 3, None),
        ("equal", 4, 3),
        ("right", None, 4),
    ]
    assert found.changes == (1, 4)
    changed = found.rows[1]
    assert changed.left is not None and changed.left.spans == ((4, 9),)
    assert found.encodings == ("UTF-8", "UTF-8")


def test_nothing_is_lost_and_equal_rows_are_equal() -> None:
    dice = random.Random(7)
    for _ in range(200):
        words = "abcdefgh"[: dice.randrange(1, 9)]
        left = [dice.choice(words) for _ in range(dice.randrange(30))]
        right = [dice.choice(words) for _ in range(dice.randrange(30))]
        ends = (0, 0)
        for a, b, count in matching(left, right, NEVER):
            assert a >= ends[0] and b >= ends[1] and count > 0
            assert left[a : a + count] == right[b : b + count]
            ends = (a + count, b + count)
        assert ends <= (len(left), len(right))


def test_every_line_of_both_is_shown_once(tmp_path: Path) -> None:
    left = [f"line {n % 50} {n}" for n in range(400)]
    right = [*left[:100], "new", *left[120:300], *[f"other {n}" for n in range(30)], *left[300:]]
    found = compared(tmp_path, "\n".join(left).encode(), "\n".join(right).encode())
    assert sides(found.rows) == (left, right)
    assert len(found.changes) == 2
    places = lay_out(found.rows, 5, NEVER)
    assert [row for row, part in places if part == 0] == list(range(len(found.rows)))
    assert len(places) > len(found.rows)


def test_large_texts_without_a_common_line_take_no_time_to_speak_of(tmp_path: Path) -> None:
    left = b"".join(b"a%d\n" % (n % 7) for n in range(20_000))
    right = b"".join(b"b%d\n" % (n % 7) for n in range(20_000))
    begun = time.monotonic()
    found = compared(tmp_path, left, right)
    assert time.monotonic() - begun < 30
    assert len(found.rows) == 20_000


def test_white_space_can_be_ignored(tmp_path: Path) -> None:
    left, right = b"a  b\nc\n", b"a b \nc\r\n"
    assert len(compared(tmp_path, left, right).changes) == 1
    found = compared(tmp_path, left, right, ignore_space=True)
    assert found.changes == ()
    assert "not shown" in found.notice


def test_what_is_not_compared_says_why(tmp_path: Path) -> None:
    assert compared(tmp_path, b"x", b"x").notice == "Both are the same, 1 byte."
    assert "from byte 3 (0x3) on" in compared(tmp_path, b"\0\0\0a", b"\0\0\0b").notice
    found = compared(tmp_path, b"x" * (MOST_BYTES + 1), b"x")
    assert "left is 4.0M: too large" in found.notice
    assert found.rows == ()


def test_words_that_differ() -> None:
    assert inner("the quick fox", "the slow fox") == (((4, 9),), ((4, 8),))
    assert inner("abc", "xyz") == ((), ())


def test_lines_stand_beside_those_that_are_like_them(tmp_path: Path) -> None:
    left = b"top\ntwo\nthree x y z\nbottom\n"
    right = b"top\nthree x z z\nbottom\n"
    kinds = [
        (r.kind, r.left and r.left.text, r.right and r.right.text)
        for r in compared(tmp_path, left, right).rows
    ]
    assert kinds[1:3] == [("left", "two", None), ("changed", "three x y z", "three x z z")]
    dice = random.Random(3)
    for _ in range(50):
        one = ["".join(dice.choices("ab ", k=6)) for _ in range(dice.randrange(12))]
        two = ["".join(dice.choices("ab ", k=6)) for _ in range(dice.randrange(12))]
        pairs = paired(one, two, NEVER)
        assert [i for i, _ in pairs if i is not None] == list(range(len(one)))
        assert [j for _, j in pairs if j is not None] == list(range(len(two)))
        assert all(i is not None or j is not None for i, j in pairs)


def test_the_screen(rig: Rig, left: Path, right: Path) -> None:
    text = [f"line {n}" for n in range(200)]
    (left / "zz.txt").write_text("\n".join(text))
    text[50] = "line fifty \x1b[31m" + "w" * 100
    text[150:152] = []
    (right / "zz.txt").write_text("\n".join(text))

    async def scenario(it: Driven) -> None:
        await it.press("equals_sign")
        assert "Mark two files" in it.status
        await it.go("ctrl+r", "end", "tab", "ctrl+r", "end", "tab")
        await it.press("equals_sign")
        await it.until(lambda: "change 1 of 2" in it.screen())
        assert "1 changed, 2 only left, 0 only right" in it.screen()
        assert "    51 line 50" in it.screen()
        assert "|" in next(line for line in it.screen().splitlines() if "fifty ␛[31m" in line)
        await it.press("n")
        await it.until(lambda: "change 2 of 2" in it.screen())
        assert "   151 line 150" in it.screen()
        await it.press("p", "w")
        await it.until(lambda: "wrap" in it.screen())
        assert sum("wwwwww" in line for line in it.screen().splitlines()) == 3
        await it.press("number_sign", "t", "i", "w", "right", "left", "end", "home", "pagedown")
        await it.press("pageup", "down", "up", "question_mark")
        await it.until(lambda: "Keys of the comparison" in it.screen())
        await it.press("escape", "ctrl+r", "q")
        assert not isinstance(it.app.screen, DiffViewer)

    rig.drive(scenario)


def test_two_marks_in_one_pane_and_a_file_that_is_gone(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("end")
        await it.press("space", "up", "up", "space", "equals_sign")
        await it.until(lambda: "1 alpha       <" in it.screen())
        await it.press("q")
        picked = [(it.pane.location(entry), entry) for entry in it.pane.targets()]
        gone = (local(left / "gone"), picked[1][1])
        it.app.push_screen(DiffViewer(it.app.bridge, it.rig.vfs, picked[0], gone))
        await it.until(lambda: "cannot be compared" in it.screen())
        for each in DIFF_KEYS:
            if each.act not in ("close", "help"):
                await it.press(each.keys[0])
        await it.press("escape")
        assert not isinstance(it.app.screen, DiffViewer)

    rig.drive(scenario, size=(40, 10))


def test_its_keys_are_unambiguous_and_in_the_guide() -> None:
    keys = [key for each in DIFF_KEYS for key in each.keys]
    assert len(keys) == len(set(keys))
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
    section = guide.partition("## Two files side by side")[2].partition("\n## ")[0]
    for each in DIFF_KEYS:
        assert f"`{each.shown.split()[0]}`" in section, each.act
