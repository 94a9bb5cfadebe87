from pathlib import Path

from tests.ui.rig import Driven, Rig, write
from tfm.model.cancel import NEVER
from tfm.model.location import local, parse
from tfm.storage.vfs import Vfs
from tfm.ui.screen import PanesScreen
from tfm.ui.viewers.decode import decode
from tfm.ui.viewers.text import FIRST_BYTES, Viewer, read_beginning


def test_text_in_several_encodings() -> None:
    assert decode("grün\r\nzwei\n".encode(), cut=False).lines == ("grün", "zwei")
    assert decode("grün".encode("latin-1"), cut=False).encoding == "Latin-1 (not UTF-8)"
    assert decode(b"\xff\xfe" + "grün".encode("utf-16-le"), cut=False).lines == ("grün",)
    assert decode(b"\xfe\xff" + "grün".encode("utf-16-be"), cut=False).encoding == "UTF-16"
    assert decode(b"\xef\xbb\xbfx", cut=False).lines == ("x",)
    assert decode(b"", cut=False).lines == ()
    assert decode(b"\ta\tb", cut=False).lines == ("        a       b",)


def test_a_character_cut_in_two_is_still_utf8() -> None:
    data = "ü".encode() * 10
    assert decode(data[:-1], cut=True).lines == ("ü" * 9,)
    assert decode(data[:-1], cut=False).encoding.startswith("Latin-1")


def test_binary_becomes_a_dump_and_nothing_acts_on_the_terminal() -> None:
    shown = decode(bytes(range(32)), cut=False)
    assert shown.encoding == "binary"
    assert shown.lines[1].startswith("00000010  10 11 12")
    lines = decode(b"\x1b]0;pwn\x07\x1b[2Jtext", cut=False).lines
    assert all(line.isprintable() for line in lines)


def test_only_the_beginning_is_read() -> None:
    vfs = Vfs()
    vfs.mkdir(parse("mem://b/"))
    write(vfs, "mem://b/long", b"line\n" * 200_000)
    shown, cut = read_beginning(vfs, parse("mem://b/long"), NEVER)
    assert cut
    assert len(shown.lines) == -(-FIRST_BYTES // 5)
    vfs.close()


def test_the_viewer_scrolls_and_closes(rig: Rig, left: Path) -> None:
    (left / "zz.txt").write_text("".join(f"line {n} {'x' * 300} end\n" for n in range(500)))

    async def scenario(it: Driven) -> None:
        await it.press("ctrl+r", "end", "v")
        await it.until(lambda: "line 0 " in it.screen())
        assert "UTF-8" in it.screen()
        await it.press("pagedown", "space", "down", "up", "pageup", "end")
        await it.pilot.pause()
        assert "line 499" in it.screen()
        assert "of 500" in it.screen()
        await it.press("home", *["right"] * 13)
        await it.pilot.pause()
        assert "end" in it.screen()
        await it.press("left", "q")
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("home")
        await it.press("v")
        assert it.status == "This is a directory: Enter opens it."

    rig.drive(scenario)


def test_a_file_that_cannot_be_read_says_why(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        entry = it.pane.rows.entries[2]
        place = local(left / "gone.txt")
        it.app.push_screen(Viewer(it.app.bridge, it.rig.vfs, place, entry))
        await it.until(lambda: "gone.txt" in it.screen() and "cannot be shown" in it.screen())
        await it.press("escape")

    rig.drive(scenario)


def test_enter_views_a_file_and_an_empty_one_says_so(rig: Rig, left: Path) -> None:
    (left / "zz").write_bytes(b"")

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        await it.press("enter")
        await it.until(lambda: "(empty file)" in it.screen())
        await it.press("f3")

    rig.drive(scenario)
