"""That what ships can be trained on from."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.filterwarnings("ignore")
def test_what_ships_can_be_exported_again_and_says_the_same(tmp_path: Path) -> None:
    import torch

    from qa.reader.export import drift, export
    from qa.reader.network import ReaderNetwork, model_folder
    from qa.reader.unpack import unpack

    network = ReaderNetwork(model_folder(), is_pretrained=False)
    network.load_state_dict(unpack())
    network = network.float().eval()
    export(network, tmp_path / "again.onnx")
    # Of scores that span some twenty points.
    assert drift(network, tmp_path / "again.onnx") < 0.6
    again = unpack(tmp_path / "again.onnx")
    for name, weights in network.state_dict().items():
        # Rounding to seven bits, once more.
        tolerance = 0.08 * float(weights.abs().max())
        torch.testing.assert_close(again[name], weights, rtol=0, atol=tolerance)
