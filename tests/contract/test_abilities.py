"""The smaller facets: paths, attributes, links, retention, watching, room, identity."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.cancel import NEVER
from tfm.model.entry import Kind, same_content
from tfm.model.errors import (
    AlreadyExists,
    InvalidName,
    NotFound,
    StorageError,
    TooLate,
    Unexpected,
    Unsupported,
)
from tfm.storage.base import Hints, Work
from tfm.storage.facets import Attributes, Fact, Fate, Identity, Links, Owners, Ownership, TreeCopy
from tfm.storage.server_facets import Can


@needs(facet="local_path")
class TestLocalPath:
    def test_the_operating_system_finds_the_file_there(self, bench: Bench) -> None:
        facet = bench.storage.facets.local_path
        assert facet is not None
        bench.ground.write("a/file", b"data")
        path = facet.local_path(bench.at("a/file"))
        assert os.path.isabs(path)
        assert Path(path).read_bytes() == b"data"


def _attributes(bench: Bench) -> Attributes:
    facet = bench.storage.facets.attributes
    assert facet is not None
    return facet


@needs(facet="attributes")
class TestAttributes:
    @pytest.mark.parametrize("name", ["file", "folder/"])
    def test_a_time(self, bench: Bench, name: str) -> None:
        bench.ground.write("file", b"x")
        bench.ground.make_directory("folder/")
        mode = bench.stat(name).mode
        moment = 1_234_567_890_123_456_789
        change = _attributes(bench).set_attributes(bench.at(name), mtime_ns=moment)
        assert bench.stat(name).mtime_ns == moment
        assert bench.stat(name).mode == mode
        assert change.covers(bench.top)

    @pytest.mark.parametrize("name", ["file", "folder/"])
    def test_a_mode(self, bench: Bench, name: str) -> None:
        bench.ground.write("file", b"x")
        bench.ground.make_directory("folder/")
        before = bench.stat(name).mtime_ns
        _attributes(bench).set_attributes(bench.at(name), mode=0o700)
        assert bench.stat(name).mode == 0o700
        assert bench.stat(name).mtime_ns == before

    def test_the_content_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        _attributes(bench).set_attributes(bench.at("file"), mtime_ns=10**18, mode=0o600)
        assert bench.ground.read("file") == b"data"

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _attributes(bench).set_attributes(bench.at("absent"), mtime_ns=1)


def _owners(bench: Bench) -> Owners:
    facet = bench.storage.facets.owners
    assert facet is not None
    return facet


@needs(facet="owners")
class TestOwners:
    @pytest.mark.parametrize("name", ["file", "folder/"])
    def test_what_belongs_to_them_already_stays_as_it_is(self, bench: Bench, name: str) -> None:
        bench.ground.write("file", b"data")
        bench.ground.make_directory("folder/")
        before = bench.stat(name)
        assert before.owner is not None
        made = _owners(bench).set_owner(bench.at(name), before, Ownership(*before.owner))
        assert bench.stat(name) == made.entry == before
        assert made.change.covers(bench.top)

    def test_accounts_are_named_and_numbered(self, bench: Bench) -> None:
        accounts = _owners(bench).accounts()
        name, number = next(iter(accounts.users.items()))
        assert _owners(bench).resolve(name, "").user == number
        group, number = next(iter(accounts.groups.items()))
        assert _owners(bench).resolve("", group) == Ownership(None, number)
        assert _owners(bench).resolve("0", "7777777") == Ownership(0, 7_777_777)
        for bad in ("nobody called so", "-1", "4294967295", "9" * 30):
            with pytest.raises(InvalidName):
                _owners(bench).resolve(bad, "")
            with pytest.raises(InvalidName):
                _owners(bench).resolve("", bad)

    def test_what_is_missing_or_another_is_left(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        bench.ground.write("other", b"x")
        other = bench.stat("other")
        with pytest.raises(NotFound):
            _owners(bench).set_owner(bench.at("absent"), other, Ownership(1, 1))
        with pytest.raises(TooLate):
            _owners(bench).set_owner(bench.at("file"), other, Ownership(1, 1))


def _links(bench: Bench) -> Links:
    facet = bench.storage.facets.links
    assert facet is not None
    return facet


@needs(facet="links")
class TestLinks:
    @pytest.mark.parametrize("target", ["file", "absent", "../..", "/", "a b\n", "x" * 255])
    def test_a_target_is_kept_verbatim(self, bench: Bench, target: str) -> None:
        change = _links(bench).make_link(bench.at("link"), target)
        assert _links(bench).read_link(bench.at("link")) == target
        assert change.covers(bench.top)

    def test_a_link_is_a_row_of_its_own_kind(self, bench: Bench) -> None:
        bench.ground.write("folder/inside", b"x")
        bench.ground.write("file", b"data")
        _links(bench).make_link(bench.at("to-folder"), "folder")
        _links(bench).make_link(bench.at("to-file"), "file")
        _links(bench).make_link(bench.at("to-nothing"), "absent")
        for name in ("to-folder", "to-file", "to-nothing"):
            assert bench.row(name).kind is Kind.LINK
            assert bench.stat(name).kind is Kind.LINK
        assert bench.row("to-folder").opens_as_directory
        assert not bench.row("to-file").opens_as_directory
        assert bench.rows("to-folder/") == {("inside", False)}

    def test_a_deleted_link_leaves_its_target(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        _links(bench).make_link(bench.at("link"), "file")
        bench.storage.delete(bench.at("link"), expected=bench.row("link"))
        assert bench.ground.names() == {"file": 4}

    def test_a_link_is_not_made_over_anything(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        with pytest.raises(AlreadyExists):
            _links(bench).make_link(bench.at("file"), "other")
        assert bench.ground.read("file") == b"data"

    def test_a_hard_link_is_the_same_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        change = _links(bench).make_hard_link(bench.at("second"), bench.at("file"))
        assert bench.ground.names() == {"file": 4, "second": 4}
        bench.storage.delete(bench.at("file"))
        assert bench.ground.read("second") == b"data"
        assert change.covers(bench.top)

    def test_a_hard_link_is_not_made_over_anything(self, bench: Bench) -> None:
        bench.ground.write_many(["one", "two"], b"x")
        with pytest.raises(AlreadyExists):
            _links(bench).make_hard_link(bench.at("two"), bench.at("one"))

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _links(bench).read_link(bench.at("absent"))
        with pytest.raises(NotFound):
            _links(bench).make_hard_link(bench.at("second"), bench.at("absent"))


def _tree_copy(bench: Bench) -> TreeCopy:
    facet = bench.storage.facets.tree_copy
    assert facet is not None
    return facet


@needs(facet="tree_copy")
class TestTreeCopy:
    def test_a_directory_is_made_or_found_and_is_the_same_one(self, bench: Bench) -> None:
        made = _tree_copy(bench).make_directory(bench.at("d/"), Hints())
        assert made.change.covers(bench.top)
        assert bench.ground.names() == {"d/": 0}
        bench.ground.write("d/f", b"x")
        found = _tree_copy(bench).make_directory(bench.at("d/"), Hints(mode=0o755))
        assert same_content(replace(found.entry, mtime_ns=0), replace(made.entry, mtime_ns=0))
        assert _tree_copy(bench).pin(bench.at("d/")) == found.entry
        assert bench.ground.names() == {"d/": 0, "d/f": 1}

    def test_who_was_told_that_it_is_not_there_learns_of_it(self, bench: Bench) -> None:
        made = _tree_copy(bench).make_directory(bench.at("d/"), Hints())
        assert made.change.covers(bench.at("d/"))

    def test_what_is_no_directory_is_in_the_way(self, bench: Bench) -> None:
        bench.ground.write("f", b"data")
        bench.ground.make_directory("real/")
        _links(bench).make_link(bench.at("link"), "real")
        for name in ("f", "link"):
            with pytest.raises(AlreadyExists):
                _tree_copy(bench).make_directory(bench.at(name), Hints())
        assert bench.ground.read("f") == b"data"

    def test_only_the_directory_that_was_seen_is_entered(self, bench: Bench) -> None:
        tree = _tree_copy(bench)
        bench.ground.write("real/f", b"x")
        bench.ground.write("other/g", b"y")
        seen = tree.pin(bench.at("real/"))
        assert [
            entry.name for page in tree.scan(bench.at("real/"), seen, NEVER) for entry in page
        ] == ["f"]
        other = bench.at("other/")
        inside = Hints(within=seen)
        _links(bench).make_link(bench.at("to-f"), "f")
        acts: list[Callable[[], object]] = [
            lambda: list(tree.scan(other, seen, NEVER)),
            lambda: tree.make_directory(bench.at("other/d"), inside),
            lambda: tree.copy_link(
                bench.at("to-f"), bench.stat("to-f"), bench.at("other/l"), inside
            ),
            lambda: tree.hard_link(
                bench.at("real/f"), bench.stat("real/f"), bench.at("other/h"), inside
            ),
            lambda: tree.copy_attributes(other, seen, other, tree.pin(other), Hints()),
            lambda: tree.copy_attributes(other, tree.pin(other), other, seen, Hints()),
            lambda: bench.storage.open_write(bench.at("other/w"), inside, Work()),
        ]
        for act in acts:
            with pytest.raises(TooLate):
                act()
        assert bench.ground.rows("other/") == {("g", False)}
        assert bench.ground.debris() == []

    def test_a_link_is_copied_with_its_time_and_replaces_nothing(self, bench: Bench) -> None:
        _links(bench).make_link(bench.at("link"), "no where")
        facet = bench.storage.facets.attributes
        assert facet is not None
        facet.set_attributes(bench.at("link"), mtime_ns=1_234_567_890_123_456_789)
        source = bench.stat("link")
        made = _tree_copy(bench).copy_link(bench.at("link"), source, bench.at("copy"), Hints())
        assert bench.stat("copy") == made.entry
        assert made.entry.mtime_ns == source.mtime_ns
        assert _links(bench).read_link(bench.at("copy")) == "no where"
        bench.ground.write("taken", b"data")
        with pytest.raises(AlreadyExists):
            _tree_copy(bench).copy_link(bench.at("link"), source, bench.at("taken"), Hints())
        assert bench.ground.read("taken") == b"data"

    def test_a_link_that_changed_is_not_copied(self, bench: Bench) -> None:
        _links(bench).make_link(bench.at("link"), "here")
        seen = bench.stat("link")
        bench.storage.delete(bench.at("link"))
        bench.ground.write("link", b"data")
        with pytest.raises(TooLate):
            _tree_copy(bench).copy_link(bench.at("link"), seen, bench.at("copy"), Hints())
        assert bench.ground.rows() == {("link", False)}

    def test_a_further_name_is_that_very_copy_or_none(self, bench: Bench) -> None:
        tree = _tree_copy(bench)
        bench.ground.write("copy", b"data")
        copied = bench.stat("copy")
        tree.hard_link(bench.at("copy"), copied, bench.at("second"), Hints())
        assert _identity(bench).identity(bench.at("second")) == _identity(bench).identity(
            bench.at("copy")
        )
        bench.ground.write("copy", b"another")
        with pytest.raises(Unsupported):
            tree.hard_link(bench.at("copy"), copied, bench.at("third"), Hints())
        assert bench.ground.names() == {"copy": 7, "second": 4}
        assert bench.ground.debris() == []

    def test_a_further_name_replaces_only_what_was_shown(self, bench: Bench) -> None:
        tree = _tree_copy(bench)
        bench.ground.write("copy", b"data")
        bench.ground.write("old", b"older")
        copied, shown = bench.stat("copy"), bench.stat("old")
        with pytest.raises(AlreadyExists):
            tree.hard_link(bench.at("copy"), copied, bench.at("old"), Hints())
        bench.ground.write("old", b"changed")
        with pytest.raises(TooLate):
            tree.hard_link(bench.at("copy"), copied, bench.at("old"), Hints(replaces=shown))
        assert bench.ground.read("old") == b"changed"
        now = bench.stat("old")
        tree.hard_link(bench.at("copy"), copied, bench.at("old"), Hints(replaces=now))
        assert bench.ground.read("old") == b"data"
        assert bench.ground.names() == {"copy": 4, "old": 4}

    def test_a_directory_gets_the_time_it_was_shown_with(self, bench: Bench) -> None:
        tree = _tree_copy(bench)
        facet = bench.storage.facets.attributes
        assert facet is not None
        bench.ground.make_directory("a/")
        facet.set_attributes(bench.at("a/"), mode=0o750, mtime_ns=10**18)
        seen = bench.stat("a/")
        bench.ground.write("a/f", b"x")
        made = tree.make_directory(bench.at("b/"), Hints(mode=0o750))
        done = tree.copy_attributes(bench.at("a/"), seen, bench.at("b/"), made.entry, Hints())
        assert done.entry == bench.stat("b/")
        assert (done.entry.mode, done.entry.mtime_ns, done.notes) == (0o750, 10**18, ())


@needs(facet="retention")
class TestRetention:
    def test_it_gives_one_of_the_answers(self, bench: Bench) -> None:
        facet = bench.storage.facets.retention
        assert facet is not None
        bench.ground.write("file", b"x")
        first = facet.fate(bench.at("file"))
        assert first in Fate
        assert facet.fate(bench.at("file")) is first


@needs(facet="watch")
class TestWatch:
    def test_a_change_is_told_until_it_is_stopped(self, bench: Bench) -> None:
        facet = bench.storage.facets.watch
        assert facet is not None
        told = threading.Event()
        stop = facet.watch(bench.top, told.set)
        try:
            bench.ground.write("file", b"x")
            assert told.wait(20), "nobody was told of a new file"
        finally:
            stop()
        stop()

    def test_a_missing_directory_is_not_found(self, bench: Bench) -> None:
        facet = bench.storage.facets.watch
        assert facet is not None
        with pytest.raises(NotFound):
            facet.watch(bench.at("absent/"), lambda: None)


@needs(facet="describe")
class TestDescribe:
    def test_a_file_is_described_in_words_and_a_missing_one_is_not(self, bench: Bench) -> None:
        facet = bench.storage.facets.describe
        assert facet is not None
        bench.ground.write("file.txt", b"12345")
        place = bench.at("file.txt")
        facts = facet.describe(place)
        assert len(facts) >= 3
        assert all(fact.label and fact.value for fact in facts)
        with pytest.raises(NotFound):
            facet.describe(bench.at("missing"))

    def test_a_directory_is_described_too(self, bench: Bench) -> None:
        facet = bench.storage.facets.describe
        assert facet is not None
        bench.ground.write("folder/file", b"x")
        assert all(fact.label for fact in facet.describe(bench.at("folder/")))


@needs(facet="outside")
class TestOutside:
    def test_other_programs_learn_where_the_storage_is_and_no_secret(self, bench: Bench) -> None:
        facet = bench.storage.facets.outside
        assert facet is not None
        told = facet.environ(bench.at("file.txt"))
        assert all(name.isidentifier() and value for name, value in told.items())
        assert any("URL" in name for name in told)
        secrets = {os.environ.get(name) for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
        assert not secrets & set(told.values())
        assert not any("SECRET" in name or "TOKEN" in name for name in told)


@needs(facet="fingerprint")
class TestFingerprint:
    def test_it_is_the_same_each_time_and_holds_no_secret(self, bench: Bench) -> None:
        facet = bench.storage.facets.fingerprint
        assert facet is not None
        told = facet.fingerprint()
        assert told == facet.fingerprint() != ""
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"):
            assert os.environ.get(name, "\0") not in told


@needs(facet="free_space")
class TestFreeSpace:
    def test_there_is_some(self, bench: Bench) -> None:
        facet = bench.storage.facets.free_space
        assert facet is not None
        assert facet.free_bytes(bench.top) > 0


def _identity(bench: Bench) -> Identity:
    facet = bench.storage.facets.identity
    assert facet is not None
    return facet


@needs(facet="identity")
class TestIdentity:
    def test_one_thing_is_itself_and_no_other(self, bench: Bench) -> None:
        bench.ground.write_many(["one", "two"], b"x")
        one, two = (_identity(bench).identity(bench.at(name)) for name in ("one", "two"))
        assert one == _identity(bench).identity(bench.at("one"))
        assert one != two
        assert len({one, two}) == 2

    def test_directories_have_one_too(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/")
        inner = _identity(bench).identity(bench.at("folder/"))
        assert inner == _identity(bench).identity(bench.at("folder/"))
        assert inner != _identity(bench).identity(bench.top)

    def test_the_lineage_leads_from_the_directory_itself_to_the_top(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/inner/")
        facet, inner = _identity(bench), bench.at("folder/inner/")
        first, second, third, *_ = facet.lineage(inner)
        assert [first, second] == [facet.identity(inner), facet.identity(bench.at("folder/"))]
        assert third == facet.identity(bench.top)


@needs(facet="links")
class TestIdentityOfLinks:
    def test_a_link_is_its_target(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        _links(bench).make_link(bench.at("link"), "file")
        facet = bench.storage.facets.identity
        assert facet is not None
        assert facet.identity(bench.at("link")) == facet.identity(bench.at("file"))


@needs(facet="abilities")
class TestServerAbilities:
    def test_each_has_a_state_and_says_how_it_is_known(self, bench: Bench) -> None:
        facet = bench.storage.facets.abilities
        assert facet is not None
        bench.ground.write("file", b"x")
        told = facet.probe(bench.top, NEVER)
        names = [ability.name for ability in told.abilities]
        assert len(names) == len(set(names)) > 20
        for ability in told.abilities:
            known = ability.can is not Can.UNKNOWN
            assert bool(ability.known_by) == bool(ability.meaning) == known, ability.name
        assert bench.ground.names() == {"file": 1}

    def test_a_trial_leaves_nothing(self, bench: Bench) -> None:
        facet = bench.storage.facets.abilities
        assert facet is not None
        names = facet.trial_names(bench.top)
        assert all(bench.top.holds(name) for name in names)
        tried = facet.try_writing(bench.top, names, NEVER)
        assert tried.left == ""
        assert all(tried.change.covers(name.parent) for name in names)
        assert bench.ground.names() == {}
        assert bench.ground.debris() == []


@needs(facet="counts")
class TestCounts:
    def test_what_was_asked_is_counted(self, bench: Bench) -> None:
        facet = bench.storage.facets.counts
        assert facet is not None
        bench.ground.write("file", b"x")
        bench.stat("file")
        before = sum(row.sent for row in facet.requests())
        bench.stat("file")
        figures = facet.requests()
        assert sum(row.sent for row in figures) > before
        assert [row.sent for row in figures] == sorted((row.sent for row in figures), reverse=True)


def _told(ask: Callable[[], Sequence[Fact]]) -> Sequence[Fact]:
    """What is said, or why nothing is: a server that has not got it is no fault of ours."""
    try:
        facts = ask()
    except StorageError as error:
        assert not isinstance(error, Unexpected)
        assert error.message
        return ()
    assert facts
    return facts


@needs(facet="login")
class TestLogin:
    def test_who_asks_is_told_and_no_secret(self, bench: Bench) -> None:
        facet = bench.storage.facets.login
        assert facet is not None
        bench.ground.write("file", b"x")
        bench.stat("file")
        assert facet.known()
        facts = _told(lambda: facet.login(bench.top))
        assert all(fact.label and fact.value for fact in facts)
        told = facet.known() + " ".join(fact.value for fact in facts)
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            secret = os.environ.get(name)
            assert not secret or secret not in told


@needs(facet="reports")
class TestReports:
    def test_what_is_left_goes_at_the_end_and_nobody_waits_for_it(self, bench: Bench) -> None:
        facet = bench.storage.facets.reports
        assert facet is not None
        asked: list[str] = []

        def used() -> tuple[int, int]:
            asked.append("")
            return 3, 1

        facet.use_cache(used)
        for _ in range(2):
            facet.end()
        assert facet.ended(5.0)
        assert len(asked) == 1, "nothing after the end"


@needs(facet="measures")
class TestMeasures:
    def test_it_is_told_in_words_or_that_nobody_measures(self, bench: Bench) -> None:
        facet = bench.storage.facets.measures
        assert facet is not None
        bench.ground.write("file", b"x")
        facts = _told(lambda: facet.measured(bench.top))
        assert all(fact.label and fact.value for fact in facts)
