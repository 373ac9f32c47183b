"""The opcodes of ``pickletools``: how long the argument of each is, and what it does to the stack."""

import codecs
import pickletools
from collections.abc import Callable, Iterator
from typing import Any

from testbench.files.machine import OBJECT_BYTES, Machine
from testbench.files.source import AT_ONCE, EndError
from testbench.files.values import UNKNOWN, Mapping, several, text

LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
"""How an argument says how long it is -> bytes in which it says so."""

MOST_DIGITS = 20


class OpcodeError(Exception):
    """The pickle cannot be read on; the message says why."""


def steps(machine: Machine) -> Iterator[str]:
    """Does opcode after opcode, and names it, up to the STOP. Raises OpcodeError, also where the bytes end before."""
    while True:
        code = machine.source.byte()
        opcode = OPCODES[code] if code >= 0 else None
        if opcode is None:
            raise OpcodeError("it breaks off" if code < 0 else f"there is no opcode {code:#04x}")
        try:
            DOES[opcode.name](machine, None if opcode.arg is None else _argument(machine, opcode, opcode.arg.n))
        except EndError as error:
            raise OpcodeError("it breaks off") from error
        except (IndexError, ValueError) as error:
            raise OpcodeError(f"{opcode.name} does not fit what comes before it") from error
        yield opcode.name
        if opcode.name == "STOP":
            return


def _argument(machine: Machine, opcode: pickletools.OpcodeInfo, length: int) -> Any:
    if length in LENGTHS:
        return _counted(machine, opcode.name, LENGTHS[length])
    if length == pickletools.UP_TO_NEWLINE:
        return _line(machine, opcode.name)
    return int.from_bytes(machine.source.take(length), "little", signed=opcode.name == "BININT")


def _counted(machine: Machine, name: str, width: int) -> Any:
    length = int.from_bytes(machine.source.take(width), "little")
    if length > AT_ONCE:
        machine.source.skip(length)
        return UNKNOWN
    raw = machine.source.take(length)
    if "UNICODE" in name or "STRING" in name:
        return _kept(machine, raw)
    return int.from_bytes(raw, "little", signed=True) if name == "LONG1" and length <= 8 else UNKNOWN


def _line(machine: Machine, name: str) -> Any:
    raw = machine.source.line()
    if name in ("GLOBAL", "INST"):
        return _kept(machine, raw), _kept(machine, machine.source.line())
    if name in ("GET", "PUT", "INT", "LONG"):
        digits = raw.strip().removesuffix(b"L")
        return int(digits) if len(digits) <= MOST_DIGITS else UNKNOWN
    if name == "UNICODE":
        return _kept(machine, raw.decode("raw-unicode-escape").encode("utf-8", "surrogatepass"))
    return _kept(machine, codecs.escape_decode(raw.strip()[1:-1])[0]) if name == "STRING" else UNKNOWN


def _kept(machine: Machine, raw: bytes) -> Any:
    found = text(raw)
    machine.kept += 64 + len(raw) if isinstance(found, str) else 0
    return found


def _pushes(value: Any) -> Callable[[Machine, Any], None]:
    return lambda machine, _: machine.push(value)


def _tuple(count: int) -> Callable[[Machine, Any], None]:
    def made(machine: Machine, _: Any) -> None:
        machine.pops(count, several(machine.stack[-count:] if count else []))
        machine.kept += OBJECT_BYTES

    return made


def _closed(machine: Machine, _: Any) -> None:
    machine.above_mark()
    machine.push(UNKNOWN)


def _appended(machine: Machine, _: Any) -> None:
    machine.above_mark()
    machine.stack[-1]  # there has to be something that takes them


def _pushes_argument(machine: Machine, argument: Any) -> None:
    machine.push(argument)


def _nothing(machine: Machine, argument: Any) -> None:
    del machine, argument


ARGUMENTS = (
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
)  # fmt: skip
"""Opcodes that push their argument."""

OTHERS = (
    "FLOAT", "BINFLOAT", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "NEXT_BUFFER", "EMPTY_LIST",
    "EMPTY_SET", "PERSID",
)  # fmt: skip
"""Opcodes that push something in which no names are."""

DOES: dict[str, Callable[[Machine, Any], Any]] = {
    **dict.fromkeys(ARGUMENTS, _pushes_argument),
    **dict.fromkeys(OTHERS, _pushes(UNKNOWN)),
    "NONE": _pushes(None), "NEWTRUE": _pushes(True), "NEWFALSE": _pushes(False),
    "EMPTY_DICT": lambda machine, _: machine.made(Mapping()), "EMPTY_TUPLE": _tuple(0),
    "TUPLE1": _tuple(1), "TUPLE2": _tuple(2), "TUPLE3": _tuple(3),
    "TUPLE": lambda machine, _: machine.push(several(machine.above_mark())),
    **dict.fromkeys(("LIST", "FROZENSET"), _closed),
    "DICT": Machine.mapping, "SETITEM": Machine.set_item, "SETITEMS": Machine.set_items,
    **dict.fromkeys(("APPENDS", "ADDITEMS"), _appended), "APPEND": lambda machine, _: machine.stack.pop(),
    "MARK": Machine.mark, "POP": Machine.pop, "POP_MARK": lambda machine, _: machine.above_mark(),
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), Machine.keep), "MEMOIZE": Machine.memoize,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), Machine.recall),
    "GLOBAL": lambda machine, argument: machine.push(machine.imports(*argument)),
    "STACK_GLOBAL": Machine.stack_global, "INST": Machine.inst, "OBJ": Machine.obj,
    "REDUCE": Machine.call, "NEWOBJ": Machine.call, "NEWOBJ_EX": Machine.new_object_ex, "BUILD": Machine.build,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), Machine.extension),
    "BINPERSID": lambda machine, _: machine.pops(1), "READONLY_BUFFER": _nothing, "STOP": _nothing,
    "PROTO": Machine.protocol, "FRAME": Machine.frame,
}  # fmt: skip
BY_CODE = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
OPCODES = [BY_CODE.get(code) for code in range(256)]
