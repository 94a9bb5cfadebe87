"""Copies that are encrypted or decrypted on the way: what pyrage makes of them, and what can go wrong."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from tests.ops.conftest import BUCKETS, DISK, OTHER, World, disk, key, other
from tests.ops.test_read_back import Forgetful
from tfm.jobs.codec import from_order, to_order
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Policy
from tfm.model.errors import Corrupt, Denied, NoSpace, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.verify import Level
from tfm.ops.age import MEDIA_TYPE, Age
from tfm.ops.context import Meter, Outcome, Report
from tfm.ops.order import Order
from tfm.storage.base import Evidence, Hints, Work, Writer
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.memory.streams import MemoryWriter

MIB = 1024 * 1024


class Keys:
    """A pair of age, its private half in a file as age-keygen writes it."""

    def __init__(self, path: Path) -> None:
        self.identity = pyrage.x25519.Identity.generate()
        path.write_text(f"# public key: {self.identity.to_public()}\n{self.identity}\n")
        self.encrypt = Age("encrypt", (str(self.identity.to_public()),))
        self.decrypt = Age("decrypt", (str(path),))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "key.txt")


def carry(world: World, place: Location, to: Location, age: Age, **more: object) -> Report:
    order = Order("copy", tuple(world.pick(place)), to, True, age=age)
    return order.run(replace(world.context(), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 3 * MIB + 17])
def test_there_and_back(world: World, keys: Keys, size: int) -> None:
    data = random.Random(size).randbytes(size)
    world.write(disk("in/photo.jpg"), data, mtime_ns=10**18)
    meter = Meter()
    report = carry(world, disk("in/photo.jpg"), key("bucket/"), keys.encrypt, meter=meter)
    assert [item.note for item in report.items] == ["encrypted for 1 key"]
    assert meter.totals().bytes_done == size
    stored = world.read(key("bucket/photo.jpg"))
    assert pyrage.decrypt(stored, [keys.identity]) == data
    assert len(stored) > size and (size < 100 or data not in stored)
    entry = world.vfs.stat(key("bucket/photo.jpg"), fresh=True)
    assert getattr(entry.details, "content_type", "") == MEDIA_TYPE

    world.directory(disk("out/"))
    report = carry(world, key("bucket/photo.jpg"), disk("out/"), keys.decrypt)
    assert [item.note for item in report.items] == ["decrypted"]
    assert world.read(disk("out/photo.jpg")) == data
    assert world.vfs.stat(disk("out/photo.jpg"), fresh=True).mtime_ns == 10**18


def test_a_tree_within_one_storage(world: World, keys: Keys) -> None:
    for name in ("a", "d/b", "d/e/c"):
        world.write(key(f"bucket/in/{name}"), name.encode() * 9)
    assert carry(world, key("bucket/in/"), key("bucket/sealed/"), keys.encrypt).all_done
    sealed = world.tree(key("bucket/sealed/in/"))
    assert all(
        data is None or data.startswith(b"age-encryption.org/v1") for data in sealed.values()
    )
    assert carry(world, key("bucket/sealed/in/"), other("bucket/"), keys.decrypt).all_done
    assert world.tree(other("bucket/in/")) == world.tree(key("bucket/in/"))


def test_what_is_not_encrypted_is_copied_as_it_is_and_armor_is_understood(
    world: World, keys: Keys
) -> None:
    world.write(key("bucket/in/plain"), b"plain")
    sealed = pyrage.encrypt(b"text", [keys.identity.to_public()], armored=True)
    world.write(key("bucket/in/armored"), sealed)
    world.directory(disk("out/"))
    report = carry(world, key("bucket/in/"), disk("out/"), keys.decrypt)
    notes = {item.source.name: item.note for item in report.items}
    assert notes["plain"] == "was not encrypted; copied as it is"
    assert notes["armored"] == "decrypted"
    assert world.tree(disk("out/in/")) == {"plain": b"plain", "armored": b"text"}


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (lambda data: data[:-1], Corrupt),
        (lambda data: data[: 2 * 65552 + 400], Corrupt),  # between two blocks of age
        (lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], Corrupt),
        (lambda data: data + b"more", Corrupt),
        (lambda data: data[:60], Corrupt),
        (
            lambda _data: pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()]),
            Denied,
        ),
    ],
)
def test_of_what_is_damaged_or_for_others_nothing_is_written(
    world: World, keys: Keys, harm: Callable[[bytes], bytes], kind: type[StorageError]
) -> None:
    sealed = pyrage.encrypt(bytes(200_000), [keys.identity.to_public()])
    world.write(key("bucket/a"), harm(sealed))
    world.directory(disk("out/"))
    (item,) = carry(world, key("bucket/a"), disk("out/"), keys.decrypt).items
    assert item.outcome is Outcome.FAILED and type(item.error) is kind, item
    assert world.tree(disk("out/")) == {}


def test_a_passphrase_is_left_to_age(world: World, keys: Keys) -> None:
    world.write(key("bucket/a"), pyrage.passphrase.encrypt(b"text", "a passphrase"))
    world.directory(disk("out/"))
    (item,) = carry(world, key("bucket/a"), disk("out/"), keys.decrypt).items
    assert "with a passphrase" in item.reason and "age -d" in item.reason


class Full(MemoryWriter):
    """A disk that fills up."""

    def write(self, data: bytes) -> None:
        raise NoSpace("There is no room.")


class FullStorage(MemoryStorage):
    """Takes nothing."""

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        return Full(self.shelf, location, hints, work)


@pytest.mark.parametrize("act", ["encrypt", "decrypt"])
def test_errors_of_the_storages_stay_what_they_are(keys: Keys, act: str) -> None:
    full = FullStorage(OTHER, {})
    world = World({BUCKETS: MemoryStorage(BUCKETS, {}), OTHER: full, DISK: MemoryStorage(DISK, {})})
    data = bytes(2 * MIB)
    sealed = pyrage.encrypt(data, [keys.identity.to_public()])
    world.write(key("bucket/a"), data if act == "encrypt" else sealed)
    (item,) = carry(world, key("bucket/a"), other("bucket/"), getattr(keys, act)).items
    assert isinstance(item.error, NoSpace)


def test_a_cancel_is_a_cancel(world: World, keys: Keys) -> None:
    world.write(key("bucket/a"), bytes(5 * MIB))
    cancel = CancelToken()

    class Impatient(Meter):
        def advance(self, size: int) -> None:
            cancel.cancel()

    (item,) = carry(
        world, key("bucket/a"), other("bucket/"), keys.encrypt, cancel=cancel, meter=Impatient()
    ).items
    assert item.outcome is Outcome.CANCELLED
    assert world.tree(other("bucket/")) == {}


def test_reading_back_compares_what_was_sent(keys: Keys) -> None:
    bad = Forgetful(OTHER, {})
    world = World({BUCKETS: MemoryStorage(BUCKETS, {}), OTHER: bad, DISK: MemoryStorage(DISK, {})})
    world.write(key("bucket/a"), b"0123456789")
    readback = {"level": Level.READBACK}
    (item,) = carry(world, key("bucket/a"), other("bucket/"), keys.encrypt, **readback).items
    assert isinstance(item.error, Corrupt) and "was removed" in item.reason
    assert world.tree(other("bucket/")) == {}
    bad.bad = False
    world.directory(disk("out/"))
    assert carry(world, key("bucket/a"), disk("out/"), keys.encrypt).all_done
    (item,) = carry(world, disk("out/a"), other("bucket/"), keys.decrypt, **readback).items
    assert item.evidence is Evidence.READBACK


def test_a_move_is_refused_before_anything_happens(world: World, keys: Keys) -> None:
    world.write(key("bucket/a"), b"data")
    order = Order(
        "move", tuple(world.pick(key("bucket/a"))), other("bucket/"), True, age=keys.encrypt
    )
    with pytest.raises(Unsupported, match="copied, not moved"):
        order.run(world.context())
    assert world.read(key("bucket/a")) == b"data"


@pytest.mark.parametrize(
    ("age", "kind", "text"),
    [
        (Age("encrypt", ("age1nonsense",)), Unsupported, "is no public key"),
        (Age("encrypt", ("ssh-ed25519 AAAAnonsense",)), Unsupported, "is no public key"),
        (Age("decrypt", ("~/none.txt",)), NotFound, "age-keygen"),
        (Age("decrypt", ("~/bad.txt",)), Unsupported, "no key in"),
        (Age("decrypt", ("~/empty.txt",)), Unsupported, "no key in"),
    ],
)
def test_keys_that_do_not_serve_are_told_and_never_quoted(
    world: World, age: Age, kind: type[StorageError], text: str
) -> None:
    Path("~/bad.txt").expanduser().write_text("AGE-SECRET-KEY-1HUSHHUSH\n")
    Path("~/empty.txt").expanduser().write_text("# nothing\n")
    world.write(key("bucket/a"), b"data")
    with pytest.raises(kind, match=text) as caught:
        carry(world, key("bucket/a"), other("bucket/"), age)
    assert "HUSH" not in str(caught.value)
    assert world.tree(other("bucket/")) == {}


def test_a_key_of_ssh(world: World, tmp_path: Path) -> None:
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "id")]
    subprocess.run(made, check=True, timeout=20)
    public = (tmp_path / "id.pub").read_text().strip()
    world.write(key("bucket/a"), b"data")
    assert carry(world, key("bucket/a"), other("bucket/"), Age("encrypt", (public,))).all_done
    sealed = world.read(other("bucket/a"))
    world.directory(disk("out/"))
    decrypt = Age("decrypt", (str(tmp_path / "id"),))
    assert carry(world, other("bucket/a"), disk("out/"), decrypt).all_done
    assert sealed != world.read(disk("out/a")) == b"data"


def test_the_journal_keeps_what_was_asked_for(world: World, keys: Keys) -> None:
    world.write(key("bucket/a"), b"data")
    picked = tuple(world.pick(key("bucket/a")))
    order = Order("copy", picked, other("bucket/"), True, age=keys.encrypt)
    kept = from_order(order)
    assert to_order(kept, picked) == order
    for wrong in (["shred", "x"], [], "encrypt", ["encrypt", 1]):
        with pytest.raises(ValueError):
            to_order(kept | {"age": wrong}, picked)


def test_a_second_copy_never_equals_the_first(world: World, keys: Keys) -> None:
    world.write(key("bucket/a"), b"data")
    assert carry(world, key("bucket/a"), other("bucket/"), keys.encrypt).all_done
    first = world.read(other("bucket/a"))
    (item,) = carry(world, key("bucket/a"), other("bucket/"), keys.encrypt).items
    assert item.outcome is Outcome.FAILED, "nothing is overwritten unasked"
    answer = {"resolver": Policy(Answer.OVERWRITE)}
    assert carry(world, key("bucket/a"), other("bucket/"), keys.encrypt, **answer).all_done
    assert world.read(other("bucket/a")) != first
