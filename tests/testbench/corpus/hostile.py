"""Files that mean harm. Each is tried as it is made here, by a script and not kept as a file."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import joblib

from tests.sandbox.attacks import ANSWERS_ITSELF, OPENED, Opens, answer, writes
from tests.testbench.corpus import archives, benign, bent, codes, containers, lying, reaching, written
from tests.testbench.corpus.world import Case, World

Make = Callable[[Path, World], Path]


class Calls:
    """Calls ``function`` when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


class Asked:
    """Runs ``code`` when it is asked; pickled by value."""

    def __init__(self, code: str) -> None:
        self.code = code

    def predict(self, rows: Any) -> Any:
        names: dict[str, Any] = {"rows": rows}
        exec(self.code, names)
        return names.get("return_value")


def opening(code: str) -> Make:
    return lambda folder, world: put(folder / "model.pkl", pickle.dumps(Opens(world.fill(code))))


def asking(code: str) -> Make:
    def make(folder: Path, world: World) -> Path:
        cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
        return put(folder / "model.pkl", cloudpickle.dumps(Asked(world.fill(code))))

    return make


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def packed(codec: str) -> Make:
    def make(folder: Path, world: World) -> Path:
        code = world.fill(codes.AT_OPENING["a file outside"])
        return Path(joblib.dump(Opens(code), folder / "model.joblib", compress=(codec, 3))[0])

    return make


def opcodes(text: bytes) -> Make:
    """A pickle that was written by hand; MARK stands for the path of the marker."""
    return lambda folder, world: put(folder / "model.pkl", text.replace(b"MARK", str(world.marker).encode()))


BY_HAND = {
    "protocol 0": b"cposix\nsystem\n(S'touch MARK'\ntR.",
    "INST": b"(S'touch MARK'\niposix\nsystem\n.",
    "OBJ": b"(cposix\nsystem\nS'touch MARK'\no.",
    "names of Python 2": b'c__builtin__\neval\n(S\'__import__("os").system("touch MARK")\'\ntR.',
    "a name in escapes": b"\x80\x04S'\\x70osix'\nS'\\x73ystem'\n\x93(S'touch MARK'\ntR.",
    "a name from the memo": b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x940h\x000h\x00h\x01\x93(S'touch MARK'\ntR.",
    "through an attribute": (
        b"\x80\x04\x8c\x0csklearn.base\x8c\x11warnings.sys.exit\x930cposix\nsystem\n(S'touch MARK'\ntR."
    ),
    "after a pickle that is harmless": b"\x80\x04N.cposix\nsystem\n(S'touch MARK'\ntR.",
    "before it breaks off": b"cposix\nsystem\n(S'touch MARK'\ntRcnone\n",
    "runstring": b'cnumpy.testing._private.utils\nrunstring\n(S\'open("MARK", "w")\'\n}tR.',
    "timeit": b"ctimeit\ntimeit\n(S'open(\\'MARK\\', \\'w\\')'\ntR.",
    "cProfile": b"ccProfile\nrun\n(S'open(\\'MARK\\', \\'w\\')'\ntR.",
    "runpy": b"crunpy\nrun_path\n(S'MARK'\ntR.",
    "a list of four milliards": b"\x80\x04" + b"(" * 100_000 + b"l" * 100_000 + b".",
    "a memo of four milliards": b"\x80\x04Nr\xff\xff\xff\xff.",
    "opcodes without end": b"\x80\x04" + b"N0" * 4_000_000,
    "bytes of an exabyte": b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"abc.",
}


def gadget(function: Callable[[World], Calls]) -> Make:
    return lambda folder, world: put(folder / "model.pkl", pickle.dumps(function(world)))


def _array_then_code(folder: Path, world: World) -> Path:
    """A joblib file whose payload comes after a raw array, where readers of opcodes lose their way."""
    code = Opens(world.fill(codes.AT_OPENING["a file outside"]))
    return Path(joblib.dump([benign.ROWS.to_numpy(), code], folder / "model.joblib")[0])


def _answers(frame: bytes) -> Make:
    return opening(ANSWERS_ITSELF + f"os.write(fd, {OPENED!r})\nos.write(fd, {frame!r})\ntime.sleep(600)")


OTHERS: dict[str, Make] = {
    **{f"joblib by {codec}": packed(codec) for codec in ("zlib", "gzip", "bz2", "xz", "lzma")},
    "code after an array of joblib": _array_then_code,
    **containers.FILES,
    "an answer before it is asked": _answers(answer([0.5], call=7)),
    "an answer that is no frame": opening(writes(b"<html>" * 20)),
    "an answer of a milliard rows": _answers(b"BZ1\n" + b"\xff" * 12),
    "eval": gadget(lambda world: Calls(eval, world.fill("__import__('os').system('touch ' + MARKER)"))),
    "compile": gadget(lambda world: Calls(exec, world.fill('exec(compile("open(MARKER, chr(119))", "x", "exec"))'))),
}


def named(name: str) -> Make:
    """A file that runs something, with a name that means harm by itself."""

    def make(folder: Path, world: World) -> Path:
        return put(folder / name, pickle.dumps(Opens(world.fill(codes.AT_OPENING["a file outside"]))))

    return make


NAMES: dict[str, Make] = {
    "named like markup": named("<img src=x onerror=window.corpus=1>.pkl"),
    "named like a formula": named("=HYPERLINK('http:')+cmd|' calc'!A0.pkl"),
    "named like an option": named("--unconfined.pkl"),
    "named like another folder's": named("..\\..\\marker.pkl"),
    "named in control characters": named("\x1b[2J\x1b]0;x\x07\r\n\u202elkp.exe"),
    "named at length": named("a" * 250 + ".pkl"),
    "named like a link": named("[x](javascript:alert(1)) $x^2$ :material_home: .pkl"),
    "named like an address": named("models:.pkl"),
}


def cases() -> Iterator[Case]:
    at_opening = {**codes.AT_OPENING, **reaching.AT_OPENING, **lying.AT_OPENING}
    yield from (Case(name, opening(code)) for name, code in at_opening.items())
    yield from (Case(name, asking(code)) for name, code in {**codes.AT_PREDICT, **lying.AT_PREDICT}.items())
    yield from (Case(name, opcodes(text)) for name, text in BY_HAND.items())
    files = {**OTHERS, **written.FILES, **archives.FILES, **bent.FILES, **NAMES}
    yield from (Case(name, make) for name, make in files.items())
