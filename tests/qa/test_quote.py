"""Quotes are found as they were printed, with what differs; what was not printed is not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Assistant, QuestionError, QuoteLookup
from qa.cli import main
from qa.quote_words import read_quote

ARTICLES = [
    {
        "id": "quay-fire",
        "title": "Fire guts sail loft on Tanner's Quay",
        "source": "The Marlow Gazette",
        "author": "Edda Brook",
        "date": "2024-05-02",
        "url": "https://gazette.example/quay-fire",
        "text": "A fire destroyed the sail loft on Tanner’s Quay late on Wednesday — the third "
        "blaze there in a year.\n\n“We won’t rebuild until somebody tells us why the hydrants were "
        "dry,” said owner Ruth Amsler. She put the damage at $1.2 million and said 14 sails were "
        "lost."
        "\n\nThe harbour master, Piers Oldcastle, called the claim “a cruel fairy-tale”. He said "
        "the hydrants had been tested twice since March and that both tests were filmed.",
    },
    {
        "id": "quay-fire-wire",
        "title": "Sail loft burns down",
        "source": "Coastwire",
        "date": "2024-05-03",
        "url": "https://coastwire.example/loft",
        "text": "Investigators returned on Thursday to a burnt-out loft in Marlow harbour.\n\nRuth "
        "Amsler, its owner, told Coastwire: “We won’t rebuild until somebody tells us why the "
        "hydrants were dry.” Insurers declined to comment on the policy, which ends in June.",
    },
    {
        "id": "ferry-fares",
        "title": "Ferry fares frozen for two winters",
        "source": "The Marlow Gazette",
        "date": "2023-11-20",
        "url": "https://gazette.example/fares",
        "text": "Fares on the Marlow ferry will not rise before 2026, the operator said on Monday. "
        "The company carried 412,000 passengers last year, 9 percent more than in 2022.\n\n"
        "Ремонт причала начнётся весной, сообщила компания.\n\n"
        "港口管理局说码头的修理工作将在明年春天开始。",
    },
    {
        "id": "no-headline",
        "source": "Harbour Notes",
        "text": "The tide tables for the coming season are sold out, and no reprint is planned. "
        "The hydrants were dry in the winter as well, a reader writes.",
    },
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    file = tmp_path_factory.mktemp("quotes") / "articles.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in ARTICLES), encoding="utf-8")
    with Assistant.open(file) as opened:
        yield opened


def ids(lookup: QuoteLookup) -> list[str]:
    return [match.article_id for match in lookup.matches]


def text_of(assistant: Assistant, article_id: str) -> str:
    return assistant.article(article_id).text


def test_a_quote_tells_who_printed_it_when_and_where(assistant: Assistant) -> None:
    lookup = assistant.quote("the hydrants had been tested twice since March")
    (match,) = lookup.matches
    assert lookup.found
    assert match.exactness == "exact"
    assert match.title == "Fire guts sail loft on Tanner's Quay"
    assert (match.source, match.author) == ("The Marlow Gazette", "Edda Brook")
    assert match.published is not None
    assert match.published.isoformat() == "2024-05-02"
    assert match.url == "https://gazette.example/quay-fire"
    text = text_of(assistant, "quay-fire")
    assert text[match.start : match.end] == match.quote
    assert match.quote == "the hydrants had been tested twice since March"
    (sentence,) = match.sentences
    assert text[sentence.start : sentence.end] == sentence.text
    assert sentence.text.startswith("He said the hydrants")
    assert sentence.text.endswith("filmed.")


@pytest.mark.parametrize(
    "pasted",
    [
        "we won't rebuild until somebody tells us why the hydrants were dry",
        '"We won\'t rebuild until somebody tells us\nwhy the hydrants were dry,"',
        "WE WONT REBUILD UNTIL SOME-\nBODY TELLS US WHY THE HYDRANTS WERE DRY",
        "> We won’t rebuild – until somebody tells us – why the hydrants were dry!",
        "‘We won´t rebuild ... why the hydrants were dry’",
        "We won't rebuild [...] somebody tells us […] the hydrants were dry",
        "[W]e won’t rebuild until somebody tells us why the hydrants were dry [sic] [1]",
    ],
)
def test_marks_breaks_capitals_and_ellipses_do_not_matter(
    assistant: Assistant, pasted: str
) -> None:
    lookup = assistant.quote(pasted)
    # The older report first, and the other one, which is no copy of it.
    assert ids(lookup) == ["quay-fire", "quay-fire-wire"]
    assert {match.exactness for match in lookup.matches} == {"same words"}
    told = [each for match in lookup.matches for each in match.differences]
    assert all((each.kind, each.concerns) == ("left out", None) for each in told)
    assert bool(told) == ("..." in pasted or "…" in pasted)
    assert lookup.n_independent_sources == 2


def test_an_ellipsis_tells_how_much_it_leaves_out(assistant: Assistant) -> None:
    lookup = assistant.quote("A fire destroyed the sail loft … the third blaze there in a year")
    (match,) = lookup.matches
    assert match.words_left_out == len("on Tanner’s Quay late on Wednesday".split())
    (hidden,) = match.differences
    assert (hidden.kind, hidden.printed) == ("left out", "on Tanner’s Quay late on Wednesday")
    assert [place.text for place in match.places] == [
        "A fire destroyed the sail loft",
        "the third blaze there in a year",
    ]


def test_an_ellipsis_that_hides_a_negation_says_so(assistant: Assistant) -> None:
    lookup = assistant.quote("Fares on the Marlow ferry will … rise before 2026, the operator said")
    (match,) = lookup.matches
    assert match.exactness == "same words"
    assert [(each.kind, each.printed, each.concerns) for each in match.differences] == [
        ("left out", "not", "negation")
    ]
    assert lookup.text == "The same words stand in one article; a negation differs."


def test_pieces_in_the_wrong_order_or_of_two_articles_are_no_quote(assistant: Assistant) -> None:
    turned = assistant.quote("the third blaze there in a year … A fire destroyed the sail loft")
    assert not turned.found
    mixed = assistant.quote("A fire destroyed the sail loft … the policy, which ends in June")
    assert not mixed.found
    assert mixed.text == "Not in this collection."


def test_a_changed_word_is_shown_with_the_printed_one(assistant: Assistant) -> None:
    lookup = assistant.quote("He said the hydrants had been checked twice since March and that")
    (match,) = lookup.matches
    assert match.exactness == "differs"
    assert [(each.kind, each.quoted, each.printed) for each in match.differences] == [
        ("changed", "checked", "tested")
    ]
    assert match.concerns == ()
    assert lookup.text.startswith("Not word for word")


@pytest.mark.parametrize(
    ("pasted", "concern", "quoted", "printed"),
    [
        ("She put the damage at $1.4 million and said 14 sails were lost", "number", "1.4", "1.2"),
        ("She put the damage at €1.2 million and said 14 sails were lost", "number", "€", "$"),
        ("Fares on the Marlow ferry will rise before 2026, operators say", None, "", ""),
        ("on the Marlow ferry will rise before 2026, the operator said", "negation", "", "not"),
        ("that both tests were not filmed, the hydrants had been tested", None, "", ""),
    ],
)
def test_another_number_or_negation_is_named(
    assistant: Assistant, pasted: str, concern: str | None, quoted: str, printed: str
) -> None:
    lookup = assistant.quote(pasted)
    if concern is None:
        assert not lookup.found
        return
    (match,) = lookup.matches
    assert match.exactness == "differs"
    assert match.concerns == (concern,)
    assert [(each.quoted, each.printed) for each in match.differences] == [(quoted, printed)]


def test_a_number_in_words_is_the_same_number(assistant: Assistant) -> None:
    lookup = assistant.quote("She put the damage at $1.2 million and said fourteen sails were lost")
    (match,) = lookup.matches
    assert [(each.quoted, each.printed) for each in match.differences] == [("fourteen", "14")]
    assert match.concerns == ()


def test_what_a_quoter_put_in_brackets_is_told_as_such(assistant: Assistant) -> None:
    lookup = assistant.quote("[The owner] put the damage at $1.2 million and said 14 [...] lost")
    (match,) = lookup.matches
    assert [(each.kind, each.quoted, each.printed) for each in match.differences] == [
        ("bracketed", "[The owner]", ""),
        ("left out", "…", "sails were"),
    ]
    lookup = assistant.quote("She put [not] the damage at $1.2 million and said 14 sails were lost")
    assert lookup.matches[0].concerns == ("negation",)
    assert lookup.matches[0].exactness == "differs"


def test_a_quote_may_run_from_the_headline_into_the_text(assistant: Assistant) -> None:
    lookup = assistant.quote("Sail loft burns down\n\nInvestigators returned on Thursday")
    (match,) = lookup.matches
    assert [place.part for place in match.places] == ["headline", "body"]
    assert match.places[0].start is None
    assert match.start == 0
    headline = assistant.quote("sail loft burns down").matches[0]
    assert (headline.start, headline.end, headline.quote) == (None, None, "Sail loft burns down")


@pytest.mark.parametrize(
    "pasted",
    ["Ремонт причала начнётся весной", "РЕМОНТ причала начнется весной", "码头的修理工作将在明年"],
)
def test_other_scripts_are_found(assistant: Assistant, pasted: str) -> None:
    assert ids(assistant.quote(pasted)) == ["ferry-fares"]


@pytest.mark.parametrize(
    "pasted",
    [
        "The lighthouse keeper refused to hand over the logbook to the police",
        "said on Monday that the operator will not",
        "zzz",
        "他们说春天没有来",
    ],
)
def test_what_was_not_printed_is_not_found(assistant: Assistant, pasted: str) -> None:
    lookup = assistant.quote(pasted)
    assert not lookup.found
    assert lookup.matches == ()
    assert lookup.text == "Not in this collection."
    assert lookup.n_searched == len(ARTICLES)


def test_nearest_passages_are_offered_apart(assistant: Assistant) -> None:
    lookup = assistant.quote("The hydrants on the quay were painted red by the harbour master")
    assert not lookup.found
    assert "quay-fire" in [hit.article.id for hit in lookup.nearest]


def test_a_short_phrase_lists_every_article(assistant: Assistant) -> None:
    lookup = assistant.quote("hydrants were dry")
    assert ids(lookup) == ["quay-fire", "quay-fire-wire", "no-headline"]
    assert lookup.n_articles == 3
    assert ids(assistant.quote("hydrants were dry", k=1)) == ["quay-fire"]
    assert assistant.quote("the").found


def test_conditions_leave_articles_out(assistant: Assistant) -> None:
    assert ids(assistant.quote("hydrants were dry", sources="Coastwire")) == ["quay-fire-wire"]
    assert ids(assistant.quote("hydrants were dry", until="2024-05-02")) == ["quay-fire"]
    with pytest.raises(ValueError, match=r"since \(2024-05-03\) lies after until"):
        assistant.quote("hydrants", since="2024-05-03", until="2024-05-02")


@pytest.mark.parametrize("pasted", ["", " \n", "…", "“ — ”", "[sic]"])
def test_a_quote_without_words_is_refused(assistant: Assistant, pasted: str) -> None:
    with pytest.raises(QuestionError, match="the quote is empty; paste the words"):
        assistant.quote(pasted)


def test_a_quote_that_is_too_long_is_refused(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="10,001 characters, at most 10,000"):
        assistant.quote("x" * 10_001)
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        assistant.quote("x", k=0)


def test_a_whole_article_with_a_slip_is_found(assistant: Assistant) -> None:
    whole = text_of(assistant, "quay-fire").replace("hydrants had", "pumps had")
    (match,) = assistant.quote(whole).matches
    assert match.article_id == "quay-fire"
    assert [(each.quoted, each.printed) for each in match.differences] == [("pumps", "hydrants")]


@pytest.mark.parametrize(
    "pasted",
    ["hydrants \ud800 were\x00 dry", "said … " * 1_200, "[" * 5_000 + "tide", "港口管理局" * 1_000],
)
def test_odd_input_is_looked_up_all_the_same(assistant: Assistant, pasted: str) -> None:
    lookup = assistant.quote(pasted)
    assert lookup.found == ("hydrants" in pasted or "tide" in pasted)
    assert lookup.quote == pasted


def test_words_keep_their_places() -> None:
    pasted = "“Don’t pay £1,000,” he’d said"
    (piece,) = read_quote(pasted).pieces
    assert piece.keys == ["dont", "pay", "£", "1000", "hed", "said"]
    assert pasted[piece.words[4].start : piece.words[4].end] == "he’d"


def test_json_holds_all_that_the_object_does(assistant: Assistant) -> None:
    told = json.loads(json.dumps(assistant.quote("hydrants were dry").to_dict()))
    assert told["found"]
    assert told["n_articles"] == 3
    assert told["matches"][0]["published"] == "2024-05-02"
    assert told["matches"][0]["places"][0]["part"] == "body"


def test_a_near_copy_says_whose_it_is(tmp_path: Path) -> None:
    text = " ".join(
        f"Sentence {n} of the wire report tells of the harbour and its {n} cranes."
        for n in range(9)
    )
    wire = [
        {"id": "first", "title": "One", "source": "Wire", "date": "2024-01-01", "text": text},
        {
            "id": "copy",
            "title": "Two",
            "source": "Post",
            "date": "2024-01-02",
            "text": text + " End.",
        },
        {
            "id": "other",
            "title": "Three",
            "source": "Echo",
            "date": "2024-01-03",
            "text": "We wrote: sentence 3 of the wire report tells of the harbour and its 3 "
            "cranes.",
        },
    ]
    file = tmp_path / "wire.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in wire), encoding="utf-8")
    with Assistant.open(file) as opened:
        lookup = opened.quote("sentence 3 of the wire report tells of the harbour and its 3 cranes")
    assert [(match.article_id, match.copy_of) for match in lookup.matches] == [
        ("first", None),
        ("copy", 1),
        ("other", None),
    ]
    assert (lookup.n_articles, lookup.n_independent_sources) == (3, 2)


def test_words_that_were_edited_away_are_found_in_the_earlier_version(tmp_path: Path) -> None:
    record = {
        "id": "toll",
        "title": "Bridge toll",
        "date": "2024-04-01",
        "text": "The minister said the toll on the Orrin bridge would be 12 crowns from May. She "
        "thanked the builders.",
    }
    file = tmp_path / "articles.jsonl"
    pasted = "the toll on the Orrin bridge would be 12 crowns from May"
    file.write_text(json.dumps(record), encoding="utf-8")
    with Assistant.open(file) as opened:
        before = opened.quote(pasted).matches[0]
    assert before.is_current
    changed = record["text"].replace("12 crowns", "15 crowns")
    file.write_text(json.dumps({**record, "text": changed}), encoding="utf-8")
    with Assistant.open(file) as opened:
        lookup = opened.quote(pasted)
        then, now = lookup.matches
        assert lookup.n_articles == 1
        assert (then.is_current, then.exactness) == (False, "exact")
        assert then.content_sha256 == before.content_sha256
        version = opened.article("toll", then.content_sha256)
        assert version.text[then.start : then.end] == pasted
        assert (now.is_current, now.exactness, now.concerns) == (True, "differs", ("number",))


def test_a_caption_and_boilerplate_are_told_as_such(bundled: Assistant) -> None:
    (match,) = bundled.quote("The Russian flag waving in front of the Kremlin in Moscow").matches
    assert [place.part for place in match.places] == ["caption"]
    (match,) = bundled.quote(
        "Commander of the Quds Force Esmail Qaani, with Iranian Revolutionary Guard Corps Chief"
    ).matches
    assert match.places[0].part == "caption"


def test_a_quote_runs_on_over_boilerplate_in_its_midst(bundled: Assistant) -> None:
    article = bundled.article("blinken-netanyahu-iran-and-ukraine.txt")
    at = article.text.index("Video of day")
    before, after = article.text[:at].split()[-12:], article.text[at:].split()[3:15]
    (match,) = bundled.quote(" ".join([*before, *after])).matches
    assert (match.exactness, match.differences, match.score) == ("same words", (), 1.0)
    assert [place.part for place in match.places] == ["body", "body"]
    assert all("Video of day" not in place.text for place in match.places)
    assert all("Video of day" not in sentence.text for sentence in match.sentences)


def test_a_quote_within_a_quote_is_found(bundled: Assistant) -> None:
    article = bundled.article("qaani-retaliation-and-russia-in-africa.txt#2")
    at = article.text.index('"sensitive')
    pasted = article.text[at - 40 : at + 60]
    for marks in ("“”", "‘’", "«»"):
        nested = f"“He said: {pasted.replace(chr(34), marks[0])}”"
        lookup = bundled.quote(nested.removeprefix("“He said: "))
        assert [match.article_id for match in lookup.matches] == [article.id]


@pytest.fixture
def corpus(assistant: Assistant) -> str:
    return assistant.status().corpus


def test_the_command_tells_where_the_words_stand(
    corpus: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    pasted = "She put the damage at $1.4 million and said 14 sails were lost"
    assert main(["quote", pasted, "--corpus", corpus]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "Not word for word: words much like these stand in one article; a number differs.",
        "",
        "[1] Fire guts sail loft on Tanner's Quay",
        "    Edda Brook, The Marlow Gazette · 2024-05-02 · https://gazette.example/quay-fire",
        "    “She put the damage at $1.2 million and said 14 sails were lost.”",
        "    not word for word; a number differs; characters 196 to 258",
        "    - quoted “1.4”, printed “1.2” (a number differs)",
    ]


def test_the_command_reads_stdin_and_prints_json(
    corpus: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hydrants\nwere dry\n"))
    assert main(["quote", "-", "--json", "-k", "1", "--corpus", corpus]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["n_articles"] == 3
    assert [match["article_id"] for match in told["matches"]] == ["quay-fire"]


def test_not_found_is_no_failure_and_nothing_to_look_up_is_wrong_usage(
    corpus: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quote", "a walrus in the bell tower at dawn", "--corpus", corpus]) == 0
    assert capsys.readouterr().out.startswith("Not in this collection. 4 articles were searched.")
    for arguments, message in (
        (["quote"], "the quote is empty; paste the words"),
        (["quote", "x" * 10_001], "the quote has 10,001 characters"),
        (["quote", "words", "-k", "0"], "-k must be at least 1, got 0"),
        (["quote", "words", "--since", "May"], "since is 'May', which is no date"),
    ):
        assert main([*arguments, "--corpus", corpus]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert message in err
        assert err.count("\n") == 1
