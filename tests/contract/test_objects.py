"""The facets of object stores: links, and what an object has besides its bytes."""

from __future__ import annotations

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.errors import InvalidName


@needs(facet="presign")
class TestPresign:
    def test_a_link_is_made_without_a_look(self, bench: Bench) -> None:
        facet = bench.storage.facets.presign
        assert facet is not None
        for upload in (False, True):
            link = facet.link(bench.at("absent"), facet.longest, upload=upload)
            assert "absent" in link.url
            assert link.url not in repr(link)

    def test_a_place_that_cannot_be_has_none(self, bench: Bench) -> None:
        facet = bench.storage.facets.presign
        assert facet is not None
        with pytest.raises(InvalidName):
            facet.link(bench.at("k" * 1025), 60)
