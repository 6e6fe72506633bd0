"""What the reader is drilled on, and that what ships can be trained on from."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from qa.reader.roles import RELATIONS, persons_in, pool_of, role_drill

TEXT = (
    "The harbour board met on Monday. Ingrid Solberg, an engineer, spoke first. Solberg said that "
    "the quay would last another winter. The New Harbour Company paid for the meeting."
)
OTHERS = ["Adaeze Nwosu", "Tor Vik", "Nils Berg", "Margit Olsen"]


def test_persons_are_told_from_other_names() -> None:
    assert [TEXT[start:end] for start, end in persons_in(TEXT)] == ["Ingrid Solberg"]
    assert pool_of([TEXT, "Tor Vik (born 1950) is a painter."]) == ["Ingrid Solberg", "Tor Vik"]
    assert persons_in("Nobody was there on Monday.") == []


def test_a_relation_is_asked_from_either_side() -> None:
    asked: set[str] = set()
    for seed in range(600):
        drill = role_drill(TEXT, OTHERS, random.Random(seed))
        assert drill is not None
        (other,) = {name for name in OTHERS if name in drill.text}
        said = {drill.text[start:end] for start, end in drill.answers}
        assert said <= {"Ingrid Solberg", other}
        if other in drill.question:
            # Who stands in the question is no answer to it.
            assert said <= {"Ingrid Solberg"}
        elif "Solberg" in drill.question:
            assert said <= {other}
        else:
            assert not said, drill.question
        asked |= said
        # Nothing of the paragraph is lost.
        assert set(re.findall(r"\w+", TEXT)) <= set(re.findall(r"\w+", drill.text))
    assert asked == {"Ingrid Solberg", *OTHERS}


def test_no_form_of_a_relation_is_left_with_a_blank() -> None:
    names = {"a": "A", "b": "B", "s": "S", "r": "mayor"}
    for relation in RELATIONS:
        for form in (*relation.clauses, *relation.sentences, *relation.ask_a, *relation.ask_b):
            assert "{" not in form.format(**names)
        assert all("{b}" in form for form in (*relation.clauses, *relation.ask_a))
        assert not any("{b}" in form for form in relation.ask_b)


def test_a_paragraph_without_persons_gives_no_drill() -> None:
    assert role_drill("Rain fell.", OTHERS, random.Random(1)) is None
    assert role_drill(TEXT, [], random.Random(1)) is None


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
