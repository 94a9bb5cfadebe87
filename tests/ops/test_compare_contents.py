from tests.ops.conftest import World, disk, key, other
from tfm.jobs.lane import Lane
from tfm.model.errors import Cancelled
from tfm.ops.compare import Pair, compare_contents
from tfm.ops.context import Outcome
from tfm.storage.base import Reader


def pair_of(world: World, name: str, mine: bytes, theirs: bytes) -> Pair:
    here, there = disk(f"/{name}"), key(f"bucket/{name}")
    return (here, world.write(here, mine)), (there, world.write(there, theirs))


def test_files_are_told_apart_by_their_bytes(world: World, lane: Lane) -> None:
    long = b"x" * 3_000_000
    pairs = [
        pair_of(world, "same", long, long),
        pair_of(world, "last", long + b"a", long + b"b"),
        pair_of(world, "size", b"a", b"ab"),
    ]
    equal: list[str] = []
    ctx = world.context(lane=lane)
    report = compare_contents(ctx, pairs, lambda pair: equal.append(pair[0][0].name))
    assert equal == ["same"]
    assert {item.source.name: item.note for item in report.items} == {
        "same": "equal", "last": "different", "size": "different",
    }  # fmt: skip
    totals = ctx.meter.totals()
    assert (totals.items_done, totals.items_total) == (3, 3)


def test_reading_stops_at_the_first_difference(world: World) -> None:
    long = b"x" * 5_000_000
    pair = pair_of(world, "first", b"a" + long, b"b" + long)
    ctx = world.context()
    compare_contents(ctx, [pair], lambda _pair: None)
    assert ctx.meter.totals().bytes_done <= 2 * 1024 * 1024


def test_what_changed_or_went_is_neither_equal_nor_different(world: World) -> None:
    changed, gone = pair_of(world, "changed", b"a", b"a"), pair_of(world, "gone", b"a", b"a")
    world.write(changed[1][0], b"b")
    world.vfs.delete(gone[0][0])
    report = compare_contents(world.context(), [changed, gone], lambda _pair: 1 / 0)
    assert [item.outcome for item in report.items] == [Outcome.FAILED, Outcome.FAILED]
    assert all(item.reason for item in report.items)


def test_one_tag_on_one_server_is_read_by_nobody(world: World) -> None:
    one, two = key("bucket/a"), key("bucket/b")
    pair = ((one, world.write(one, b"data")), (two, world.write(two, b"data")))
    equal: list[Pair] = []
    ctx = world.context()
    compare_contents(ctx, [pair], equal.append)
    assert equal == [pair]
    assert ctx.meter.totals().bytes_done == 0
    far = other("bucket/a")
    elsewhere = ((one, pair[0][1]), (far, world.write(far, b"data")))
    compare_contents(ctx, [elsewhere], equal.append)
    assert ctx.meter.totals().bytes_done == 8, "another server may tag as it likes"


def test_a_cancel_ends_it(world: World) -> None:
    ctx = world.context()
    ctx.cancel.cancel()
    try:
        compare_contents(ctx, [pair_of(world, "a", b"a", b"a")], lambda _pair: None)
    except Cancelled:
        return
    raise AssertionError("it went on")


def test_readers_that_give_little_are_read_in_step(world: World) -> None:
    from tfm.ops.compare import _block

    class Drip(Reader):
        def __init__(self) -> None:
            self.left = 10

        def read(self, size: int) -> bytes:
            given = min(size, self.left, 3)
            self.left -= given
            return b"x" * given

        def verify(self):  # type: ignore[no-untyped-def]
            raise NotImplementedError

        def close(self) -> None:
            pass

    assert _block(Drip()) == b"x" * 10
