"""Counts which way every branching of the protocol went, without a word of it in the product.

A finder put before Python's own compiles the rooms of the protocol with a counter at the start of
each branch: of a function, of both arms of every `if`, of loops, handlers and cases. Unlike a
tracer it costs next to nothing, so that every world is counted and not a sample, and it sees the
arm of an `if` that has no line of its own.
"""

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

BRIDGE = Path(__file__).parents[2] / "layers" / "shared" / "bridge"
ROOMS = ("core", "flows")
COUNTS, PASS = "__counts__", "__pass__"
Watch = Callable[[Any], Any]


class Marking(ast.NodeTransformer):
    """Puts counters into one module, and names them: function, branching, way."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.names: list[str] = []
        self._scopes: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Enter a class."""
        self._scopes.append(node.name)
        self.generic_visit(node)
        self._scopes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Count the beginning of a function, unless there is nothing in it."""
        documented = ast.get_docstring(node) is not None
        if len(node.body) == documented:
            return node
        self._scopes.append(node.name)
        begun = self._mark("begun")
        self.generic_visit(node)
        self._scopes.pop()
        node.body.insert(int(documented), begun)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        """Count both ways, also where the second one has no line."""
        if not self._scopes:
            return node
        told = f"if {ast.unparse(node.test)}"
        yes, no = self._mark(f"{told}: yes"), self._mark(f"{told}: no")
        self.generic_visit(node)
        node.body.insert(0, yes)
        node.orelse.insert(0, no)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Count both ways of a conditional expression."""
        if not self._scopes:
            return node
        told = f"... if {ast.unparse(node.test)}"
        yes, no = self._number(f"{told}: yes"), self._number(f"{told}: no")
        self.generic_visit(node)
        node.body, node.orelse = _counted(yes, node.body), _counted(no, node.orelse)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """Count the rounds of a loop, and its end where that has lines of its own."""
        told = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
        return self._loop(node, told)

    def visit_While(self, node: ast.While) -> ast.AST:
        """Count the rounds of a loop."""
        return self._loop(node, f"while {ast.unparse(node.test)}")

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Count what was caught."""
        caught = self._mark(f"except {ast.unparse(node.type) if node.type else ''}")
        self.generic_visit(node)
        node.body.insert(0, caught)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        """Count a case."""
        matched = self._mark(f"case {ast.unparse(node.pattern)}")
        self.generic_visit(node)
        node.body.insert(0, matched)
        return node

    def _loop(self, node: ast.For | ast.While, told: str) -> ast.AST:
        if not self._scopes:
            return node
        entered = self._mark(told)
        ended = [self._mark(f"{told}: to its end")] if node.orelse else []
        self.generic_visit(node)
        node.body.insert(0, entered)
        node.orelse[:0] = ended
        return node

    def _mark(self, told: str) -> ast.stmt:
        return ast.parse(f"{COUNTS}[{self._number(told)}] += 1").body[0]

    def _number(self, told: str) -> int:
        name = f"{self.module} {'.'.join(self._scopes)}: {' '.join(told.split())}"
        again = sum(each == name or each.startswith(f"{name} (") for each in self.names)
        self.names.append(f"{name} ({again + 1})" if again else name)
        return len(self.names) - 1


def _counted(number: int, value: ast.expr) -> ast.expr:
    # To add to a set returns None, so that the value is what follows `or`; it is no call of Python.
    call = ast.parse(f"{PASS}({number})", mode="eval").body
    return ast.BoolOp(ast.Or(), [call, value])


class MarkingLoader(SourceFileLoader):
    """Loads a module with counters in it, and watchers around some of its names."""

    def __init__(self, name: str, path: str, watches: Mapping[str, Watch]) -> None:
        super().__init__(name, path)
        self.watches = watches
        self.marking = Marking(name.removeprefix("bridge."))
        self.counts: list[int] = []
        self.passed: set[int] = set()

    def get_code(self, fullname: str) -> CodeType:
        """Compile anew: nothing of this may end up in a cache that the product runs from."""
        tree = _marked(self.marking, Path(self.path))
        self.counts.extend([0] * len(self.marking.names))
        code: CodeType = compile(tree, self.path, "exec")
        return code

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, its counters at hand."""
        setattr(module, COUNTS, self.counts)
        setattr(module, PASS, self.passed.add)
        super().exec_module(module)
        for name, watch in self.watches.items():
            setattr(module, name, watch(getattr(module, name)))


class MarkingFinder(MetaPathFinder):
    """Finds the modules of the protocol before anybody else does."""

    def __init__(self, watches: Mapping[str, Mapping[str, Watch]]) -> None:
        self.watches = watches
        self.loaders: list[MarkingLoader] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module of the protocol comes from; None for any other."""
        if not fullname.startswith(tuple(f"bridge.{room}." for room in ROOMS)):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            loader = MarkingLoader(fullname, spec.origin, self.watches.get(fullname, {}))
            spec.loader = loader
            self.loaders.append(loader)
        return spec

    def take(self) -> Counter[str]:
        """Return what has been counted since the last time."""
        taken: Counter[str] = Counter()
        for loader in self.loaders:
            for number in loader.passed:
                loader.counts[number] += 1
            loader.passed.clear()
            for number, times in enumerate(loader.counts):
                if times:
                    taken[loader.marking.names[number]] = times
                    loader.counts[number] = 0
        return taken


def install(watches: Mapping[str, Mapping[str, Watch]]) -> MarkingFinder:
    """Count from now on; nothing of the rooms may have been imported before.

    `watches` are wrapped, by module and name, around what the modules hold.
    """
    if early := sorted(each for each in sys.modules if each.startswith("bridge.core.")):
        raise AssertionError(f"imported too early to be counted: {', '.join(early)}")
    finder = MarkingFinder(watches)
    sys.meta_path.insert(0, finder)
    return finder


def catalogue() -> Iterator[str]:
    """Yield the name of every branch that there is."""
    for room in ROOMS:
        for path in sorted((BRIDGE / room).glob("*.py")):
            marking = Marking(f"{room}.{path.stem}")
            _marked(marking, path)
            yield from marking.names


def _marked(marking: Marking, path: Path) -> ast.Module:
    tree = ast.parse(path.read_text())
    marking.visit(tree)
    return ast.fix_missing_locations(tree)
