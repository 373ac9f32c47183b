"""The stack and the memo on which a pickle makes its objects, of what is known of each: what would be imported, without
importing anything. The names that STACK_GLOBAL imports are two texts on it, so every opcode has its part."""

import _compat_pickle
from collections.abc import Callable
from typing import Any

from testbench.files.source import Source
from testbench.files.values import UNKNOWN, Import, Made, Mapping, several

STACK_BYTES, OBJECT_BYTES, MEMO_BYTES = 8, 160, 100
"""About as many are taken up by each."""

LONGEST_VERSION = 40


class Machine:
    """One pickle. imported: is called with each name, as ``pickle.load`` would look for it. frame_end: of its
    latest frame.
    kept: about how many bytes are taken up by what is remembered. saved_with: the version of scikit-learn
    that an estimator in it names."""

    def __init__(self, source: Source, imported: Callable[[Import], None]) -> None:
        self.source, self._imported = source, imported
        self.stack: list[Any] = []
        self._below: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._protocol = 0
        self.frame_end = 0
        self.kept = 0
        self.saved_with: str | None = None

    # The stack

    def push(self, value: Any) -> None:
        self.stack.append(value)
        self.kept += STACK_BYTES

    def made(self, value: Any) -> None:
        self.push(value)
        self.kept += OBJECT_BYTES

    def mark(self, _: Any) -> None:
        self._below.append(self.stack)
        self.kept += OBJECT_BYTES
        self.stack = []

    def above_mark(self) -> list[Any]:
        found = self.stack
        self.stack = self._below.pop()
        return found

    def pop(self, _: Any = None) -> Any:
        if not self.stack and self._below:
            return self.above_mark()
        return self.stack.pop()

    def pops(self, count: int, made: Any = UNKNOWN) -> None:
        """Takes so many from the stack, and pushes what came of them."""
        if count > len(self.stack):
            raise IndexError
        if count:
            del self.stack[-count:]
        self.push(made)

    def keep(self, place: int) -> None:
        self._memo[place] = self.stack[-1]
        self.kept += MEMO_BYTES

    def memoize(self, _: Any) -> None:
        self.keep(len(self._memo))

    def recall(self, place: int) -> None:
        if place not in self._memo:
            raise ValueError("nothing was kept there")
        self.push(self._memo[place])

    # What imports and calls

    def imports(self, module: Any, name: Any) -> Any:
        if not isinstance(module, str) or not isinstance(name, str):
            found = Import("", "")
        elif self._protocol < 3:  # as pickle.load reads what Python 2 wrote
            renamed = _compat_pickle.NAME_MAPPING.get((module, name))
            found = Import(*renamed) if renamed else Import(_compat_pickle.IMPORT_MAPPING.get(module, module), name)
        else:
            found = Import(module, name)
        self._imported(found)
        return found

    def stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.push(self.imports(module, name))

    def inst(self, names: tuple[Any, Any]) -> None:
        arguments = self.above_mark()
        self.made(Made(self.imports(*names), several(arguments)))

    def obj(self, _: Any) -> None:
        called, *arguments = self.above_mark() or [UNKNOWN]
        self.made(Made(called, several(arguments)))

    def call(self, _: Any) -> None:
        arguments, called = self.stack.pop(), self.stack.pop()
        self.made(Made(called, arguments))

    def new_object_ex(self, _: Any) -> None:
        self.pops(3)

    def extension(self, code: int) -> None:
        self._imported(Import("copyreg", f"extension {code}"))
        self.push(UNKNOWN)

    def build(self, _: Any) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], Made):
            self.stack[-1].state = state
        version = state.items.get("_sklearn_version") if isinstance(state, Mapping) else None
        if isinstance(version, str):
            self.saved_with = version[:LONGEST_VERSION]

    # Tuples and dictionaries; a list holds nothing that is looked for

    def mapping(self, _: Any) -> None:
        new = Mapping()
        _fill(new, self.above_mark())
        self.made(new)

    def set_item(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        _fill(self.stack[-1], [key, value])

    def set_items(self, _: Any) -> None:
        pairs = self.above_mark()
        _fill(self.stack[-1], pairs)

    def protocol(self, number: int) -> None:
        self._protocol = number

    def frame(self, length: Any) -> None:
        self.frame_end = self.source.place + length


def _fill(target: Any, pairs: list[Any]) -> None:
    if isinstance(target, Mapping):
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            target.put(key, value)
