"""joblib's arrays, whose raw bytes stand between the opcodes of a pickle: how many they are, where that is certain.

joblib writes a small object, ``NumpyArrayWrapper``, and after the opcode that completes it the array. Whoever goes on
reading at another byte than joblib does sees another pickle than the one that is opened, so every doubt ends it.
"""

import math
import re
from typing import Any

from testbench.files.values import Import, Made, Mapping

WRAPPER = Import("joblib.numpy_pickle", "NumpyArrayWrapper")
DTYPE = Import("numpy", "dtype")
PLAIN = re.compile(r"[biufcSVUMm](\d{1,6})")
HAS_OBJECTS = 0x01
"""Of a dtype's flags."""

LARGEST = 1 << 40


class UncertainError(Exception):
    """It cannot be told for certain where joblib goes on."""


def is_wrapper(value: Any) -> bool:
    return isinstance(value, Made) and value.of == WRAPPER


def length(wrapper: Made) -> int | None:
    """Bytes of the array; None where it holds objects, which follow as a pickle of their own. Raises UncertainError."""
    state = wrapper.state
    if not isinstance(state, Mapping) or wrapper.arguments != ():
        raise UncertainError
    size = _item_size(state.items.get("dtype"))
    shape = state.items.get("shape")
    if not isinstance(shape, tuple) or not all(type(one) is int and 0 <= one <= LARGEST for one in shape):
        raise UncertainError
    count = math.prod(shape) if shape else 1
    if size is None:
        return None
    if count * size > LARGEST:
        raise UncertainError
    return count * size


def is_padded(wrapper: Made) -> bool:
    """Whether a byte that says how many fill up to an address, and those, come first. Raises UncertainError."""
    found = wrapper.state.items.get("numpy_array_alignment_bytes")
    if found is not None and type(found) is not int:
        raise UncertainError
    return found is not None


def _item_size(dtype: Any) -> int | None:
    """Bytes of one value; None for objects."""
    if not isinstance(dtype, Made) or dtype.of != DTYPE or not isinstance(dtype.arguments, tuple):
        raise UncertainError
    code = str(dtype.arguments[0]) if dtype.arguments else ""
    state = dtype.state if isinstance(dtype.state, tuple) else ()
    if code == "O8" and len(state) >= 8 and state[4] is None:
        return None
    found = PLAIN.fullmatch(code)
    if found is None or len(state) < 8 or state[0] != 3:
        raise UncertainError
    size = int(found[1]) * (4 if code[0] == "U" else 1)
    subarray, fields, element, flags = state[2], state[4], state[5], state[7]
    if subarray is not None or type(flags) is not int or flags & HAS_OBJECTS or element not in (-1, size):
        raise UncertainError
    if code[0] in "VU" and element != size:
        raise UncertainError
    _check_fields(code, fields)
    return size


def _check_fields(code: str, fields: Any) -> None:
    """That a structure holds no objects, whatever its flags say."""
    if fields is None:
        return
    if code[0] != "V" or not isinstance(fields, Mapping):
        raise UncertainError
    for field in fields.items.values():
        if not isinstance(field, tuple) or not field or _item_size(field[0]) is None:
            raise UncertainError
