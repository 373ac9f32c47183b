"""Files that mean harm. Each is tried as it is made here, by a script and not kept as a file."""

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import onnx
import skops.io
import xgboost

from tests.sandbox.attacks import ANSWERS_ITSELF, OPENED, Opens, answer, model_that, writes
from tests.testbench.corpus import benign, codes
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
    return lambda folder, world: written(folder / "model.pkl", pickle.dumps(Opens(world.fill(code))))


def asking(code: str) -> Make:
    def make(folder: Path, world: World) -> Path:
        cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
        return written(folder / "model.pkl", cloudpickle.dumps(Asked(world.fill(code))))

    return make


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def packed(codec: str) -> Make:
    def make(folder: Path, world: World) -> Path:
        code = world.fill(codes.AT_OPENING["a file outside"])
        return Path(joblib.dump(Opens(code), folder / "model.joblib", compress=(codec, 3))[0])

    return make


def opcodes(text: bytes) -> Make:
    """A pickle that was written by hand; MARK stands for the path of the marker."""
    return lambda folder, world: written(folder / "model.pkl", text.replace(b"MARK", str(world.marker).encode()))


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
    return lambda folder, world: written(folder / "model.pkl", pickle.dumps(function(world)))


def _array_then_code(folder: Path, world: World) -> Path:
    """A joblib file whose payload comes after a raw array, where readers of opcodes lose their way."""
    code = Opens(world.fill(codes.AT_OPENING["a file outside"]))
    return Path(joblib.dump([benign.ROWS.to_numpy(), code], folder / "model.joblib")[0])


def _zip_of(folder: Path, name: str, source: Path) -> Path:
    return Path(shutil.make_archive(str(folder / name), "zip", source))


def mlflow_zip(change: Callable[[Path, World], None]) -> Make:
    """The zip of a folder that runs something, with a ``change``."""

    def make(folder: Path, world: World) -> Path:
        inner = model_that(folder / "inner", world.fill(codes.AT_OPENING["a file outside"]))
        change(inner, world)
        return _zip_of(folder, "model", inner)

    return make


def _nothing_else(inner: Path, world: World) -> None:
    del inner, world


def _loader(inner: Path, world: World) -> None:
    (inner / "code").mkdir()
    (inner / "code" / "hostile_loader.py").write_text(world.fill("open(MARKER, 'w')\n_load_pyfunc = None\n"))
    (inner / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: hostile_loader\n    code: code\n    env: {}\n"
    )


def _yaml(inner: Path, world: World) -> None:
    text = f"!!python/object/apply:os.system ['touch {world.marker}']\n"
    (inner / "MLmodel").write_text(f"flavors:\n  sklearn:\n    pickled_model: {text}")


def _yaml_bomb(inner: Path, world: World) -> None:
    del world
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30))]
    (inner / "MLmodel").write_text("\n".join(lines) + "\nflavors: *a29\n")


def _elsewhere(inner: Path, world: World) -> None:
    (inner / "MLmodel").write_text(f"flavors:\n  sklearn:\n    pickled_model: {world.secret}\n")


def named(name: str) -> Make:
    """A zip of a model folder with a file of this name in it."""

    def make(folder: Path, world: World) -> Path:
        with zipfile.ZipFile(folder / "model.zip", "w") as archive:
            archive.writestr("MLmodel", "flavors: {sklearn: {pickled_model: model.pkl}}")
            archive.writestr(name.replace("MARKER", str(world.marker)), "x")
        return folder / "model.zip"

    return make


def _linked(folder: Path, world: World) -> Path:
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        archive.writestr("MLmodel", "flavors: {sklearn: {pickled_model: model.pkl}}")
        link = zipfile.ZipInfo("model.pkl")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(world.secret))
    return folder / "model.zip"


def _skops(folder: Path, world: World) -> Path:
    """A function that the file names, to be called with what it says."""
    skops.io.dump(benign.classifier(), folder / "model.skops")
    with zipfile.ZipFile(folder / "model.skops") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(parts["schema.json"])
    schema["__module__"], schema["__class__"], schema["__loader__"] = "os", "system", "FunctionNode"
    schema["content"] = {"module_path": "os", "function": f"touch {world.marker}"}
    with zipfile.ZipFile(folder / "model.skops", "w") as archive:
        for name, content in {**parts, "schema.json": json.dumps(schema).encode()}.items():
            archive.writestr(name, content)
    return folder / "model.skops"


def bomb(name: str, codec: int = zipfile.ZIP_DEFLATED) -> Make:
    def make(folder: Path, world: World) -> Path:
        del world
        with zipfile.ZipFile(folder / name, "w", codec) as archive:
            archive.writestr("MLmodel" if name.endswith("zip") else "schema.json", "flavors: {sklearn: {}}")
            with archive.open("model.pkl", "w", force_zip64=True) as file:
                for _ in range(1_100):
                    file.write(bytes(1 << 20))
        return folder / name

    return make


def _onnx_elsewhere(folder: Path, world: World) -> Path:
    """Weights that are said to lie in another file."""
    value = onnx.TensorProto(name="w", data_type=1, dims=[5], data_location=onnx.TensorProto.EXTERNAL)
    value.external_data.add(key="location", value=f"../../..{world.secret}")
    rows, out = (onnx.helper.make_tensor_value_info(name, 1, [5]) for name in ("rows", "out"))
    node = onnx.helper.make_node("Add", ["rows", "w"], ["out"])
    graph = onnx.helper.make_graph([node], "g", [rows], [out], [value])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    return written(folder / "model.onnx", made.SerializeToString())


def _tree_of_itself(folder: Path, world: World) -> Path:
    """An XGBoost tree whose root is its own child: it never comes to a leaf."""
    del world
    model = xgboost.XGBClassifier(n_estimators=1, max_depth=2).fit(benign.ROWS, benign.TARGET)
    model.save_model(folder / "model.json")
    content = json.loads((folder / "model.json").read_text())
    tree = content["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["left_children"][0] = tree["right_children"][0] = 0
    (folder / "model.json").write_text(json.dumps(content))
    return folder / "model.json"


def _answers(frame: bytes) -> Make:
    return opening(ANSWERS_ITSELF + f"os.write(fd, {OPENED!r})\nos.write(fd, {frame!r})\ntime.sleep(600)")


OTHERS: dict[str, Make] = {
    **{f"joblib by {codec}": packed(codec) for codec in ("zlib", "gzip", "bz2", "xz", "lzma")},
    "code after an array of joblib": _array_then_code,
    "an MLflow zip with a pickle that runs something": mlflow_zip(_nothing_else),
    "an MLflow zip with a loader of its own": mlflow_zip(_loader),
    "an MLmodel with a tag of Python": mlflow_zip(_yaml),
    "an MLmodel that grows": mlflow_zip(_yaml_bomb),
    "an MLmodel that points outside": mlflow_zip(_elsewhere),
    "a name with ..": named("../../marker"),
    "an absolute name": named("MARKER"),
    "a name with backslashes": named("..\\..\\marker"),
    "a link in a zip": _linked,
    "a zip bomb": bomb("model.zip"),
    "a skops bomb": bomb("model.skops"),
    "a skops file with a function": _skops,
    "ONNX with weights elsewhere": _onnx_elsewhere,
    "a tree that is its own child": _tree_of_itself,
    "an answer before it is asked": _answers(answer([0.5], call=7)),
    "an answer that is no frame": opening(writes(b"<html>" * 20)),
    "an answer of a milliard rows": _answers(b"BZ1\n" + b"\xff" * 12),
    "eval": gadget(lambda world: Calls(eval, world.fill("__import__('os').system('touch ' + MARKER)"))),
    "compile": gadget(lambda world: Calls(exec, world.fill('exec(compile("open(MARKER, chr(119))", "x", "exec"))'))),
}


def cases() -> Iterator[Case]:
    yield from (Case(name, opening(code)) for name, code in codes.AT_OPENING.items())
    yield from (Case(name, asking(code)) for name, code in codes.AT_PREDICT.items())
    yield from (Case(name, opcodes(text)) for name, text in BY_HAND.items())
    yield from (Case(name, make) for name, make in OTHERS.items())
