"""The facet of settings: each read by itself, written only over what was seen, and read back."""

from __future__ import annotations

import json

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.cancel import CancelToken
from tfm.model.change import NOTHING
from tfm.model.errors import Cancelled, InvalidName, NotFound, StorageError, TooLate
from tfm.model.location import Location
from tfm.storage.bucket_facets import Settings

TAGS = json.dumps({"TagSet": [{"Key": "team", "Value": "maps"}]}, indent=2) + "\n"


def _settings(bench: Bench) -> Settings:
    facet = bench.storage.facets.settings
    assert facet is not None
    return facet


def _own(bench: Bench) -> Settings:
    """The settings of a container that is the test's own."""
    assert bench.ground.own_container(), "it is somebody's"
    return _settings(bench)


@needs(facet="settings")
class TestSettings:
    def test_each_is_read_or_says_why_not(self, bench: Bench) -> None:
        facet = _settings(bench)
        names = [setting.name for setting in facet.settings]
        assert len(names) == len(set(names))
        for setting in facet.settings:
            assert setting.title
            assert setting.group
            try:
                value = facet.read(bench.top, setting.name)
            except StorageError as error:
                assert str(error)
            else:
                assert all(value.words)
                assert value.words
                assert not value.text or isinstance(json.loads(value.text), dict)

    def test_one_is_written_read_and_taken_away(self, bench: Bench) -> None:
        facet = _own(bench)
        change = facet.write(bench.top, "tags", TAGS, "")
        assert change.covers(Location(bench.top.root, ""))
        found = facet.read(bench.top, "tags")
        assert json.loads(found.text) == json.loads(TAGS)
        assert found.words == ("team = maps",)
        assert facet.write(bench.top, "tags", TAGS, found.text) == NOTHING
        facet.write(bench.top, "tags", "", found.text)
        assert facet.read(bench.top, "tags").text == ""

    def test_what_somebody_else_wrote_stays(self, bench: Bench) -> None:
        facet = _own(bench)
        facet.write(bench.top, "tags", TAGS, "")
        theirs = facet.read(bench.top, "tags").text
        with pytest.raises(TooLate) as told:
            facet.write(bench.top, "tags", TAGS.replace("maps", "sea"), "")
        assert "maps" in str(told.value)
        assert facet.read(bench.top, "tags").text == theirs
        facet.write(bench.top, "tags", "", theirs)

    def test_what_is_no_document_is_not_sent(self, bench: Bench) -> None:
        facet = _own(bench)
        facet.read(bench.top, "tags")
        assert facet.fault_in("tags", TAGS) == ""
        assert "Line 2" in facet.fault_in("tags", '{\n"TagSet" []}')
        for text in ("[]", '{"TagSet": 1}', '{"Tags": []}'):
            assert facet.fault_in("tags", text)
            with pytest.raises(InvalidName):
                facet.write(bench.top, "tags", text, "")
        assert facet.read(bench.top, "tags").text == ""

    def test_a_form_says_what_the_document_says(self, bench: Bench) -> None:
        facet = _settings(bench)
        for setting in facet.settings:
            if setting.form:
                fields = facet.form(setting.name, "")
                assert len({field.id for field in fields}) == len(fields)
        fields = facet.form("tags", TAGS)
        values = {field.id: field.value for field in fields}
        assert json.loads(facet.filled("tags", TAGS, values)) == json.loads(TAGS)
        values[fields[-1].id] = "year = 2026"
        made = json.loads(facet.filled("tags", TAGS, values))
        assert made["TagSet"][1] == {"Key": "year", "Value": "2026"}

    def test_a_container_that_is_not_there(self, bench: Bench) -> None:
        facet = _own(bench)
        absent = Location(bench.top.root, "no-such-container-1/")
        for act in (
            lambda: facet.read(absent, "tags"),
            lambda: facet.write(absent, "tags", TAGS, ""),
        ):
            with pytest.raises(NotFound):
                act()

    def test_one_who_gave_up_writes_nothing(self, bench: Bench) -> None:
        facet, token = _own(bench), CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            facet.write(bench.top, "tags", TAGS, "", token)
        assert facet.read(bench.top, "tags").text == ""
