"""From bytes to lines, without a screen."""

import random
import re
from pathlib import Path

import pytest

from tests.ui.rig import write
from tfm.model.cancel import NEVER
from tfm.model.entry import Entry
from tfm.model.location import local, parse
from tfm.storage.blocks import BLOCK, Content
from tfm.storage.vfs import Vfs
from tfm.ui.viewers.encodings import Encoding, detect
from tfm.ui.viewers.footer import Target, target_of
from tfm.ui.viewers.rows import PIECE, Form, Window, dump_line, dump_width, load, shown, wrapped
from tfm.ui.viewers.search import Match, Search, Wanted, count_lines, find_line

UTF8 = Form(Encoding.UTF8)


def content_of(tmp_path: Path, data: bytes) -> Content:
    (tmp_path / "file").write_bytes(data)
    content = Content(Vfs(), local(tmp_path / "file"))
    content.read(0, 1)
    return content


def window(
    content: Content,
    offset: int,
    form: Form = UTF8,
    before: int = 0,
    after: int = 10,
    part: int = 0,
) -> Window:
    return load(content, form, offset, part=part, before=before, after=after, cancel=NEVER)


def test_encodings_are_found() -> None:
    assert detect("grün".encode(), whole=True) is Encoding.UTF8
    assert detect("grün".encode("latin-1"), whole=True) is Encoding.LATIN1
    assert detect("„grün“".encode("cp1252"), whole=True) is Encoding.CP1252
    assert detect(b"\x81 \x93", whole=True) is Encoding.LATIN1  # 81 means nothing in CP1252
    assert detect(b"\xff\xfe" + "grün".encode("utf-16-le"), whole=True) is Encoding.UTF16LE
    assert detect(b"\xfe\xff" + "grün".encode("utf-16-be"), whole=True) is Encoding.UTF16BE
    assert detect("plain text".encode("utf-16-le"), whole=True) is Encoding.UTF16LE
    assert detect("plain text".encode("utf-16-be"), whole=True) is Encoding.UTF16BE
    assert detect(bytes(range(32)), whole=True) is None
    assert detect(b"", whole=True) is Encoding.UTF8
    cut = ("ü" * 10).encode()[:-1]
    assert detect(cut, whole=False) is Encoding.UTF8
    assert detect(cut, whole=True) is not Encoding.UTF8


@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_byte_comes_back_from_every_encoding(encoding: Encoding) -> None:
    data = bytes(range(256)) * 2
    assert encoding.encode(encoding.decode(data)) == data


def test_nothing_of_a_file_acts_on_the_terminal() -> None:
    line = shown(b"\x1b]0;pwn\x07\x1b[2J\xfftext\r\n".decode("utf-8", "surrogateescape"), 8)
    assert line == "␛]0;pwn␇␛[2J\\xfftext"
    assert shown("\ufeff\ta\tb", 8, begins=True) == "        a       b"
    assert shown("読\tb", 4) == "読  b"


def rows_of(data: bytes, encoding: Encoding) -> list[bytes]:
    """The rule said again, over the whole file: lines, cut at borders after a piece without one."""
    rows, start, newline = [], 0, encoding.newline
    line = 0
    for at in range(encoding.unit, len(data) + 1, encoding.unit):
        ended = data[at - len(newline) : at] == newline
        border = at % PIECE == 0 and at - line >= PIECE
        if ended or border:
            rows.append(data[start:at])
            start = at
        if ended:
            line = at
    return [*rows, data[start:]] if start < len(data) else rows


@pytest.mark.parametrize("encoding", [Encoding.UTF8, Encoding.UTF16LE])
def test_rows_are_the_same_from_wherever_one_comes(tmp_path: Path, encoding: Encoding) -> None:
    dice = random.Random(4)
    lines = [dice.choice([0, 1, 30, 200, 3000, 9000, 40_000]) for _ in range(120)]
    data = encoding.encode("".join("x" * length + "\n" for length in lines))
    content = content_of(tmp_path, data)
    expected = rows_of(data, encoding)
    starts = [0]
    for row in expected:
        starts.append(starts[-1] + len(row))
    known = set(starts)
    for offset in [0, len(data), *(dice.randrange(len(data)) for _ in range(150))]:
        found = window(content, offset, Form(encoding), before=5, after=5)
        assert all(line.start in known and line.end in known for line in found.lines), offset
        if offset < len(data):
            line = found.lines[found.at]
            assert line.start <= offset < line.end
            assert found.begins or found.at >= 5
            assert found.ends or len(found.lines) - found.at >= 5
    assert window(content, len(data), Form(encoding), before=5).ends


def test_a_piece_never_ends_within_a_character(tmp_path: Path) -> None:
    text = "€" * 10_000
    content = content_of(tmp_path, text.encode())
    found = window(content, 0, after=30)
    assert "".join(line.text for line in found.lines) == text
    middle = window(content, 15_000, before=3, after=3)
    assert not any("\\x" in line.text for line in middle.lines)
    assert {line.start for line in middle.lines} <= {line.start for line in found.lines}


def test_numbers_go_on_from_a_known_line(tmp_path: Path) -> None:
    content = content_of(tmp_path, b"".join(b"line %d\n" % n for n in range(1, 100_001)))
    top = window(content, 0)
    assert [line.number for line in top.lines[:3]] == [1, 2, 3]
    assert window(content, 500_000).lines[0].number is None
    start, number = find_line(content, Encoding.UTF8, (0, 1), 60_000, NEVER)
    assert number == 60_000
    found = load(content, UTF8, start, before=3, after=3, known=(start, number), cancel=NEVER)
    for line in found.lines:
        assert line.text == f"line {line.number}"
    assert count_lines(content, Encoding.UTF8, (0, 1), start, NEVER) == 60_000
    last = find_line(content, Encoding.UTF8, (start, number), 10**9, NEVER)
    assert last[1] == 100_000
    assert window(content, last[0]).lines[-1].text == "line 100000"


def test_wrapping_breaks_by_cells(tmp_path: Path) -> None:
    content = content_of(tmp_path, "読読読x\nshort\n".encode())
    found = window(content, 0, Form(Encoding.UTF8, width=5))
    assert [(line.text, line.part, line.number) for line in found.lines] == [
        ("読読", 0, 1),
        ("読x", 1, 1),
        ("short", 0, 2),
    ]
    assert window(content, 0, Form(Encoding.UTF8, width=5), part=1).at == 1
    assert list(wrapped(shown("é" * 3, 8), 1)) == ["é"] * 3


def test_a_dump_of_any_width(tmp_path: Path) -> None:
    content = content_of(tmp_path, bytes(range(40)))
    found = window(content, 17, Form(None))
    assert found.lines[found.at].text.startswith("00000010  10 11 12")
    assert found.lines[-1].end == 40
    for row in (4, 8, 16):
        assert len(dump_line(bytes(row), 0, row, 8).text) == dump_width(row, 0)


def test_a_file_of_ten_gigabytes_costs_a_few_kilobytes(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.seek(5 * 1024**3)
        file.write(b"in the middle\nof it all\n")
        file.seek(10 * 1024**3 - 8)
        file.write(b"the end\n")
    content = Content(Vfs(), local(path))
    content.read(0, 1)
    found = window(content, 5 * 1024**3 + 14)
    assert found.lines[found.at].text == "of it all"
    last = window(content, content.size, before=50)
    assert last.lines[-1].text.endswith("the end")
    assert content.fetched < 1024 * 1024
    before = content.fetched
    found = window(content, 7 * 1024**3, Form(None))
    assert found.lines[found.at].text.startswith("1c0000000")
    assert content.fetched - before < 64 * 1024


# -- search ------------------------------------------------------------------------------------------


def search(content: Content, text: str, *, regex: bool = False, dump: bool = False) -> Search:
    return Search(content, Wanted(text, regex), None if dump else Encoding.UTF8, NEVER)


def test_a_search_finds_every_place_and_goes_round(tmp_path: Path) -> None:
    data = (
        "filler ü line\n" * 60_000 + "the Needle\n" + "x" * 300_000 + "needle" + "y" * 9000
    ).encode()
    content = content_of(tmp_path, data)
    spots = [found.start() for found in re.finditer(b"(?i)needle", data)]
    first = search(content, "needle").forwards(0)
    assert first == Match(spots[0], spots[0] + 6)
    assert search(content, "needle").forwards(spots[0] + 1) == Match(spots[1], spots[1] + 6)
    assert search(content, "needle").forwards(spots[1] + 1) == Match(spots[0], spots[0] + 6, True)
    assert search(content, "needle").backwards(spots[1]) == Match(spots[0], spots[0] + 6)
    assert search(content, "needle").backwards(spots[0]) == Match(spots[1], spots[1] + 6, True)
    assert search(content, "Needle").forwards(spots[0] + 1) == Match(spots[0], spots[0] + 6, True)
    assert search(content, "nowhere").forwards(17) is None
    assert search(content, "nowhere").backwards(len(data)) is None
    assert search(content, r"^the \w+$", regex=True).forwards(0) == Match(
        spots[0] - 4, spots[0] + 6
    )


def test_a_search_across_every_border_of_blocks(tmp_path: Path) -> None:
    for at in range(BLOCK - 8, BLOCK + 2):
        content = content_of(tmp_path, b"a" * at + b"needle" + b"a" * BLOCK)
        assert search(content, "needle").forwards(0) == Match(at, at + 6)
        assert search(content, "needle").backwards(content.size) == Match(at, at + 6)


def test_bytes_are_found_in_a_dump(tmp_path: Path) -> None:
    content = content_of(tmp_path, b"\0" * 100_000 + b"\xde\xad\xbe\xef" + b"\0" * 100)
    assert search(content, "0xdeadbeef", dump=True).forwards(0) == Match(100_000, 100_004)
    assert search(content, r"\xde.\xbe", regex=True, dump=True).forwards(0) == Match(
        100_000, 100_003
    )
    with pytest.raises(re.error):
        search(content, "(", regex=True)


def test_where_to_go() -> None:
    assert target_of("1,234", dump=False) == Target("line", 1234)
    assert target_of("16", dump=True) == Target("byte", 16)
    assert target_of("0x1F00", dump=False) == Target("byte", 0x1F00)
    assert target_of("@4096", dump=False) == Target("byte", 4096)
    assert target_of("50%", dump=False) == Target("share", 0.5)
    assert target_of("$", dump=False) == Target("end")
    assert target_of("12 apples", dump=False) is None


# -- blocks ------------------------------------------------------------------------------------------


def remote(data: bytes, **options: object) -> tuple[Vfs, Entry]:
    vfs = Vfs({"mem": options})
    vfs.mkdir(parse("mem://b/"))
    write(vfs, "mem://b/big", data)
    entry = vfs.scan(parse("mem://b/")).find("big")
    assert entry is not None
    return vfs, entry


def test_only_the_blocks_that_are_shown_are_fetched_and_only_once() -> None:
    vfs, entry = remote(b"0123456789abcde\n" * (BLOCK // 16) * 40)
    content = Content(vfs, parse("mem://b/big"), entry)
    window(content, 0, after=50)
    assert content.fetched == BLOCK
    window(content, 25 * BLOCK + 99, after=50)
    assert content.fetched == 2 * BLOCK
    window(content, content.size, before=50, after=0)
    assert content.fetched == 3 * BLOCK
    again = Content(vfs, parse("mem://b/big"), entry)
    window(again, 25 * BLOCK, after=50)
    assert again.fetched <= BLOCK  # one before it, to know whether a line begins there
    before = again.fetched
    window(again, 0, after=50)
    assert again.fetched == before


def test_another_version_is_never_shown_as_the_old_one() -> None:
    vfs, entry = remote(b"old\n" * 20_000)
    place = parse("mem://b/big")
    content = Content(vfs, place, entry)
    assert content.read(0, 4) == b"old\n"
    vfs.delete(place)
    write(vfs, "mem://b/big", b"new\n" * 30_000)
    assert content.read(70_000, 4) == b"new\n"
    assert (content.version, content.size) == (1, 120_000)


def test_a_block_lives_no_longer_than_listings_do() -> None:
    now = 0.0
    vfs, entry = remote(b"x" * 10, cache_ttl=60.0)
    vfs.blocks._clock = lambda: now
    first = Content(vfs, parse("mem://b/big"), entry)
    first.read(0, 10)
    now = 59.0
    second = Content(vfs, parse("mem://b/big"), entry)
    second.read(0, 10)
    assert second.fetched == 0
    now = 61.0
    second.read(0, 10)
    assert second.fetched == 10


def test_the_cache_of_blocks_is_bounded() -> None:
    vfs, entry = remote(bytes(BLOCK * 8))
    vfs.blocks.max_bytes = BLOCK * 3
    content = Content(vfs, parse("mem://b/big"), entry)
    for number in range(8):
        content.read(number * BLOCK, BLOCK)
    assert 0 < vfs.blocks.bytes <= vfs.blocks.max_bytes
    before = content.fetched
    content.read(7 * BLOCK, BLOCK)
    assert content.fetched == before


def test_what_grows_and_what_is_cut(tmp_path: Path) -> None:
    content = content_of(tmp_path, b"one\n")
    window(content, 0)
    with (tmp_path / "file").open("ab") as file:
        file.write(b"two\n")
    assert content.refresh()
    assert not content.refresh()
    assert [line.text for line in window(content, 0).lines] == ["one", "two"]
    (tmp_path / "file").write_bytes(b"x")
    assert content.refresh()
    assert content.version == 1
