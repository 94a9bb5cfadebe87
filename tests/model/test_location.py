from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.location import LOCAL, S3, BadPlace, Location, Root, Style, local, parse

keys = st.text(st.sampled_from("ab/.é \n%"), max_size=12)


def s3(key: str) -> Location:
    return Location(S3, key)


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "s3://",
            "s3://b/",
            "s3://b/a//c",
            "s3://b//a",
            "s3://b/a/../c",
            "s3://b/%2e%2F",
            "s3://b/a\nb ",
            "s3://prod@b/a@c",
            "mem://b/a",
        ],
    )
    def test_places_of_key_stores_are_kept_verbatim(self, text: str) -> None:
        assert str(parse(text)) == text

    def test_a_bucket_is_always_a_directory(self) -> None:
        assert parse("s3://b") == parse("s3://b/") == s3("b/")

    def test_a_trailing_slash_makes_another_place(self) -> None:
        assert parse("s3://b/d") != parse("s3://b/d/")

    def test_the_connection_belongs_to_the_root(self) -> None:
        place = parse("s3://prod@b/a")
        assert place == Location(Root("s3", "prod"), "b/a")
        assert place.root != S3
        assert parse("s3://b/x@y") == s3("b/x@y")

    @pytest.mark.parametrize("text", ["s3:///a", "s3:////", "", "relative"])
    def test_a_text_without_a_place_is_refused(self, text: str) -> None:
        with pytest.raises(BadPlace) as caught:
            parse(text)
        assert str(caught.value).endswith(".")

    def test_a_relative_text_is_joined_to_its_base(self) -> None:
        assert parse("x/y", base=s3("b/d/")) == s3("b/d/x/y")
        assert parse("x", base=s3("b/d")) == s3("b/d/x")
        assert parse("..", base=s3("b/d/")) == s3("b/d/..")
        assert parse("bucket", base=s3("")) == s3("bucket/")
        assert parse("x", base=local("/tmp")) == local("/tmp/x")

    def test_local_paths(self) -> None:
        assert parse("/a//b/./c/") == local("/a/b/c")
        assert str(local("/a/b")) == "/a/b"
        assert local("/") == Location(LOCAL, "/")
        assert parse("file:///a/b") == local("/a/b")

    def test_two_dots_of_a_local_path_stay_because_links_may_stand_before_them(self) -> None:
        assert local("/a/../b").key == "/a/../b"

    def test_home(self, home: object) -> None:
        assert parse("~") == local(str(home))
        assert parse("~/x") == local(f"{home}/x")

    def test_nul_and_relative_paths_are_refused(self) -> None:
        for text in ("/a\0b", "a/b"):
            with pytest.raises(BadPlace):
                local(text)

    def test_names_that_are_not_utf8_survive(self) -> None:
        name = b"/caf\xe9".decode("utf-8", "surrogateescape")
        assert local(name).key == name


class TestFamily:
    @pytest.mark.parametrize(
        ("key", "name", "parent"),
        [
            ("b/d/f", "f", "b/d/"),
            ("b/d/", "d", "b/"),
            ("b/f", "f", "b/"),
            ("b/", "b", ""),
            ("b/a//", "", "b/a/"),
            ("b/a//c", "c", "b/a//"),
            ("b//", "", "b/"),
            ("b//a", "a", "b//"),
            ("b/..", "..", "b/"),
        ],
    )
    def test_of_a_key(self, key: str, name: str, parent: str) -> None:
        assert s3(key).name == name
        assert s3(key).parent == s3(parent)

    @pytest.mark.parametrize(
        ("path", "name", "parent"), [("/a/b", "b", "/a"), ("/a", "a", "/"), ("/", "", "/")]
    )
    def test_of_a_path(self, path: str, name: str, parent: str) -> None:
        assert local(path).name == name
        assert local(path).parent == local(parent)

    def test_the_top_is_its_own_parent(self) -> None:
        assert s3("").parent == s3("")
        assert s3("").is_top
        assert local("/").is_top
        assert not s3("b/").is_top

    def test_children_add_at_most_one_slash(self) -> None:
        assert s3("b/").child("f") == s3("b/f")
        assert s3("b/d").child("f") == s3("b/d/f")
        assert s3("b/d/").child("e", directory=True) == s3("b/d/e/")
        assert s3("b/").child("", directory=True) == s3("b//")
        assert local("/").child("a") == local("/a")
        assert local("/a").child("b", directory=True) == local("/a/b")

    def test_ancestors_end_with_the_top(self) -> None:
        assert s3("b/d/e/f").ancestors() == (s3("b/d/e/"), s3("b/d/"), s3("b/"), s3(""))
        assert local("/a/b").ancestors() == (local("/a"), local("/"))
        assert s3("").ancestors() == ()

    @given(keys)
    def test_a_child_leads_back_to_its_parent(self, key: str) -> None:
        place = s3("b/" + key)
        if not place.is_container:
            directory = place.looks_like_directory
            assert place.parent.child(place.name, directory=directory) == place

    @given(keys)
    def test_going_up_always_ends(self, key: str) -> None:
        assert s3("b/" + key).ancestors()[-1].is_top


class TestContainer:
    def test_parts_of_a_key(self) -> None:
        place = s3("b/d/f")
        assert (place.container, place.inner_key) == ("b", "d/f")
        assert (s3("b/").container, s3("b/").inner_key) == ("b", "")
        assert s3("b//a").inner_key == "/a"

    def test_only_the_bucket_is_a_container(self) -> None:
        assert s3("b/").is_container
        assert s3("b").is_container
        assert not s3("").is_container
        assert not s3("b//").is_container
        assert not local("/a").is_container

    def test_paths_have_none(self) -> None:
        assert local("/a/b").container == ""


class TestForms:
    def test_file_and_directory_of_one_name(self) -> None:
        assert s3("b/a").as_directory() == s3("b/a/")
        assert s3("b/a/").as_directory() == s3("b/a/")
        assert s3("b/a/").as_file() == s3("b/a")
        assert s3("b/a//").as_file() == s3("b/a/")
        assert s3("b/").as_file() == s3("b/")
        assert local("/a").as_directory() == local("/a").as_file() == local("/a")

    @given(keys)
    def test_there_and_back(self, key: str) -> None:
        place = s3("b/" + key)
        if not place.looks_like_directory:
            assert place.as_directory().as_file() == place


class TestHolds:
    @pytest.mark.parametrize("inside", ["b/foo/x", "b/foo/x/", "b/foo//", "b/foo/../y"])
    def test_what_is_beneath(self, inside: str) -> None:
        assert s3("b/foo/").holds(s3(inside))
        assert s3("b/foo").holds(s3(inside))
        assert s3("b/foo/").child(s3(inside).relative_to(s3("b/foo/"))) == s3(inside)

    @pytest.mark.parametrize("outside", ["b/foo/", "b/foo", "b/foo2", "b/foo2/x", "b/", "c/foo/x"])
    def test_what_is_not(self, outside: str) -> None:
        assert not s3("b/foo/").holds(s3(outside))
        with pytest.raises(ValueError, match="is not inside"):
            s3(outside).relative_to(s3("b/foo/"))

    def test_paths(self) -> None:
        assert local("/a").holds(local("/a/b"))
        assert local("/").holds(local("/a"))
        assert not local("/a").holds(local("/ab"))
        assert not local("/a").holds(local("/a"))
        assert local("/a/b/c").relative_to(local("/a")) == "b/c"
        assert local("/a").relative_to(local("/")) == "a"

    def test_another_root_holds_nothing_of_ours(self) -> None:
        assert not Location(Root("s3", "prod"), "b/").holds(s3("b/x"))

    @given(keys, keys)
    def test_a_place_is_held_by_all_its_ancestors_and_no_other_way_round(
        self, key: str, other: str
    ) -> None:
        place = s3("b/" + key)
        assert all(above.holds(place) for above in place.ancestors())
        assert not any(place.holds(above) for above in place.ancestors())
        if place.holds(s3("b/" + other)):
            assert not s3("b/" + other).holds(place)

    @given(st.lists(keys, max_size=6))
    def test_all_that_is_above_several_places(self, several: list[str]) -> None:
        found: set[Location] = set()
        for place in map(s3, several):
            place.add_above(found)
        assert found == {above for key in several for above in s3(key).ancestors()}


def test_locations_are_values() -> None:
    assert len({s3("b/a"), s3("b/a"), s3("b/a/"), Location(Root("s3", "p"), "b/a")}) == 3
    with pytest.raises(AttributeError):
        s3("b/a").key = "c"  # type: ignore[misc]


def test_a_root_says_how_its_places_begin() -> None:
    assert LOCAL.prefix == ""
    assert S3.prefix == "s3://"
    assert Root("s3", "prod").prefix == "s3://prod@"
    assert Root("mem", style=Style.PATH).prefix == "mem://"
