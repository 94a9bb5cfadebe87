"""What every verb gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tfm.cli.arguments import VerbCall
from tfm.cli.console import Console
from tfm.cli.keeping import Keeper
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Resolver
from tfm.model.patience import Patience
from tfm.model.verify import Level
from tfm.ops.age import Age
from tfm.ops.context import ItemResult, Meter, OpContext, Outcome
from tfm.storage.base import FanOut
from tfm.storage.vfs import Vfs


@dataclass(frozen=True, slots=True)
class VerbRun:
    """One verb under way: what was asked, where to speak, and the door.

    `counts` are the items of operations by how they ended. `signals` are the numbers that arrived so far: the first one is why it stops. `keeper` writes the
    journal of what it changes. `age` is what a copy does to the bytes.
    """

    call: VerbCall
    console: Console
    vfs: Vfs
    fan_out: FanOut
    cancel: CancelToken = field(default_factory=CancelToken)
    meter: Meter = field(default_factory=Meter)
    signals: list[int] = field(default_factory=list)
    patience: Patience = field(default_factory=Patience)
    level: Level = Level.CHECKSUM
    age: Age | None = None
    counts: Counter[Outcome] = field(default_factory=Counter)
    keeper: Keeper = field(kw_only=True)

    def context(
        self,
        resolver: Resolver | None = None,
        on_item: Callable[[ItemResult], None] = lambda _item: None,
    ) -> OpContext:
        """What an operation may touch; without a resolver nothing is ever overwritten."""
        plain = OpContext(
            self.vfs,
            self.cancel,
            self.meter,
            fan_out=self.fan_out,
            on_item=on_item,
            patience=self.patience,
            level=self.level,
        )
        return plain if resolver is None else replace(plain, resolver=resolver)
