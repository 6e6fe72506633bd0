"""What the tools of `qa mcp` give, as JSON Schema: the JSON of the shell, described for agents.

Fields may be added to that JSON; so the schemas name and describe what there is and forbid
nothing else.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
_ARTICLE: Schema = {
    "article_id": {"type": "string", "description": "Pass it to read_article."},
    "title": {**_NULLABLE_TEXT, "description": "Headline."},
    "source": {**_NULLABLE_TEXT, "description": "Outlet."},
    "author": _NULLABLE_TEXT,
    "published": {**_NULLABLE_TEXT, "description": "Day of publication, YYYY-MM-DD."},
    "url": _NULLABLE_TEXT,
}
_PLACE: Schema = {
    "start": {"type": "integer", "description": "First character in the article's text."},
    "end": {"type": "integer", "description": "The character after the last."},
    "content_sha256": {"type": "string", "description": "Names this version of the article."},
}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


_CITATION = _object(
    {
        "marker": {"type": "integer", "description": "The [n] in the answer that refers to it."},
        "quote": {"type": "string", "description": "Verbatim words of the article."},
        **_ARTICLE,
        **_PLACE,
    }
)
_PASSAGE = _object(
    {
        **_ARTICLE,
        "text": {"type": "string", "description": "Verbatim words of the article."},
        **_PLACE,
        "score": {"type": "number", "description": "Higher is better, within one search only."},
    }
)

ANSWER: Schema = _object(
    {
        "question": {"type": "string"},
        "answer": {
            "type": "string",
            "description": "Sentences of the articles with their [n], or that they do not tell.",
        },
        "short_answer": {**_NULLABLE_TEXT, "description": "The bare answer, where one is sure."},
        "declined": {
            "type": "boolean",
            "description": "True where the articles do not tell: then nothing is cited, and the "
            "passages are merely the nearest ones.",
        },
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "citations": _list(_CITATION, "One for each [n] in the answer."),
        "passages": _list(_PASSAGE, "What was found, best first."),
        "understood": {
            "type": "object",
            "description": "How the question was read: the query that was searched, filters, "
            "preferences, words put right.",
        },
    }
)

ARTICLE: Schema = _object(
    {
        **_ARTICLE,
        "content_sha256": _PLACE["content_sha256"],
        "text": {"type": "string", "description": "Characters start to end of the article."},
        **{name: _PLACE[name] for name in ("start", "end")},
        "length": {"type": "integer", "description": "Characters of the whole article."},
        "spans": _list(
            _object(
                {
                    "kind": {"enum": ["boilerplate", "byline", "caption", "headline"]},
                    "start": {"type": "integer"},
                    "end": {"type": "integer"},
                }
            ),
            "Stretches of the whole article that are no body text.",
        ),
        "source_state": {
            "type": "string",
            "description": "What has become of the file since it was indexed.",
        },
    }
)

_MATCH = _object(
    {
        "marker": {"type": "integer", "description": "Its number among the matches, from 1."},
        "exactness": {
            "enum": ["exact", "same words", "differs"],
            "description": "To the letter; in punctuation and capitals only; or in words, which "
            "differences then tells.",
        },
        "score": {"type": "number", "description": "The share of the quote that stands there."},
        "quote": {"type": "string", "description": "What is printed, verbatim."},
        "sentences": _list(
            _object({"text": {"type": "string"}}), "The whole sentences in which it stands."
        ),
        "differences": _list(
            _object(
                {
                    "kind": {"enum": ["changed", "missing", "added", "bracketed", "left out"]},
                    "quoted": {"type": "string"},
                    "printed": {"type": "string"},
                    "concerns": {
                        "enum": ["number", "negation", None],
                        "description": "What in it turns the meaning.",
                    },
                }
            ),
            "Where the pasted words are not the printed ones.",
        ),
        **_ARTICLE,
        "content_sha256": _PLACE["content_sha256"],
        **{
            name: {"type": ["integer", "null"], "description": "Null in a headline alone."}
            for name in ("start", "end")
        },
        "copy_of": {
            "type": ["integer", "null"],
            "description": "The marker of an earlier match that prints the same story.",
        },
    }
)

QUOTE: Schema = _object(
    {
        "quote": {"type": "string"},
        "answer": {
            "type": "string",
            "description": "Where it stands, in a sentence; or that it is not in this collection.",
        },
        "found": {"type": "boolean"},
        "matches": _list(_MATCH, "The articles that print it: exact ones first, then by date."),
        "n_articles": {"type": "integer", "description": "How many articles print it."},
        "n_independent_sources": {
            "type": "integer",
            "description": "The same, near-copies of one story counted once.",
        },
        "is_common": {
            "type": "boolean",
            "description": "Whether so many stories have these words that they tell no one source.",
        },
        "nearest": _list(_PASSAGE, "Where it was not found: similar passages, not the quote."),
    }
)
