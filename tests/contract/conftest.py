"""Brings every contract test to every rig that has what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

import pytest

from tests.contract.rig import Bench, Need, Rig, all_rigs
from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tfm.model.errors import StorageError
from tfm.storage.base import Storage


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(need): facts and facets of the storage under test")
    config.addinivalue_line("markers", "fresh_storage: ends the storage; never one that is shared")


def _need(definition: pytest.Item | pytest.Function) -> Need:
    return reduce(or_, (mark.args[0] for mark in definition.iter_markers("needs")), Need())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rig" in metafunc.fixturenames:
        need = _need(metafunc.definition)
        rigs = [rig for rig in all_rigs() if rig.has(need)]
        metafunc.parametrize("rig", rigs, ids=[rig.name for rig in rigs], scope="session")


ANSWERS = (AssertionError, StorageError, pytest.fail.Exception, BaseExceptionGroup)


def contract_id(item: pytest.Item) -> tuple[str, Rig] | None:
    """`TestClass::test_name[parameter]` without the rig, and the rig."""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return None
    rig = callspec.params.get("rig")
    if not isinstance(rig, Rig):
        return None
    rest = [part for part in callspec.id.replace(rig.name, "", 1).split("-") if part]
    parameter = f"[{'-'.join(rest)}]" if rest else ""
    owner = f"{item.parent.name}::" if isinstance(item.parent, pytest.Class) else ""
    return f"{owner}{item.originalname}{parameter}", rig  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A declared deviation must still deviate: the test is run, and fails if it passes."""
    for item in items:
        known = contract_id(item)
        if known is None:
            continue
        name, rig = known
        reason = rig.deviations.get(name) or rig.deviations.get(name.partition("[")[0])
        if reason:
            # only an answer counts: a server that does not start is no deviation
            answers = (*ANSWERS, *rig.answers)
            mark = pytest.mark.xfail(strict=True, raises=answers, reason=f"deviates: {reason}")
            item.add_marker(mark)


@pytest.fixture
def bench(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """An empty directory on a storage of the rig."""
    with rig.open(request) as opened:
        yield opened


CROWD = 2500


@pytest.fixture(scope="session")
def kept_storages() -> Iterator[dict[str, Storage]]:
    """Storages that are costly to open and therefore serve many tests; closed in the end."""
    kept: dict[str, Storage] = {}
    yield kept
    for storage in kept.values():
        storage.close()


@pytest.fixture(scope="session")
def ministack_proxy(ministack_server: Server) -> Iterator[Proxy]:
    """MiniStack as AWS would answer: the proxy judges the conditions of CopyObject, and digests."""
    with Proxy(ministack_server) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def filled(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Bench]:
    with rig.open(request) as opened:
        opened.ground.write_many((f"file{number:04}" for number in range(CROWD)), b"x")
        opened.ground.write("early/inside", b"in")
        opened.ground.write("zlate/inside", b"in")
        yield opened


@pytest.fixture
def crowd(filled: Bench, bench: Bench) -> Bench:
    """A directory with 2,500 files and two directories, only for reading.

    It was filled once; `bench` is asked for because it brings what the test's environment needs.
    """
    assert filled.top.root == bench.top.root
    return filled
