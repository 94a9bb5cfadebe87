"""Search by name and content, with and without `fd` and `rg`, on a disk and in key stores."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from tests.ops.conftest import World, disk, key
from tfm.jobs.lane import Lane
from tfm.model.errors import Cancelled, NotFound
from tfm.model.location import Location, local
from tfm.ops.context import OpContext
from tfm.ops.finders import Finders
from tfm.ops.search import (
    BadPattern,
    Hit,
    Limits,
    Query,
    Summary,
    Syntax,
    check,
    estimate,
    look_again,
    search,
)
from tfm.storage.vfs import Vfs

OWN = Finders()
REAL = Finders.installed()
WAYS = [OWN, *([REAL] if REAL != OWN else [])]

ODD = ("-rf.txt", "--help.txt", "new\nline.txt", "$(touch PWNED).txt", "\udcff.txt", " lead.txt")


def test_an_expression_without_end_ends_the_search(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("a" * 5000 + "b")
    (tmp_path / ("a" * 200 + "b")).write_text("")
    ctx = OpContext(Vfs())
    names = Query(local(tmp_path), names=r"^(a|aa)+$", names_syntax=Syntax.REGEX)
    content = Query(local(tmp_path), content=r"^(a|aa)+$", content_syntax=Syntax.REGEX)
    for query in (names, content):
        _hits, summary = found(ctx, query)
        assert "takes too long" in summary.ended


def found(ctx: OpContext, query: Query, finders: Finders = OWN) -> tuple[dict[str, Hit], Summary]:
    hits: list[Hit] = []
    summary = search(ctx, query, lambda more, _so_far: hits.extend(more), finders)
    assert len({hit.path for hit in hits}) == len(hits) == summary.hits
    return {hit.path: hit for hit in hits}, summary


@pytest.fixture
def top(tmp_path: Path) -> Path:
    here = tmp_path / "top"
    (here / "src" / "deep").mkdir(parents=True)
    (here / ".git").mkdir()
    (here / ".git" / "config.txt").write_text("needle")
    (here / "src" / "Main.py").write_text("import os\nNeedle = 'x'\n")
    (here / "src" / "deep" / "notes.txt").write_bytes(b"one\r\ntwo needle\r\nneedle")
    (here / "src" / "deep" / "image.bin").write_bytes(b"needle\0needle")
    (here / "empty.txt").write_text("")
    for name in ODD:
        (here / "src" / name).write_text("a needle in it")
    os.symlink("..", here / "src" / "loop")
    return here


@pytest.fixture
def ctx() -> OpContext:
    return OpContext(Vfs())


@pytest.mark.parametrize("finders", WAYS)
class TestOnADisk:
    def test_names_that_hold_any_byte(self, ctx: OpContext, top: Path, finders: Finders) -> None:
        hits, summary = found(ctx, Query(local(top), "*.txt"), finders)
        inside = {f"src/{name}" for name in ODD}
        assert set(hits) == {"empty.txt", "src/deep/notes.txt", *inside}
        assert hits["src/-rf.txt"].entry.size == 14
        assert hits["src/-rf.txt"].entry.name == "-rf.txt"
        assert not summary.ended
        assert not (top / "PWNED").exists()

    def test_hidden_ones_only_when_asked_for(
        self, ctx: OpContext, top: Path, finders: Finders
    ) -> None:
        assert ".git" not in found(ctx, Query(local(top), "git"), finders)[0]
        hits, _ = found(ctx, Query(local(top), "git", hidden=True), finders)
        assert hits[".git"].entry.is_directory
        assert ".git/config.txt" in found(ctx, Query(local(top), "config", hidden=True), finders)[0]

    def test_links_are_found_and_never_followed(
        self, ctx: OpContext, top: Path, finders: Finders
    ) -> None:
        hits, _ = found(ctx, Query(local(top), "loop"), finders)
        assert set(hits) == {"src/loop"}
        assert all("loop/" not in path for path in found(ctx, Query(local(top)), finders)[0])

    def test_the_first_line_that_fits_and_no_binary(
        self, ctx: OpContext, top: Path, finders: Finders
    ) -> None:
        hits, _ = found(ctx, Query(local(top), content="needle"), finders)
        assert set(hits) == {"src/Main.py", "src/deep/notes.txt", *(f"src/{n}" for n in ODD)}
        assert (hits["src/deep/notes.txt"].line, hits["src/deep/notes.txt"].text) == (
            2,
            "two needle",
        )
        assert hits["src/Main.py"].line == 2, "small letters find capitals"
        assert set(found(ctx, Query(local(top), content="Needle"), finders)[0]) == {"src/Main.py"}

    def test_regular_expressions_and_text_that_looks_like_one(
        self, ctx: OpContext, top: Path, finders: Finders
    ) -> None:
        regex = Query(local(top), content=r"^two\s+n.*e$", content_syntax=Syntax.REGEX)
        assert set(found(ctx, regex, finders)[0]) == {"src/deep/notes.txt"}
        assert found(ctx, Query(local(top), content="n.*e"), finders)[0] == {}
        behind = Query(local(top), content=r"(?<=two )needle", content_syntax=Syntax.REGEX)
        assert set(found(ctx, behind, finders)[0]) == {"src/deep/notes.txt"}, "rg cannot do this"

    def test_content_within_names(self, ctx: OpContext, top: Path, finders: Finders) -> None:
        assert set(found(ctx, Query(local(top), "*.py", content="needle"), finders)[0]) == {
            "src/Main.py"
        }

    def test_results_are_bounded_and_it_says_so(
        self, ctx: OpContext, top: Path, finders: Finders
    ) -> None:
        hits, summary = found(ctx, Query(local(top), limits=Limits(results=3)), finders)
        assert len(hits) == 3
        assert summary.ended == "stopped at 3 results"

    def test_a_cancel_ends_it(self, ctx: OpContext, top: Path, finders: Finders) -> None:
        ctx.cancel.cancel()
        for query in (Query(local(top)), Query(local(top), content="needle")):
            with pytest.raises(Cancelled):
                search(ctx, query, lambda _hits, _summary: None, finders)

    def test_a_top_that_is_not_there(self, ctx: OpContext, top: Path, finders: Finders) -> None:
        with pytest.raises(NotFound):
            found(ctx, Query(local(top / "gone")), finders)


@pytest.mark.parametrize(
    ("pattern", "syntax", "names"),
    [
        ("main", Syntax.GLOB, {"src/Main.py"}),
        ("Main", Syntax.GLOB, {"src/Main.py"}),
        ("MAIN", Syntax.GLOB, set()),
        ("*.PY;*.bin", Syntax.GLOB, {"src/deep/image.bin"}),
        ("*.py; *.bin", Syntax.GLOB, {"src/Main.py", "src/deep/image.bin"}),
        ("deep/*.txt", Syntax.GLOB, {"src/deep/notes.txt"}),
        ("src/*.py", Syntax.GLOB, {"src/Main.py"}),
        (r"^[mi].*\.(py|bin)$", Syntax.REGEX, {"src/Main.py", "src/deep/image.bin"}),
        ("sdnt", Syntax.FUZZY, {"src/deep/notes.txt"}),
        ("txt deep", Syntax.FUZZY, {"src/deep/notes.txt"}),
    ],
)
def test_what_a_name_pattern_means(
    ctx: OpContext, top: Path, pattern: str, syntax: Syntax, names: set[str]
) -> None:
    assert set(found(ctx, Query(local(top), pattern, syntax))[0]) == names


def test_a_pattern_that_means_nothing_is_told() -> None:
    with pytest.raises(BadPattern, match="no regular expression"):
        check(Query(local("/"), "(", Syntax.REGEX))
    with pytest.raises(BadPattern):
        check(Query(local("/"), content="*", content_syntax=Syntax.REGEX))
    check(Query(local("/"), "(", content="*"))


def test_finders_get_argument_lists_and_run_in_the_directory(
    ctx: OpContext, top: Path, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    fake = tmp_path / "fd"
    fake.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(told)!r}, 'w').write(repr((sys.argv[1:], os.getcwd())))\n"
        "sys.stdout.buffer.write(b'./src/new\\nline.txt\\0src/gone.txt\\0src/deep/\\0cut')\n"
    )
    fake.chmod(0o755)
    hits, _ = found(ctx, Query(local(top), "-x;*"), Finders(fd=str(fake)))
    assert set(hits) == {"src/new\nline.txt", "src/deep"}, "what is gone or cut off is no hit"
    arguments, where = eval(told.read_text())
    assert arguments[-3:] == ["--", ".", "."]
    assert where == str(top)


def test_what_rg_tells_is_read_whatever_the_names_hold(
    ctx: OpContext, top: Path, tmp_path: Path
) -> None:
    def file(path: str, line: int, text: str, *, binary: bool = False) -> list[object]:
        name = {"bytes": base64.b64encode(os.fsencode(f"./{path}")).decode()}
        match = {"path": name, "line_number": line, "lines": {"text": text}, "submatches": []}
        end = {"path": name, "binary_offset": 7 if binary else None}
        return [{"type": "begin", "data": {"path": name}}, {"type": "match", "data": match},
                {"type": "end", "data": end}]  # fmt: skip

    told = [
        *file("src/\udcff.txt", 3, "  a needle\n"),
        *file("src/new\nline.txt", 1, "needle"),
        *file("src/deep/image.bin", 1, "needle", binary=True),
        *file("src/gone.txt", 1, "needle"),
    ]
    lines = "\n".join(json.dumps(each) for each in told) + '\n{"type": "begin", "da'
    (tmp_path / "told").write_text(lines)
    fake = tmp_path / "rg"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"assert sys.argv[-3] == '--regexp=-needle' and sys.argv[-2] == '--', sys.argv\n"
        f"sys.stdout.write(open({str(tmp_path / 'told')!r}).read())\n"
    )
    fake.chmod(0o755)
    hits, _ = found(ctx, Query(local(top), content="-needle"), Finders(rg=str(fake)))
    assert {path: (hit.line, hit.text) for path, hit in hits.items()} == {
        "src/\udcff.txt": (3, "a needle"), "src/new\nline.txt": (1, "needle"),
    }  # fmt: skip


def test_a_finder_that_does_not_run_is_done_without(ctx: OpContext, top: Path) -> None:
    broken = Finders(str(top / "nothing"), str(top / "nothing"))
    assert "src/Main.py" in found(ctx, Query(local(top), "*.py"), broken)[0]
    assert "src/Main.py" in found(ctx, Query(local(top), content="needle"), broken)[0]


def test_a_hit_far_into_a_file_without_lines_and_one_in_utf_16(ctx: OpContext, top: Path) -> None:
    (top / "long").write_bytes(b"x" * 9_000_000 + b"haystack" + b"y" * 1000)
    (top / "wide").write_text("first\nhaystack\n", "utf-16")
    (top / "late").write_bytes(b"line\n" * 700_000 + b"haystack\n")
    hits, _ = found(ctx, Query(local(top), content="haystack"))
    assert {path: hit.line for path, hit in hits.items()} == {"long": 1, "wide": 2, "late": 700_001}
    assert len(hits["long"].text) <= 200
    assert "haystack" in hits["long"].text


class TestInAKeyStore:
    def fill(self, world: World) -> Location:
        for name in ("a/b/one.txt", "a/b/.secret/two.txt", "a//odd.txt", "a/c/", "three.md"):
            world.raw(key(f"bucket/{name}"), b"line\nthe needle\n" if "." in name else b"")
        world.raw(key("bucket/a/b/image"), b"\0needle")
        return key("bucket/")

    def test_names_come_from_one_flat_listing_with_its_directories(self, world: World) -> None:
        top = self.fill(world)
        hits, _ = found(world.context(), Query(top, hidden=True))
        assert set(hits) == {
            "a", "a/b", "a/b/one.txt", "a/b/.secret", "a/b/.secret/two.txt", "a//odd.txt", "a/c",
            "three.md", "a/b/image",
        }  # fmt: skip
        assert hits["a/c"].entry.is_directory
        assert "a/b/.secret/two.txt" not in found(world.context(), Query(top, "*.txt"))[0]

    def test_the_listing_is_kept_until_something_beneath_changes(self, world: World) -> None:
        top = self.fill(world)
        found(world.context(), Query(top, "*.txt"))
        before = world.vfs.flat.stats().hits
        assert set(found(world.context(), Query(top, "three"))[0]) == {"three.md"}
        assert world.vfs.flat.stats().hits == before + 1
        world.vfs.delete(key("bucket/a/b/one.txt"))
        assert "a/b/one.txt" not in found(world.context(), Query(top, "*.txt"))[0]

    def test_contents_side_by_side(self, world: World, lane: Lane) -> None:
        top = self.fill(world)
        hits, summary = found(world.context(lane=lane), Query(top, content="needle"))
        assert {path: hit.line for path, hit in hits.items()} == {
            "a/b/one.txt": 2, "a//odd.txt": 2, "three.md": 2,
        }  # fmt: skip
        assert summary.binaries == 1

    def test_what_it_would_read_is_told_first_and_bounded(self, world: World) -> None:
        storage = world.storages[key("").root]
        from dataclasses import replace

        storage.features = replace(storage.features, remote=True)
        top = self.fill(world)
        query = Query(top, "*.txt;*.md", content="needle", limits=Limits(objects=2))
        told = estimate(world.context(), query)
        assert (told.objects, told.all_objects, told.all_bytes) == (2, 3, 48)
        assert told.is_bounded
        hits, summary = found(world.context(), query)
        assert len(hits) == 2
        assert summary.ended == "stopped after 2 objects"
        by_size = Query(top, content="needle", limits=Limits(bytes=20))
        assert estimate(world.context(), by_size).objects == 1
        assert found(world.context(), by_size)[1].ended == "stopped after 20"

    def test_only_the_beginning_of_a_large_object_is_read(self, world: World) -> None:
        storage = world.storages[key("").root]
        from dataclasses import replace

        storage.features = replace(storage.features, remote=True)
        world.raw(key("bucket/big.log"), b"x\n" * 5000 + b"needle")
        query = Query(key("bucket/"), content="needle", limits=Limits(file_bytes=1000))
        hits, summary = found(world.context(), query)
        assert hits == {}
        assert summary.read_bytes == 1000


def test_looking_again_drops_what_went_and_tells_what_changed(world: World) -> None:
    from dataclasses import replace

    for top in (key("bucket/"), disk("/")):
        for name in ("d/a.txt", "d/b.txt", *(f"m/{n}" for n in range(12))):
            world.write(top.child(name))
        ctx = world.context()
        results = [replace(hit.entry, name=path) for path, hit in found(ctx, Query(top))[0].items()]
        assert {"d/a.txt", "d/b.txt", "m/7", "m"} <= {entry.name for entry in results}
        world.vfs.delete(top.child("d/a.txt"))
        world.vfs.delete(top.child("m/7"))
        world.write(top.child("d/b.txt"), b"longer than before")
        again = look_again(ctx, top, results, fresh=True)
        sizes = {entry.name: entry.size for entry in again}
        assert sizes["d/b.txt"] == 18
        assert set(sizes) == {entry.name for entry in results} - {"d/a.txt", "m/7"}
        assert [e.name for e in again] == [e.name for e in results if e.name in sizes]
