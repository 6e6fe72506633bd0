"""BERT's attention merged into one operator: the same states, in torch and in ONNX."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from index.merged_attention import merge_attention, operator_sets
from index.onnx_session import open_session

IDS = torch.tensor([[2, 17, 5, 33, 8, 41, 3]])


@pytest.fixture
def bert() -> BertModel:
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=50,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=32,
    )
    return BertModel(config, add_pooling_layer=False).eval()


class _States(torch.nn.Module):
    def __init__(self, network: BertModel) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.network(input_ids=ids).last_hidden_state
        return found


def states(network: torch.nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = network(IDS).last_hidden_state
    return found


def test_merged_attention_computes_the_same(bert: BertModel) -> None:
    merged = copy.deepcopy(bert)
    merge_attention(merged)
    assert not any(name.endswith(".query") for name, _ in merged.named_modules())
    torch.testing.assert_close(states(merged), states(bert), rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_an_export_runs_it_as_one_operator(bert: BertModel, tmp_path: Path) -> None:
    import onnx

    expected = states(bert)
    merge_attention(bert)
    file = tmp_path / "bert.onnx"
    torch.onnx.export(
        _States(bert),
        (IDS,),
        str(file),
        input_names=["ids"],
        output_names=["states"],
        dynamic_axes={"ids": {0: "texts", 1: "pieces"}, "states": {0: "texts", 1: "pieces"}},
        opset_version=17,
        custom_opsets=operator_sets(bert),
        dynamo=False,
    )
    operators = [node.op_type for node in onnx.load(str(file)).graph.node]
    assert operators.count("MultiHeadAttention") == 2
    assert "Softmax" not in operators
    (found,) = open_session(str(file)).run(["states"], {"ids": IDS.numpy()})
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5)


def test_attention_of_another_kind_is_left_as_it_is() -> None:
    torch.manual_seed(7)
    config = DistilBertConfig(vocab_size=50, dim=24, n_layers=1, n_heads=3, hidden_dim=32)
    other = DistilBertModel(config).eval()
    expected = states(other)
    merge_attention(other)
    assert operator_sets(other) == {}
    torch.testing.assert_close(states(other), expected, rtol=0, atol=0)
