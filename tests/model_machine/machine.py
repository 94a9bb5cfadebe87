"""Random acts through the real engine on two real stores, and on their models.

After every act: the trees, told without tfm, are those of the model; both panes show what is there,
or what was there before somebody else's change that they cannot know; nothing unfinished is left;
the report has every item once and tells the state of both sides.

Left out, with its place kept: `kill_and_recover` (the process ends in mid-act, the journal is read
again). It needs a journal; its rules belong into a file `rules_recovery.py` beside the others, as a
mixin of `Machine`, and its outcomes into `coverage.ALONE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.model_machine.coverage import Cell, Coverage
from tests.model_machine.rules_carry import CarryRules
from tests.model_machine.rules_change import ChangeRules
from tests.model_machine.rules_delete import DeleteRules
from tests.model_machine.rules_look import LookRules
from tests.model_machine.world import World


class Machine(CarryRules, DeleteRules, ChangeRules, LookRules, RuleBasedStateMachine):
    """One example is one world. `of` makes a class of its own for a run."""

    open_world: Callable[[], World]
    coverage: Coverage

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).open_world()

    def teardown(self) -> None:
        self.world.close()

    @invariant()
    def nothing_unfinished(self) -> None:
        self.world.no_debris()

    @invariant()
    def panes_show_what_is_there(self) -> None:
        self.world.panes_are_right()


def machine_of(
    open_world: Callable[[], World], coverage: Coverage, wanted: Sequence[Cell] = ()
) -> type[Machine]:
    """A machine for these stores that counts into that table and prefers those cells."""
    return type(
        "MachineOfThisWorld",
        (Machine,),
        {"open_world": staticmethod(open_world), "coverage": coverage, "wanted": wanted},
    )
