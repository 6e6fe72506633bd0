"""The shipped reader as weights to train on from: ``--begin-from reader.int8.onnx`` in `train`.

The int8 matrices are multiplied out again. What rounding took is lost (a step is at most a 63rd of
a channel's largest weight), which the first hundred steps of training make good.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from qa.reader.export import DATA

SHIPPED = DATA / "reader.int8.onnx"
_EMBEDDINGS = "encoder.embeddings.word_embeddings"


def unpack(path: Path = SHIPPED) -> dict[str, Tensor]:
    """The state of a `qa.reader.network.ReaderNetwork`, float32, out of what `export` wrote.

    Raises
    ------
    ValueError
        If the file holds a matrix that stands at no layer of the network.
    """
    graph = onnx.load(str(path)).graph
    kept = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    state = {
        name: torch.tensor(array)
        for name, array in kept.items()
        if name.endswith((".weight", ".bias"))
    }
    rows = kept[f"{_EMBEDDINGS}.rows"].astype(np.float32)
    state[f"{_EMBEDDINGS}.weight"] = torch.tensor(rows * kept[f"{_EMBEDDINGS}.scale"])
    for node in graph.node:
        if node.op_type not in ("MatMulInteger", "MatMul") or node.input[1] not in kept:
            continue
        matrix = kept[node.input[1]].astype(np.float32)
        if node.op_type == "MatMulInteger":
            stem = node.input[1].removesuffix("_quantized")
            matrix = (matrix - kept[f"{stem}_zero_point"]) * kept[f"{stem}_scale"]
        # "/encoder/…/layer.0/…/query/product/MatMul_quant" → "encoder.….layer.0.….query"
        place, slash, _ = node.name.removeprefix("/").rpartition("/")
        if not slash:
            raise ValueError(f"{path} holds a matrix at {node.name!r}, which is no layer's")
        layer = place.removesuffix("/product").replace("/", ".")
        # What smoothing multiplied the channels with (`index.int8`).
        inverse = kept.get(f"{layer}.inverse", np.float32(1.0))
        state[f"{layer}.weight"] = torch.tensor(matrix.T * inverse)
    for name in [name for name in state if ".self.projection." in name]:
        parts = state.pop(name).chunk(3)
        for attribute, part in zip(("query", "key", "value"), parts, strict=True):
            state[name.replace("projection", attribute)] = part
    return state
