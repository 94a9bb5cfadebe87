from tfm.model.change import Change, around, beneath
from tfm.model.location import local, parse
from tfm.ops.size import Count
from tfm.session.sizes import DirectorySizes


def counted(*places: str) -> DirectorySizes:
    sizes = DirectorySizes()
    for place in places:
        sizes.begin(parse(place))
        sizes.put(parse(place), Count(1, 1, 5000, 0, complete=True))
    return sizes


def test_what_the_column_says() -> None:
    sizes, place = DirectorySizes(), local("/d")
    assert sizes.text(place) == ""
    sizes.begin(place)
    assert sizes.text(place) == "…"
    sizes.put(place, Count(1, 1, 2048))
    assert sizes.text(place) == "2.0K…"
    sizes.put(place, Count(1, 1, 4096, 0, complete=True))
    assert sizes.text(local("/d/")) == "4.0K"
    sizes.put(place, Count(1, 1, 4096, 2, complete=True))
    assert sizes.text(place) == "4.0K+"


def test_a_change_anywhere_beneath_drops_it_and_no_other() -> None:
    for change in (
        around(local("/a/b/c/file")),
        around(local("/a/b/file")),
        beneath(local("/a/b")),
        beneath(local("/a")),
        Change(subtrees=frozenset([local("/a/b/c")])),
    ):
        sizes = counted("/a/b", "/a/bb", "/x")
        assert sizes.drop(change)
        assert sizes.text(local("/a/b")) == ""
        assert sizes.text(local("/x")) == "4.9K"
    sizes = counted("s3://b/d/", "s3://b/e/")
    assert sizes.drop(around(parse("s3://b/d/x/key")))
    assert sizes.text(parse("s3://b/d/")) == ""
    assert sizes.text(parse("s3://b/e/")) == "4.9K"
    assert not sizes.drop(around(parse("s3://b/f/key")))


def test_a_change_while_counting_wins() -> None:
    sizes, place = DirectorySizes(), local("/d")
    sizes.begin(place)
    sizes.drop(around(local("/d/x")))
    sizes.put(place, Count(1, 1, 1, 0, complete=True))
    assert sizes.get(place) is None


def test_what_was_given_up_is_not_shown() -> None:
    sizes = counted("/a")
    sizes.begin(local("/b"))
    sizes.forget_unfinished()
    assert (sizes.text(local("/a")), sizes.text(local("/b"))) == ("4.9K", "")
