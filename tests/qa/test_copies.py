"""A wire story printed by several outlets is shown once, and says where else it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from qa import Answer, Assistant
from qa.cli import main
from qa.terminal import answer_text
from qa.web.render import plain_text, render_answer

FIRST = (
    "A cargo train carrying grain left the rails outside the town of Varbo early on Tuesday, "
    "blocking the only line between the coast and the capital."
)
TOLL = "Eleven wagons overturned in the derailment at Varbo and 14 passengers were injured."
MIDDLE = (
    "Engineers expect to lift the wagons before the weekend, but the track itself may take a "
    "fortnight to mend. Farmers fear that part of the harvest will miss its ships."
)
MINISTER = "The transport minister, Ada Holm, promised an inquiry into the state of the sleepers."
QUESTION = "How many passengers were injured in the derailment at Varbo?"
# The outlets that printed one story.
WIRE = ["Grainwire", "North Herald", "South Mail"]


def text(*sentences: str) -> str:
    return " ".join(sentences)


RECORDS = [
    ("agency", "Grainwire", "2024-03-05", text(FIRST, TOLL, MIDDLE, MINISTER)),
    ("north", "North Herald", "2024-03-06", text(FIRST, TOLL, MIDDLE.upper(), MINISTER)),
    (
        "south",
        "South Mail",
        "2024-03-07",
        text(FIRST, TOLL.replace("Eleven wagons overturned", "Eleven cars overturned"), MIDDLE),
    ),
    # The same story a day later: its toll is another one.
    ("update", "Grainwire", "2024-03-08", text(FIRST, TOLL.replace("14", "19"), MIDDLE, MINISTER)),
    # A report of its own.
    (
        "own",
        "The Varbo Times",
        "2024-03-06",
        (
            "Doctors at the hospital in Varbo said that 14 passengers were injured when a train "
            "derailed at the edge of town. Two were flown to the capital. A nurse described a "
            "night without sleep and thanked neighbours who had brought blankets and soup."
        ),
    ),
]


@pytest.fixture(scope="module")
def varbo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    file = tmp_path_factory.mktemp("varbo") / "varbo.jsonl"
    lines = [
        json.dumps({"id": name, "source": outlet, "date": day, "title": f"Train at Varbo ({name})",
                    "text": body})
        for name, outlet, day, body in RECORDS
    ]  # fmt: skip
    file.write_text("\n".join(lines) + "\n")
    with Assistant.open(file) as assistant:
        yield assistant


def toll_citations(answer: Answer) -> list[tuple[str, set[str]]]:
    return [(c.article_id, {c.article_id, *c.also_in}) for c in answer.citations if "14" in c.quote]


def test_a_sentence_of_near_copies_is_cited_once_with_the_others_named(varbo: Assistant) -> None:
    # Of the injured a fifth article tells, too; which is quoted depends on the CPU.
    answer = varbo.ask("How many wagons overturned in the derailment at Varbo?")
    assert not answer.declined
    cited = {c.article_id: c for c in answer.citations}
    early = [c for c in answer.citations if "overturned" in c.quote and "14" in c.quote]
    late = [c for c in answer.citations if "overturned" in c.quote and "19" in c.quote]
    # The later toll is another sentence, and is told beside the earlier one.
    assert len(early) <= 1
    assert len(late) <= 1
    for citation in early:
        assert {citation.article_id, *citation.also_in} == {"agency", "north", "south"}
    for citation in late:
        assert citation.also_in == ()
    assert early or late
    for citation in cited.values():
        assert len(citation.also_in) == len(citation.also_in_sources)


def test_another_toll_is_not_the_same_sentence(varbo: Assistant) -> None:
    early = varbo.ask(QUESTION, as_of="2024-03-07", sources=WIRE)
    wire = next(c for c in early.citations if "overturned" in c.quote)
    assert {wire.article_id, *wire.also_in} == {"agency", "north", "south"}
    late = varbo.ask(QUESTION, since="2024-03-08")
    (only,) = late.citations[:1]
    assert (only.article_id, only.also_in) == ("update", ())


def test_near_copies_count_as_one_independent_source(varbo: Assistant) -> None:
    wire = varbo.ask(QUESTION, sources=["Grainwire", "North Herald", "South Mail"])
    assert wire.citations
    assert wire.n_independent_sources == 1
    passages = varbo.ask(QUESTION, mode="passages")
    assert "own" in {c.article_id for c in passages.citations}
    assert passages.n_independent_sources == 2
    assert varbo.ask("What is the capital of Mongolia?").n_independent_sources == 0


def test_a_repeated_passage_is_one_hit(varbo: Assistant) -> None:
    for mode in ("answer", "passages"):
        answer = varbo.ask(QUESTION, mode=mode, as_of="2024-03-06")
        shown = {hit.article.id: set(hit.also_in) for hit in answer.hits}
        assert ("agency" in shown) != ("north" in shown)
        assert shown.get("agency", {"agency"}) == {"north"} or shown.get("north") == {"agency"}
        assert shown["own"] == set()
    assert [(c.article_id, c.also_in) for c in answer.citations] == [
        (hit.article.id, hit.also_in) for hit in answer.hits
    ]


def test_copies_that_the_conditions_leave_out_are_not_named(varbo: Assistant) -> None:
    answer = varbo.ask(QUESTION, as_of="2024-03-05")
    assert {c.article_id: c.also_in for c in answer.citations}["agency"] == ()
    only = varbo.ask(QUESTION, sources=["South Mail"])
    assert {hit.also_in for hit in only.hits} == {()}


def test_k_hits_are_given_though_copies_stand_between(varbo: Assistant) -> None:
    hits = varbo.ask(QUESTION, mode="passages", k=2, as_of="2024-03-06").hits
    assert {"own"} < {hit.article.id for hit in hits}
    assert len(hits) == 2


def test_the_contract_of_also_in(varbo: Assistant) -> None:
    answer = varbo.ask(QUESTION, as_of="2024-03-07", sources=WIRE)
    told = json.loads(json.dumps(answer.to_dict()))
    wire = next(c for c in told["citations"] if "overturned" in c["quote"])
    outlets = {name: outlet for name, outlet, *_ in RECORDS}
    assert wire["also_in_sources"] == [outlets[name] for name in wire["also_in"]]
    assert told["n_independent_sources"] == answer.n_independent_sources
    hit = next(p for p in told["passages"] if p["article_id"] == wire["article_id"])
    assert set(wire["also_in"]) <= {"agency", "north", "south"}
    assert isinstance(hit["also_in"], list)


def test_every_door_names_the_other_outlets(
    varbo: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = varbo.ask(QUESTION, as_of="2024-03-06", sources=["Grainwire", "North Herald"])
    (wire,) = answer.citations
    (other,) = {"Grainwire", "North Herald"} - {wire.source}
    assert f"\n    also in: {other}\n" in answer_text(answer)
    assert "1 independent source; near-copies of one story count once" in answer_text(answer)
    assert f'<span class="also">also in {other}</span>' in render_answer(answer)
    assert f"also in {other})" in plain_text(answer)
    assert main(["status", "--corpus", varbo.status().path]) == 0
    assert "articles" in capsys.readouterr().out
