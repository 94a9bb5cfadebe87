"""Copies and moves that give what was picked other names, as from the results of a search."""

from tests.ops.conftest import World, disk, key
from tfm.model.location import Location
from tfm.ops.order import Order


def filled(world: World, top: Location) -> list[Location]:
    places = [top.child(f"{directory}/x.txt") for directory in "abc"]
    for place in places:
        world.write(place, place.key.encode())
    return places


def test_things_of_one_name_go_into_one_directory(world: World) -> None:
    for verb, top, goal in (
        ("copy", disk("/"), key("bucket/")),
        ("move", key("bucket/"), disk("/")),
    ):
        places = filled(world, top)
        to = goal.child("to", directory=True)
        world.directory(to)
        names = ("x.txt", "x (2).txt", "x (3).txt")
        order = Order(verb, tuple(world.pick(*places)), to, True, names=names)  # type: ignore[arg-type]
        report = order.run(world.context())
        assert report.all_done
        assert {item.note for item in report.items if item.note} >= {
            "stored as 'x (2).txt': another one has the name 'x.txt'"
        }
        assert world.tree(to) == {
            name: place.key.encode() for name, place in zip(names, places, strict=True)
        }


def test_after_an_interruption_each_still_gets_its_own_name(world: World) -> None:
    places = filled(world, disk("/"))
    picked = tuple(world.pick(*places))
    order = Order(
        "move", picked, key("bucket/to/"), True, names=("x.txt", "x (2).txt", "x (3).txt")
    )
    world.vfs.delete(places[0])
    report = order.run_again(world.context())
    assert set(world.tree(key("bucket/to/"))) == {"x (2).txt", "x (3).txt"}
    assert len(report.failures) == 1
