"""How `model.onnx` beside this file was made: a "recogniser" by formula, with the package `onnx` 1.x.

Every 40 ms it looks at the mean of 80 log-mel bins: above -8 it hears 台, else nothing. So each loud stretch
is written as one 台, whatever the sound. Not run by the tests, which have no `onnx`.
"""

from pathlib import Path
from typing import Any

import numpy as np

LOUD = -8.0
EVERY = 4  # frames of 10 ms, as the models whose form this one has


def main() -> None:
    """Write the model."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: Any, kind: Any = np.int64) -> Any:
        return numpy_helper.from_array(np.array(value, kind), name)

    weights = np.zeros((80, 3), np.float32)
    weights[:, 1] = 1 / 80
    constants = [
        numpy_helper.from_array(weights, "w"),
        constant("b", [0.0, -LOUD, -100.0], np.float32),
        constant("first", [0]),
        constant("last", [2**31]),
        constant("axis", [1]),
        constant("every", [EVERY]),
        constant("divisor", EVERY),
        constant("more", EVERY - 1),
    ]
    nodes = [
        helper.make_node("Slice", ["x", "first", "last", "axis", "every"], ["y"]),
        helper.make_node("MatMul", ["y", "w"], ["m"]),
        helper.make_node("Add", ["m", "b"], ["l"]),
        helper.make_node("LogSoftmax", ["l"], ["log_probs"], axis=2),
        helper.make_node("Add", ["x_lens", "more"], ["p"]),
        helper.make_node("Div", ["p", "divisor"], ["log_probs_len"]),
    ]
    given = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "T", 80]),
        helper.make_tensor_value_info("x_lens", TensorProto.INT64, ["N"]),
    ]
    made = [
        helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["N", "S", 3]),
        helper.make_tensor_value_info("log_probs_len", TensorProto.INT64, ["N"]),
    ]
    graph = helper.make_graph(nodes, "loud", given, made, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in {"model_type": "zipformer2_ctc", "version": "1", "comment": "loud"}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    Path(__file__).with_name("model.onnx").write_bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
