"""Hostile files that are zips, graphs or trees: folders that run something, names that lead elsewhere, bombs."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import onnx
import skops.io
import xgboost

from tests.sandbox.attacks import model_that
from tests.testbench.corpus import benign, codes
from tests.testbench.corpus.world import World

Make = Callable[[Path, World], Path]


def _zip_of(folder: Path, name: str, source: Path) -> Path:
    return Path(shutil.make_archive(str(folder / name), "zip", source))


def mlflow_zip(change: Callable[[Path, World], None]) -> Make:
    """The zip of a folder that runs something, with a ``change``."""

    def make(folder: Path, world: World) -> Path:
        inner = model_that(folder / "inner", world.fill(codes.AT_OPENING["a file outside"]))
        change(inner, world)
        return _zip_of(folder, "model", inner)

    return make


def nothing_else(inner: Path, world: World) -> None:
    del inner, world


def loader(inner: Path, world: World) -> None:
    (inner / "code").mkdir()
    (inner / "code" / "hostile_loader.py").write_text(world.fill("open(MARKER, 'w')\n_load_pyfunc = None\n"))
    (inner / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: hostile_loader\n    code: code\n    env: {}\n"
    )


def tag_of_python(inner: Path, world: World) -> None:
    text = f"!!python/object/apply:os.system ['touch {world.marker}']\n"
    (inner / "MLmodel").write_text(f"flavors:\n  sklearn:\n    pickled_model: {text}")


def yaml_bomb(inner: Path, world: World) -> None:
    del world
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30))]
    (inner / "MLmodel").write_text("\n".join(lines) + "\nflavors: *a29\n")


def elsewhere(inner: Path, world: World) -> None:
    (inner / "MLmodel").write_text(f"flavors:\n  sklearn:\n    pickled_model: {world.secret}\n")


def named(name: str) -> Make:
    """A zip of a model folder with a file of this name in it."""

    def make(folder: Path, world: World) -> Path:
        with zipfile.ZipFile(folder / "model.zip", "w") as archive:
            archive.writestr("MLmodel", "flavors: {sklearn: {pickled_model: model.pkl}}")
            archive.writestr(name.replace("MARKER", str(world.marker)), "x")
        return folder / "model.zip"

    return make


def linked(folder: Path, world: World) -> Path:
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        archive.writestr("MLmodel", "flavors: {sklearn: {pickled_model: model.pkl}}")
        link = zipfile.ZipInfo("model.pkl")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(world.secret))
    return folder / "model.zip"


def function_in_skops(folder: Path, world: World) -> Path:
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


def onnx_elsewhere(folder: Path, world: World) -> Path:
    """Weights that are said to lie in another file."""
    value = onnx.TensorProto(name="w", data_type=1, dims=[5], data_location=onnx.TensorProto.EXTERNAL)
    value.external_data.add(key="location", value=f"../../..{world.secret}")
    rows, out = (onnx.helper.make_tensor_value_info(name, 1, [5]) for name in ("rows", "out"))
    node = onnx.helper.make_node("Add", ["rows", "w"], ["out"])
    graph = onnx.helper.make_graph([node], "g", [rows], [out], [value])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return folder / "model.onnx"


def tree_of_itself(folder: Path, world: World) -> Path:
    """An XGBoost tree whose root is its own child: it never comes to a leaf."""
    del world
    model = xgboost.XGBClassifier(n_estimators=1, max_depth=2).fit(benign.ROWS, benign.TARGET)
    model.save_model(folder / "model.json")
    content = json.loads((folder / "model.json").read_text())
    tree = content["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["left_children"][0] = tree["right_children"][0] = 0
    (folder / "model.json").write_text(json.dumps(content))
    return folder / "model.json"


FILES: dict[str, Make] = {
    "an MLflow zip with a pickle that runs something": mlflow_zip(nothing_else),
    "an MLflow zip with a loader of its own": mlflow_zip(loader),
    "an MLmodel with a tag of Python": mlflow_zip(tag_of_python),
    "an MLmodel that grows": mlflow_zip(yaml_bomb),
    "an MLmodel that points outside": mlflow_zip(elsewhere),
    "a name with ..": named("../../marker"),
    "an absolute name": named("MARKER"),
    "a name with backslashes": named("..\\..\\marker"),
    "a link in a zip": linked,
    "a zip bomb": bomb("model.zip"),
    "a skops bomb": bomb("model.skops"),
    "a skops file with a function": function_in_skops,
    "ONNX with weights elsewhere": onnx_elsewhere,
    "a tree that is its own child": tree_of_itself,
}
