"""Hostile files of formats that are data: read by libraries that take their word for how much there is."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from tests.testbench.corpus import benign
from tests.testbench.corpus.world import World

Make = Callable[[Path, World], Path]
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def holding(name: str, content: Callable[[World], bytes]) -> Make:
    def make(folder: Path, world: World) -> Path:
        (folder / name).write_bytes(content(world))
        return folder / name

    return make


def graph(nodes: list[Any], *constants: Any, opsets: tuple[tuple[str, int], ...] = (("", 17),)) -> Make:
    """From ``rows`` to ``out``."""

    def content(_: World) -> bytes:
        ends = [helper.make_tensor_value_info(name, FLOAT, ["n", 2]) for name in ("rows", "out")]
        made = helper.make_graph(nodes, "g", ends[:1], ends[1:], list(constants))
        model = helper.make_model(made, opset_imports=[helper.make_opsetid(*each) for each in opsets], ir_version=9)
        return bytes(model.SerializeToString())

    return holding("model.onnx", content)


def number(name: str, *values: int) -> Any:
    return helper.make_tensor(name, INT, [len(values)], values)


def _endless() -> Make:
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    body = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["still"]), helper.make_node("Add", ["x", "x"], ["y"])],
        "body",
        [helper.make_tensor_value_info("i", INT, []), helper.make_tensor_value_info("on", TensorProto.BOOL, []),
         helper.make_tensor_value_info("x", FLOAT, None)],
        [helper.make_tensor_value_info("still", TensorProto.BOOL, []), helper.make_tensor_value_info("y", FLOAT, None)],
    )  # fmt: skip
    most = helper.make_tensor("most", INT, [], [2**62])
    return graph([helper.make_node("Loop", ["most", "yes", "rows"], ["out"], body=body)], most, yes)


def booster(change: Callable[[dict[str, Any], World], None]) -> Make:
    """XGBoost's JSON, changed."""

    def content(world: World) -> bytes:
        words = json.loads(bytes(benign.boosted().get_booster().save_raw("json")))
        change(words["learner"], world)
        return json.dumps(words).encode()

    return holding("model.json", content)


def _tree(learner: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = learner["gradient_booster"]["model"]["trees"][0]
    return found


def _column_far_away(learner: dict[str, Any], _: World) -> None:
    _tree(learner)["split_indices"][0] = 2**31 - 1


def _child_far_away(learner: dict[str, Any], _: World) -> None:
    _tree(learner)["left_children"][0] = 2**30


def _many_columns(learner: dict[str, Any], _: World) -> None:
    learner["learner_model_param"]["num_feature"] = str(2**31 - 1)


def _many_classes(learner: dict[str, Any], _: World) -> None:
    learner["learner_model_param"]["num_class"] = str(2**31 - 1)


def _many_trees(learner: dict[str, Any], _: World) -> None:
    learner["gradient_booster"]["model"]["gbtree_model_param"]["num_trees"] = str(2**31 - 1)


def _tree_of_milliards(learner: dict[str, Any], _: World) -> None:
    _tree(learner)["tree_param"]["num_nodes"] = str(2**31 - 1)


def _names(learner: dict[str, Any], world: World) -> None:
    learner["feature_names"] = ["<img src=x onerror=window.corpus=1>", f"=cmd|{world.marker}\x1b[2J"]


def lines(**changed: str) -> Make:
    """LightGBM's text, with lines of other values."""

    def content(world: World) -> bytes:
        text = benign.light().booster_.model_to_string().splitlines()
        new = {name: f"{name}={world.fill(value)}" for name, value in changed.items()}
        return "\n".join(new.get(line.partition("=")[0], line) for line in text).encode()

    return holding("model.txt", content)


def _longer(content: bytes, at: int = 4) -> bytes:
    """CatBoost's, that says it is 4 GB long."""
    return content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :]


def _cbm(change: Callable[[bytes], bytes]) -> Make:
    def make(folder: Path, world: World) -> Path:
        del world
        benign.cat().save_model(str(folder / "model.cbm"))
        (folder / "model.cbm").write_bytes(change((folder / "model.cbm").read_bytes()))
        return folder / "model.cbm"

    return make


def _noise(seed: int) -> Callable[[bytes], bytes]:
    """Bytes here and there are others."""

    def noisy(content: bytes) -> bytes:
        rng, made = np.random.default_rng(seed), bytearray(content)
        for at in rng.integers(8, len(made), 40):
            made[at] = int(rng.integers(256))
        return bytes(made)

    return noisy


def _ubj(change: Callable[[bytes], bytes]) -> Make:
    return holding("model.ubj", lambda _: change(bytes(benign.boosted().get_booster().save_raw("ubj"))))


def _folder_in_weights(folder: Path, world: World) -> Path:
    value = TensorProto(name="w", data_type=1, dims=[5], data_location=TensorProto.EXTERNAL)
    value.external_data.add(key="location", value=str(world.marker.parent))
    made = helper.make_model(helper.make_graph([], "g", [], [], [value]))
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return folder / "model.onnx"


BIG = helper.make_tensor("value", FLOAT, [1], [1.0])
FILES: dict[str, Make] = {
    "a gzip bomb": holding("model.joblib", lambda _: gzip.compress(bytes(1 << 28), 1) * 4),
    "a bz2 bomb": holding("model.joblib", lambda _: bz2.compress(bytes(1 << 26)) * 16),
    "an xz bomb": holding("model.joblib", lambda _: lzma.compress(bytes(1 << 27), preset=0) * 8),
    "an xz with a dictionary of 4 GB": holding(
        "model.joblib", lambda _: lzma.compress(b"x" * 100, format=lzma.FORMAT_ALONE)[:1] + b"\xff" * 12
    ),
    "gzip by gzip": holding("model.joblib", lambda _: gzip.compress(gzip.compress(gzip.compress(bytes(1 << 26))))),
    "ONNX that takes a terabyte": graph(
        [helper.make_node("ConstantOfShape", ["shape"], ["big"], value=BIG),
         helper.make_node("ReduceSum", ["big"], ["s"]),
         helper.make_node("Add", ["rows", "s"], ["out"])], number("shape", 1 << 19, 1 << 19)
    ),
    "ONNX that never ends": _endless(),
    "ONNX with an operator of its own": graph(
        [helper.make_node("Evil", ["rows"], ["out"], domain="corpus")], opsets=(("", 17), ("corpus", 1))
    ),
    "ONNX in a circle": graph(
        [helper.make_node("Add", ["rows", "out"], ["b"]), helper.make_node("Add", ["b", "b"], ["out"])]
    ),
    "ONNX that reaches beyond its rows": graph(
        [helper.make_node("Gather", ["rows", "far"], ["out"], axis=1)], number("far", 1 << 40, -(1 << 40))
    ),
    "ONNX whose names are markup": holding(
        "model.onnx", lambda _: benign.graph().replace(b"label", b"<b>&;")
    ),
    "ONNX with a folder in its weights": _folder_in_weights,
    "ONNX with noise": holding("model.onnx", lambda _: _noise(3)(benign.graph())),
    "XGBoost with a column far away": booster(_column_far_away),
    "XGBoost with a child far away": booster(_child_far_away),
    "XGBoost of two milliards of columns": booster(_many_columns),
    "XGBoost of two milliards of classes": booster(_many_classes),
    "XGBoost of two milliards of trees": booster(_many_trees),
    "XGBoost with a tree of two milliards": booster(_tree_of_milliards),
    "XGBoost whose names are markup": booster(_names),
    "JSON of a million brackets": holding("model.json", lambda _: b'{"learner":' + b"[" * 1_000_000),
    "UBJSON of an exabyte": holding("model.ubj", lambda _: b"{L\0\0\0\0\0\0\0\7learner[$d#L\x10" + bytes(7)),
    "UBJSON with noise": _ubj(_noise(5)),
    "LightGBM with a milliard leaves": lines(num_leaves="1000000000"),
    "LightGBM with columns far away": lines(max_feature_idx="2147483647"),
    "LightGBM of a milliard classes": lines(num_class="1000000000", num_tree_per_iteration="1000000000"),
    "LightGBM whose names are markup": lines(feature_names="<script>window.corpus=1</script> =cmd|MARKER"),
    "CatBoost of 4 GB": _cbm(_longer),
    "CatBoost with noise": _cbm(_noise(1)),
    "CatBoost with more noise": _cbm(_noise(2)),
}  # fmt: skip
