"""Prices in the configuration: by name, by region, and the line of a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfm.config.connections import Connections
from tfm.config.load import load_config
from tfm.config.places import Places
from tfm.config.price_rules import OwnPrices, RegionPrices
from tfm.config.rules import Rejected


def test_prices_are_taken_as_they_are() -> None:
    given = {
        "STANDARD.storage": 1,
        "GLACIER.restore.Bulk": 0.5,
        "GLACIER.restore.Bulk.requests": 0,
        "egress": 0.0,
        "currency": "EUR",
    }
    assert dict(OwnPrices().accept(given)) == given  # type: ignore[call-overload]
    by_region = RegionPrices().accept({"*": given, "us-gov-west-1": {}})
    assert list(by_region) == ["*", "us-gov-west-1"]  # type: ignore[call-overload]
    options = Connections().accept({"box": {"prices": {"egress": 2}}})
    assert options["box"]["own_prices"] == (("egress", 2.0),)  # type: ignore[index]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "a mapping"),
        ({"storage": 1}, "is none of"),
        ({"standard.storage": 1}, "is none of"),
        ({"STANDARD.rent": 1}, "is none of"),
        ({"GLACIER.restore": 1}, "is none of"),
        ({"egress": -1}, "not below 0"),
        ({"egress": float("nan")}, "not below 0"),
        ({"egress": True}, "is a number"),
        ({"egress": "0.1"}, "is a number"),
        ({"currency": "euro"}, "three letters"),
    ],
)
def test_what_is_no_price_is_said(given: object, told: str) -> None:
    with pytest.raises(Rejected, match=told):
        OwnPrices().accept(given)
    with pytest.raises(Rejected, match=told):
        RegionPrices().accept({"*": given})


def test_the_region_and_the_line_are_named(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="neither a region"):
        RegionPrices().accept({"Frankfurt": {}})
    file = tmp_path / "config.py"
    file.write_text('S3_PRICES = {\n    "*": {},\n    "eu-west-1": {"egres": 1},\n}\n')
    environ = {"HOME": str(tmp_path)}
    loaded = load_config(file, Places.from_environ(environ), environ)
    assert [(problem.line, problem.name) for problem in loaded.problems] == [(3, "S3_PRICES")]
    assert dict(loaded.settings.s3_prices) == {}
