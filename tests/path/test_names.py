"""Names: local ones as pathlib has them, remote ones verbatim."""

from __future__ import annotations

import copy
import pathlib
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.path import Path

Plain = pathlib.Path

pieces = st.one_of(
    st.sampled_from(["a", "b.txt", "c.tar.gz", ".hidden", "..", ".", "", "x.", "...", "é", "a b"]),
    st.text(st.characters(exclude_characters="\0:", exclude_categories=["Cs"]), max_size=6),
)
texts = st.builds(
    lambda lead, parts: lead + "/".join(parts),
    st.sampled_from(["", "/", "//", "./", "../"]),
    st.lists(pieces, max_size=5),
)


def outcome(act: Callable[[], object]) -> object:
    """What came of it, in words that both worlds share."""
    try:
        found = act()
    except (ValueError, NotImplementedError) as error:
        return type(error) if isinstance(error, NotImplementedError) else ValueError
    if isinstance(found, Path | pathlib.PurePath):
        return str(found)
    if isinstance(found, list | tuple):
        return [str(one) for one in found]
    return found


FACTS = (
    "name", "stem", "suffix", "suffixes", "parts", "parent", "anchor", "drive", "root",
)  # fmt: skip


@given(texts)
def test_the_facts_of_a_local_name_are_those_of_pathlib(text: str) -> None:
    ours, theirs = Path(text), Plain(text)
    assert str(ours) == str(theirs)
    for fact in FACTS:
        assert outcome(lambda fact=fact: getattr(ours, fact)) == outcome(  # type: ignore[misc]
            lambda fact=fact: getattr(theirs, fact)  # type: ignore[misc]
        ), fact
    assert outcome(lambda: ours.parents) == [str(above) for above in theirs.parents]
    assert outcome(ours.as_uri) == outcome(theirs.as_uri)
    assert ours.as_posix() == theirs.as_posix()
    assert bytes(ours) == bytes(theirs)
    assert ours.is_absolute() == theirs.is_absolute()


@given(texts, texts)
def test_what_is_made_of_two_local_names_is_what_pathlib_makes(one: str, two: str) -> None:
    ours, theirs = Path(one), Plain(one)
    assert outcome(lambda: ours / two) == outcome(lambda: theirs / two)
    assert outcome(lambda: ours.joinpath(two, one)) == outcome(lambda: theirs.joinpath(two, one))
    assert outcome(lambda: two / ours) == outcome(lambda: two / theirs)
    assert outcome(lambda: ours.relative_to(two)) == outcome(lambda: theirs.relative_to(two))
    assert ours.is_relative_to(two) == theirs.is_relative_to(two)
    name = two.replace("/", "")  # 3.11 lets ./x pass as a name
    assert outcome(lambda: ours.with_name(name)) == outcome(lambda: theirs.with_name(name))
    assert outcome(lambda: ours.with_stem(name)) == outcome(lambda: theirs.with_stem(name))
    assert outcome(lambda: ours.with_suffix(two)) == outcome(lambda: theirs.with_suffix(two))
    assert outcome(lambda: ours.match(two)) == outcome(lambda: theirs.match(two))
    assert (ours == Path(two)) == (theirs == Plain(two))
    assert (ours < Path(two)) == (theirs < Plain(two))
    assert (ours >= Path(two)) == (theirs >= Plain(two))
    assert ours != Path(two) or hash(ours) == hash(Path(two))


components = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=5
).filter(lambda name: name not in (".", "..") and "://" not in name)


@given(st.lists(components, min_size=1, max_size=4), components)
def test_remote_names_obey_the_same_laws(names: list[str], other: str) -> None:
    path = Path("s3://bucket", *names)
    plain = pathlib.PurePosixPath("/bucket", *names)
    assert str(path) == "s3://bucket/" + "/".join(names)
    for fact in ("name", "stem", "suffix", "suffixes"):
        assert getattr(path, fact) == getattr(plain, fact), fact
    assert path.parts == ("s3://bucket/", *names)
    assert Path(*path.parts) == path
    assert path.with_name(other) == path.parent / other
    assert path.parents[-1] == Path("s3://bucket/")
    assert len(path.parents) == len(names)
    assert path.parents[0] == path.parent
    relative = (path / other).relative_to(path)
    assert str(relative) == other
    assert path / relative == path / other
    assert Path.from_uri(path.as_uri()) == path
    assert pickle.loads(pickle.dumps(path)) == copy.copy(path) == path


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_no_key_is_ever_changed(key: str) -> None:
    path = Path(f"s3://bucket/{key}")
    assert str(path) == f"s3://bucket/{key}"
    assert path.location.inner_key == key
    assert path.is_relative_to("s3://bucket")
    if not key.startswith("/") and key != ".":
        beneath = path.relative_to("s3://bucket")
        assert Path("s3://other") / beneath == Path(f"s3://other/{key}")


def test_the_rules_of_the_seed() -> None:
    file = Path("s3://my-bucket/documents/report.pdf")
    assert str(file.parent) == "s3://my-bucket/documents/"
    assert str(file.with_name("summary.pdf")) == "s3://my-bucket/documents/summary.pdf"
    assert str(file.with_suffix(".csv")) == "s3://my-bucket/documents/report.csv"
    assert str(Path("s3://b/x/y/").parent) == "s3://b/x/"
    assert Path("s3://b/test1/").name == "test1"
    bucket = Path("s3://b")
    assert str(bucket) == "s3://b/"
    assert (bucket.parent, bucket.parents, bucket.name) == (bucket, (), "b")


def test_a_directory_stays_one_under_another_name() -> None:
    directory = Path("s3://b/d/y.d/")
    assert str(directory.with_name("z")) == "s3://b/d/z/"
    assert str(directory.with_stem("q")) == "s3://b/d/q.d/"
    assert str(directory.with_suffix("")) == "s3://b/d/y/"


@pytest.mark.parametrize("name", ["", "a/b", "/"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="Invalid name"):
        Path("s3://b/x").with_name(name)


def test_a_bucket_cannot_be_given_another_name() -> None:
    with pytest.raises(ValueError, match="no name"):
        Path("s3://b/").with_name("c")


def test_relative_to_goes_by_whole_components() -> None:
    assert not Path("s3://b/foobar").is_relative_to("s3://b/foo")
    assert not Path("s3://b/foo").is_relative_to("s3://c/")
    assert not Path("s3://b/foo").is_relative_to("/b")
    assert str(Path("s3://b/foo/").relative_to("s3://b/foo")) == "."
    assert str(Path("s3://b/d/a//b/").relative_to("s3://b/d")) == "a//b/"


@pytest.mark.parametrize("key", ["/etc/passwd", "//", "/"])
def test_a_part_never_means_the_top_of_the_local_disk(key: str) -> None:
    path = Path(f"s3://bucket/{key}")
    assert path.is_relative_to("s3://bucket")
    with pytest.raises(ValueError, match="begins with a slash"):
        path.relative_to("s3://bucket")


def test_the_way_up_is_walked_on_local_paths() -> None:
    assert str(Path("/a/b").relative_to("/a/c/d", walk_up=True)) == "../../b"
    with pytest.raises(ValueError, match="anchors"):
        Path("a").relative_to("/b", walk_up=True)


def test_an_object_and_a_directory_of_one_name_are_two_paths() -> None:
    assert Path("s3://b/x") != Path("s3://b/x/")
    assert len({Path("s3://b/x"), Path("s3://b/x/"), Path("s3://b/") / "x"}) == 2


def test_joining_adds_one_slash_and_resolves_nothing() -> None:
    bucket = Path("s3://b")
    assert str(bucket / "a" / ".." / "c") == "s3://b/a/../c"
    assert str(bucket / "a/" / "/x") == "s3://b/a//x"
    assert str(bucket / "a" / "") == "s3://b/a"
    assert str(bucket / "s3://c/x") == "s3://c/x"
    assert str(Path("/tmp") / "s3://c/x") == "s3://c/x"
    assert str(bucket / Path("/tmp/x")) == "/tmp/x"
    assert str(Path("s3://") / "b") == "s3://b/"
    assert str(bucket / "%2e%2E") == "s3://b/%2e%2E"


def test_one_world_never_equals_the_other() -> None:
    assert Path("s3:/b") != Path("s3://b")
    assert Path("x") != "x"
    assert min(Path("s3://b/x"), Path("/z"), Path("s3://b/a/z")) == Path("/z")


def test_patterns_of_remote_names() -> None:
    path = Path("s3://b/logs/2024/a.log")
    assert path.match("*.log")
    assert path.match("2024/*.log")
    assert path.match("s3://b/logs/*/*.log")
    assert not path.match("s3://b/*.log")
    assert not path.match("*.LOG")
    assert path.match("*.LOG", case_sensitive=False)
    assert path.full_match("s3://b/**/*.log")
    assert not path.full_match("**/2024")


def test_whole_local_names_against_patterns() -> None:
    assert Path("/a/b/c.py").full_match("/a/**/*.py")
    assert Path("/a/b/c.py").full_match("**")
    assert not Path("/a/b/c.py").full_match("b/*.py")
    assert Path("/a/B.py").match("b.PY", case_sensitive=False)


def test_texts_only() -> None:
    with pytest.raises(TypeError):
        Path(b"x")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Path("x") / 3  # type: ignore[operator]


def test_a_connection_is_part_of_the_place() -> None:
    path = Path("s3://work@b/k")
    assert str(path.parent) == "s3://work@b/"
    assert path != Path("s3://b/k")
    assert path.anchor == "s3://work@b/"


def test_a_local_location_keeps_what_a_link_means(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    found = Path(tmp_path / "link" / ".." / "file").location
    assert found.key == str(tmp_path / "real" / "file")
