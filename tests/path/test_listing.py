"""Listing, searching, and what it costs."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import time
import timeit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.path.conftest import Clock
from tests.storage.counting import Counting
from tfm.model.errors import Denied
from tfm.model.location import S3
from tfm.path import Path, default_vfs, set_default_vfs
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

TREE = ("a.txt", "b.log", "d/a.txt", "d/e/a.txt", "d/e/.hid", "d/e/f/x.TXT", "z/q")


@pytest.fixture
def tree(bucket: Path, storage: Counting) -> Path:
    for name in TREE:
        (bucket / name).write_text(name)
    storage.taken()
    return bucket


def test_a_listed_item_costs_nothing_more(tree: Path, storage: Counting) -> None:
    found = {path.name: path for path in tree.iterdir()}
    assert {str(path) for path in found.values()} == {
        "s3://bucket/a.txt", "s3://bucket/b.log", "s3://bucket/d/", "s3://bucket/z/",
    }  # fmt: skip
    assert storage.taken() == {"scan": 1}
    assert found["d"].is_dir()
    assert not found["d"].is_file()
    assert found["a.txt"].is_file()
    assert found["a.txt"].exists()
    assert found["a.txt"].stat().st_size == 5
    assert found["a.txt"].lstat().st_mtime_ns > 0
    assert found["a.txt"].info is not None
    assert Path("s3://bucket/b.log").stat().st_size == 5
    assert Path("s3://bucket/d").is_dir()
    assert len([*tree.iterdir()]) == 4
    assert storage.taken() == {}


def test_a_listed_item_answers_in_about_a_microsecond(tree: Path) -> None:
    path = next(path for path in tree.iterdir() if path.name == "a.txt")
    for question in (path.is_dir, path.is_file, path.exists, path.stat):
        best = min(timeit.repeat(question, number=1000, repeat=20)) / 1000
        assert best < 10e-6  # ten times what it takes here, for slow and busy machines


def test_exists_costs_one_then_none_then_one_after_a_write(bucket: Path, storage: Counting) -> None:
    file = bucket / "my-file.txt"
    file.write_text("old")
    storage.taken()
    assert file.exists()
    assert storage.taken() == {"stat": 1}
    assert file.exists()
    assert file.stat().st_size == 3
    assert storage.taken() == {}
    file.write_text("new content")
    storage.taken()
    assert file.exists()
    assert storage.taken() == {"stat": 1}
    assert file.stat().st_size == 11


def test_what_is_missing_is_remembered_too(bucket: Path, storage: Counting) -> None:
    assert not (bucket / "no").exists()
    assert storage.taken() == {"stat": 2}  # the object, then the directory
    assert not (bucket / "no").is_file()
    assert not (bucket / "no").is_dir()
    assert storage.taken() == {}


def test_our_own_changes_are_seen_at_once_by_listed_paths(tree: Path, storage: Counting) -> None:
    listed = {path.name: path for path in tree.iterdir()}
    (tree / "a.txt").write_text("longer than before")
    assert listed["a.txt"].stat().st_size == 18
    (tree / "b.log").unlink()
    assert not listed["b.log"].exists()
    with pytest.raises(FileNotFoundError):
        listed["b.log"].stat()
    deep = {path.name: path for path in tree.rglob("*.TXT")}
    (tree / "d" / "e" / "f" / "x.TXT").unlink()
    assert not deep["x.TXT"].exists()


def test_removing_what_was_listed_asks_nothing_about_the_rest(
    bucket: Path, storage: Counting
) -> None:
    for number in range(10):
        (bucket / "d" / f"{number}").write_text("1")
    (bucket / "d/sub/x").write_text("1")
    storage.taken()
    for path in (bucket / "d").iterdir():
        if path.is_file():
            path.unlink()
            assert not path.exists()
    calls = storage.taken()
    assert calls["delete"] == 10
    assert calls["scan"] == 1
    assert calls["stat"] == 10 * 2  # only the question whether it is gone
    (bucket / "d/sub/x").unlink()
    assert [path.name for path in (bucket / "d").iterdir()] == ["sub"]


def test_the_last_one_that_goes_leaves_the_directory(bucket: Path, storage: Counting) -> None:
    for number in range(5):
        (bucket / "d" / f"{number}").write_text("1")
    storage.taken()
    for path in (bucket / "d").iterdir():
        path.unlink()
    assert storage.taken() == {"scan": 1, "delete": 5, "stat": 1, "mkdir": 1}
    assert [*(bucket / "d").iterdir()] == []


def test_somebody_elses_act_in_the_same_directory_is_noticed(bucket: Path) -> None:
    for name in ("1", "2", "3"):
        (bucket / "d" / name).write_text("1")
    listed = {path.name: path for path in (bucket / "d").iterdir()}
    deep = {path.name: path for path in bucket.rglob("*")}
    listed["1"].unlink()
    (bucket / "d" / "2").write_text("22")
    Path("s3://bucket/d/3").unlink()
    for paths in (listed, deep):
        assert not paths["1"].exists()
        assert paths["2"].stat().st_size == 2
        assert not paths["3"].exists()


def test_a_change_elsewhere_costs_nothing(
    tree: Path, storage: Counting, tmp_path: pathlib.Path
) -> None:
    listed = [*tree.iterdir()]
    Path(tmp_path / "local").write_text("1")
    (tree / "z" / "q2").write_text("1")
    storage.taken()
    elsewhere = Path("s3://bucket/d/")
    inside = [*elsewhere.iterdir()]
    Path("s3://bucket/z/q3").write_text("1")
    storage.taken()
    assert all(path.exists() for path in inside)
    assert storage.taken() == {}
    assert len(listed) == 4


def test_what_a_listing_said_grows_old(
    tree: Path, storage: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = next(iter(tree.iterdir()))
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    storage.taken()
    default_vfs().cache.clear()
    assert listed.exists()
    assert storage.taken() == {"stat": 1}


def test_the_object_wins_else_the_directory(bucket: Path) -> None:
    (bucket / "x").write_text("object")
    (bucket / "x/y").write_text("beneath")
    assert Path("s3://bucket/x").is_file()
    assert Path("s3://bucket/x/").is_dir()
    assert [path.name for path in Path("s3://bucket/x").iterdir()] == ["y"]
    (bucket / "x").unlink()
    assert Path("s3://bucket/x").is_dir()


def test_listing_what_is_no_directory(top: Path) -> None:
    (top / "f").touch()
    with pytest.raises(NotADirectoryError):
        next(iter((top / "f").iterdir()))
    with pytest.raises(FileNotFoundError):
        next(iter((top / "no").iterdir()))


def test_buckets_are_listed(bucket: Path) -> None:
    Path("s3://another").mkdir()
    assert [str(path) for path in Path("s3://").iterdir()] == ["s3://another/", "s3://bucket/"]


def test_a_refusal_is_not_taken_for_no(bucket: Path, storage: Counting) -> None:
    class Closed(MemoryStorage):
        def stat(self, location: object) -> object:  # type: ignore[override]
            raise Denied("No permission for s3:GetObject.")

    set_default_vfs(Vfs(storages={S3: Closed(S3, {})}))
    for question in (Path("s3://bucket/x").is_dir, Path("s3://bucket/x").exists):
        for _ in range(2):
            with pytest.raises(PermissionError):
                question()


def test_glob_uses_listings_and_rglob_one_flat_one(tree: Path, storage: Counting) -> None:
    assert [path.name for path in tree.glob("*.txt")] == ["a.txt"]
    assert storage.taken() == {"scan": 1}
    assert sorted(str(path) for path in tree.glob("*/*.txt")) == ["s3://bucket/d/a.txt"]
    assert storage.taken() == {"scan": 2}
    found = sorted(tree.rglob("*.txt"))
    assert [str(path.relative_to(tree)) for path in found] == ["a.txt", "d/a.txt", "d/e/a.txt"]
    assert all(path.is_file() for path in found)
    assert storage.taken() == {"walk": 1}
    assert [*tree.glob("d/e/a.txt")] == [tree / "d/e/a.txt"]
    assert storage.taken() == {"stat": 1}
    assert [*tree.glob("no/*.txt")] == [*tree.glob("no")] == [*tree.rglob("no/*")] == []


def test_case_and_links_in_patterns(top: Path) -> None:
    (top / "D").mkdir()
    (top / "D" / "x.TXT").touch()
    (top / "D" / "y.txt").touch()
    for pattern in ("**/*.txt", "d/*.txt"):
        found = sorted(path.name for path in top.glob(pattern, case_sensitive=False))
        assert found == ["x.TXT", "y.txt"]
    assert [path.name for path in top.glob("D/*.txt", case_sensitive=True)] == ["y.txt"]
    assert sorted(path.name for path in top.rglob("*.txt", case_sensitive=False)) == [
        "x.TXT", "y.txt",
    ]  # fmt: skip


@pytest.mark.parametrize("pattern", ["", "/x", "s3://b/*"])
def test_patterns_that_cannot_be(bucket: Path, pattern: str) -> None:
    with pytest.raises((ValueError, NotImplementedError)):
        next(bucket.glob(pattern))


def test_walk_can_be_pruned(top: Path) -> None:
    for name in ("a/b/f", "c/f", "f"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).touch()
    seen = []
    for here, directories, files in top.walk():
        directories.sort()
        seen.append((here.name, [*directories], files))
        if "b" in directories:
            directories.remove("b")
    assert seen == [("top", ["a", "c"], ["f"]), ("a", ["b"], []), ("c", [], ["f"])]
    upwards = [here.name for here, _, _ in top.walk(top_down=False)]
    assert upwards.index("b") < upwards.index("a") < upwards.index("top")
    told: list[OSError] = []
    assert [*(top / "no").walk(on_error=told.append)] == []
    assert isinstance(told[0], FileNotFoundError)


names = st.sampled_from(["a", "b.txt", ".h", "a b"])
trees = st.sets(st.lists(names, min_size=1, max_size=3).map("/".join), max_size=8)
patterns = st.lists(
    st.sampled_from(["*", "**", "a", "*.txt", "?", ".*", "[ab]*", "b.txt"]), min_size=1, max_size=3
).map("/".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(trees, patterns, st.booleans())
def test_a_pattern_finds_in_both_worlds_the_same(
    tmp_path_factory: pytest.TempPathFactory, files: set[str], pattern: str, deep: bool
) -> None:
    files = {name for name in files if not any(other.startswith(f"{name}/") for other in files)}
    local = tmp_path_factory.mktemp("tree")
    set_default_vfs(Vfs(storages={S3: MemoryStorage(S3, {})}))
    bucket = Path("s3://bucket")
    bucket.mkdir()
    for name in files:
        (local / name).parent.mkdir(parents=True, exist_ok=True)
        (local / name).write_bytes(b"")
        (bucket / name).write_bytes(b"")
    theirs = local.rglob(pattern) if deep else local.glob(pattern)
    ours = bucket.rglob(pattern) if deep else bucket.glob(pattern)
    expected = {str(path.relative_to(local)) for path in theirs}
    found = [str(path.relative_to(bucket)).removesuffix("/") for path in ours]
    assert len(found) == len(set(found)), "a path came twice"
    assert set(found) == expected
    plain = Path(local).rglob(pattern) if deep else Path(local).glob(pattern)
    assert {str(path.relative_to(Path(local))) for path in plain} == expected
    if not deep:
        again = Path(local).glob(pattern, case_sensitive=True)
        assert {str(path.relative_to(Path(local))) for path in again} == expected


def test_nothing_costly_is_loaded() -> None:
    script = (
        "import sys, tfm; assert 'tfm.path' not in sys.modules\n"
        "from tfm import Path, configure_s3_cache, S3_CACHE_TTL\n"
        "from tfm.path import set_default_vfs\n"
        "Path('s3://b/x').parent / 'y'; Path('/tmp').exists()\n"
        "bad = {'boto3', 'botocore', 'textual', 'rich'} & set(sys.modules)\n"
        "assert not bad, bad\n"
        "assert 'Path' in dir(tfm)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_missing_credentials_are_a_runtime_error_that_says_what_to_do() -> None:
    set_default_vfs(None)
    vfs = default_vfs()
    assert default_vfs() is vfs
    with pytest.raises(RuntimeError) as caught:
        Path("s3://bucket/x").stat()
    assert isinstance(caught.value, PermissionError)
    assert "aws configure" in str(caught.value) or "credentials" in str(caught.value).lower()
    assert set_default_vfs(None) is vfs
    vfs.close()


def test_the_lifetime_of_one_listing_can_be_given(
    tree: Path, storage: Counting, clock: Clock
) -> None:
    assert len([*tree.iterdir(ttl=300)]) == 4
    clock.now += 200
    assert len([*tree.iterdir()]) == 4
    assert storage.taken() == {"scan": 1}
    clock.now += 101
    assert len([*tree.iterdir()]) == 4
    assert storage.taken() == {"scan": 1}
