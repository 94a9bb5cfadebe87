"""Where in `config.py` a name is set, so that a problem can name the line."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Lines:
    """Line numbers (from 1) of names and of the entries inside their list or mapping."""

    names: Mapping[str, int]
    items: Mapping[tuple[str, object], int]
    imported: frozenset[str]

    @classmethod
    def empty(cls) -> Lines:
        """For a file that could not be read."""
        return cls(MappingProxyType({}), MappingProxyType({}), frozenset())

    @classmethod
    def of(cls, source: bytes) -> Lines:
        """Read them from source text; empty if it is not Python. Runs nothing."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # told once, when the file is compiled to be run
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return cls.empty()
        names: dict[str, int] = {}
        items: dict[tuple[str, object], int] = {}
        imported: set[str] = set()
        for node in _statements(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported.update((each.asname or each.name).split(".")[0] for each in node.names)
            elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names[node.name] = node.lineno
            else:
                for name in _targets(node):
                    names[name] = node.lineno
                    items.update(_entries(name, getattr(node, "value", None)))
        return cls(names, items, frozenset(imported - set(names)))

    def name(self, name: str) -> int | None:
        """The line that last sets the name; None when no line does so plainly."""
        return self.names.get(name)

    def item(self, name: str, item: object) -> int | None:
        """The line of one entry (key of a mapping, index of a list), else of the name."""
        try:
            return self.items.get((name, item), self.names.get(name))
        except TypeError:  # an unhashable part cannot be a key of ours
            return self.names.get(name)


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Statements in order, also inside `if`, `try`, `with` and classes, not inside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            yield from _statements(node)


def _targets(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        found = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        found = [node.target]
    else:
        return
    for target in found:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def _entries(name: str, value: ast.AST | None) -> Iterator[tuple[tuple[str, object], int]]:
    if isinstance(value, ast.Dict):
        for key in value.keys:
            if isinstance(key, ast.Constant):
                yield (name, key.value), key.lineno
    elif isinstance(value, ast.List | ast.Tuple):
        for index, element in enumerate(value.elts):
            yield (name, index), element.lineno
