"""The `Costs` facet: which prices hold at a place."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from tfm.model.location import Location
from tfm.storage.prices import PriceList, changed
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.copy import COPY_LIMIT
from tfm.storage.s3.digest import part_size
from tfm.storage.s3.prices import USUAL, amazon_prices

_EVERYWHERE: Final = "*"


class S3Costs:
    """As the protocol."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def prices(self, location: Location) -> PriceList | None:
        """As the protocol. Other sellers than Amazon have none but those of the connection."""
        options = self._calls.options
        uploads = options.storage_class or USUAL
        own = dict(options.own_prices)
        if not self._calls.on_aws_for(location):
            empty = PriceList(USUAL, MappingProxyType({}), uploads=uploads)
            return changed(empty, own) if own else None
        clients = self._calls.clients
        region = clients.region_of.get(location.container) or clients.home
        chosen = {name: dict(values) for name, values in options.prices}
        mine = {**chosen.get(_EVERYWHERE, {}), **chosen.get(region, {}), **own}
        return changed(replace(amazon_prices(region), uploads=uploads), mine)

    def pieces(self, size: int, *, inside: bool = False) -> int:
        """As the protocol."""
        options = self._calls.options
        if size <= (COPY_LIMIT if inside else options.multipart_threshold):
            return 1
        return -(-size // part_size(size, options.part_size))
