"""Where sentences begin and end. A wrong bound is a wrong quote: when unsure, do not split."""

from __future__ import annotations

import re

from sentencex import get_sentence_boundaries

# Several sentences inside quotation marks or brackets are kept whole up to this length.
_MAX_QUOTED_CHARS = 500
# How far around the bound between two sentences is looked.
_NEAR = 500
_QUOTES = str.maketrans(dict.fromkeys('"“”„«»()[]', " "))
_OPENING = '"“„«‘(['

# Abbreviations after which a capital letter goes on with the same sentence.
_TITLES = (
    "Mr Mrs Ms Mx Messrs Dr Prof Rev Hon Fr Mme Mlle St Ste Mt Ft Pres Supt Det Insp Gen Maj Col Lt"
    " Capt Cpt Cmdr Cdr Sgt Cpl Pvt Pfc Spc Adm Brig Sen Sens Rep Reps Gov Govs Amb Atty Asst Assoc"
    " Dist Dept Lieut Ald vs ca approx Vol"
)
_PLACES = (
    "Ala Ariz Ark Calif Colo Conn Fla Ill Ind Kan Ky La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla"
    " Ore Pa Tenn Tex Vt Va Wash Wis Wyo"
)
_MONTHS = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
# Some archives are all in capitals; there, place names are left alone (MISS, ORE and LA are words).
_SHORT = "|".join(
    [*f"{_TITLES} {_PLACES} {_MONTHS}".split(), *f"{_TITLES} {_MONTHS}".upper().split(), "[A-Z]"]
)
_GOES_ON = re.compile(rf"(?:^|[\s(“\"‘'\[-])(?:{_SHORT})\s?\.$")
_COUNTS_ON = re.compile(r"\b(?:[Nn]os?|NOS?|[Aa]rt|[Ff]igs?|[Cc]h|[Ss]ec|[Pp]pp?|[Pp]t)\s?\.$")
# Endings that also close sentences: split only before a word that clearly opens one.
_MAY_GO_ON = re.compile(
    r"(?:(?:\b[A-Z]\s?\.\s?){2,}|\b(?:Inc|Corp|Co|Ltd|Bros|Cos|Jr|Sr|etc|al|Ave|Blvd|Rd)\s?\.)$",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b[ap]\s?\.\s?m\s?\.$", re.IGNORECASE)
_AFTER_CLOCK = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|May|June|July|August|September"
    r"|October|November|December|Jan\.|Feb\.|Mar\.|Apr\.|Aug\.|Sept?\.|Oct\.|Nov\.|Dec\.|Eastern"
    r"|Central|Mountain|Pacific|Local|[A-Z]{2,4}\b(?<!IT)(?<!HE)(?<!WE)|\d|\()",
)
_OPENERS = frozenset(
    "a after all also although an and another any as asked at because before both but by despite"
    " during each earlier even every for from given he her his how however i if in instead it its"
    " last later many meanwhile more most mr mrs ms my no nor not now of on once one only or other"
    " our over she since so some such than that the their then there these they this those though"
    " through to today two under until we what when where which while who why with yet"
    " you your".split()
)
_ENUMERATOR = re.compile(r"^\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]$")
_ENDS_SENTENCE = re.compile(r"[.!?…:;。！？][\"”’')\]»]*$")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The bounds of the sentences in ``text[start:end]``.

    A line end closes a paragraph, and with it the sentence, except where the text is hard-wrapped.

    Parameters
    ----------
    text : str
        The whole text; the bounds count its characters.
    start, end : int
        The stretch to look at, half-open; by default all of it.

    Returns
    -------
    list of (int, int)
        Half-open bounds in order, without white space at either side.

    Examples
    --------
    >>> text = "Gen. Soleimani arrived at 3 p.m. Friday. He left."
    >>> [text[a:b] for a, b in sentence_spans(text)]
    ['Gen. Soleimani arrived at 3 p.m. Friday.', 'He left.']
    """
    stop = len(text) if end is None else end
    spans = []
    for left, right in _paragraphs(text, start, stop):
        spans += _sentences(text, left, right)
    return spans


def _paragraphs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Paragraph bounds: lines, or runs of lines where one was broken for width."""
    lines = [
        (start + match.start(), start + match.end())
        for match in re.finditer(r"[^\n]+", text[start:end])
    ]
    width = max((right - left for left, right in lines), default=0)
    paragraphs: list[tuple[int, int]] = []
    for left, right in lines:
        if paragraphs and _is_wrapped(text, paragraphs[-1], (left, right), width):
            paragraphs[-1] = (paragraphs[-1][0], right)
        else:
            paragraphs.append((left, right))
    return paragraphs


def _is_wrapped(text: str, above: tuple[int, int], line: tuple[int, int], width: int) -> bool:
    """Whether a line goes on with the line above, which was full."""
    if text.count("\n", above[1], line[0]) != 1:
        return False
    upper = text[max(above[0], text.rfind("\n", above[0], above[1]) + 1) : above[1]].rstrip()
    words = text[line[0] : line[1]].split(maxsplit=1)
    if not words or not upper:
        return False
    if not _ENDS_SENTENCE.search(upper) and words[0][0].islower():
        return True
    # The next word would not have fitted: the break was made for width, not for sense.
    return 40 <= width <= 120 and len(upper) + 1 + len(words[0]) > width


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = _repaired(text, _boundaries(text[start:end].replace("\n", " "), start))
    result = []
    for left, right in spans:
        piece = text[left:right]
        if right - left > _MAX_QUOTED_CHARS and piece.translate(_QUOTES) != piece:
            unquoted = _boundaries(piece.translate(_QUOTES).replace("\n", " "), left)
            result += _with_opening_quotes(text, _repaired(text, unquoted))
        else:
            result.append((left, right))
    return [span for pair in result if (span := _stripped(text, *pair)) is not None]


def _boundaries(stretch: str, offset: int) -> list[tuple[int, int]]:
    return [
        (offset + found["start_index"], offset + found["end_index"])
        for found in get_sentence_boundaries("en", stretch)
    ]


def _repaired(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans joined again where the sentence plainly goes on."""
    result: list[tuple[int, int]] = []
    for left, right in spans:
        if result and _goes_on(_end(text, *result[-1]), text[left : min(right, left + _NEAR)]):
            result[-1] = (result[-1][0], right)
        else:
            result.append((left, right))
    return result


def _end(text: str, start: int, end: int) -> str:
    """A stretch, or its end where it is long: sentences joined a thousand times stay cheap."""
    return text[max(start, end - _NEAR) : end]


def _goes_on(before: str, after: str) -> bool:
    before, after = before.rstrip(), after.strip()
    if not any(char.isalnum() for char in before) or not any(char.isalnum() for char in after):
        return True
    if after[0].islower() or after[0] in ",;:)]”’»" or _ENUMERATOR.match(before):
        return True
    if _CLOCK.search(before):
        return _AFTER_CLOCK.match(after) is not None
    if _COUNTS_ON.search(before):
        return after[0].isdigit()
    if _GOES_ON.search(before) and not _MAY_GO_ON.search(before):
        return True
    if _MAY_GO_ON.search(before):
        word = re.match(r"[^\W\d_]+", after.lstrip(_OPENING))
        return word is None or word[0].lower() not in _OPENERS
    return False


def _with_opening_quotes(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Bounds found without quotation marks, moved so that each mark stays with its words."""
    moved = list(spans)
    for place in range(len(moved) - 1):
        (left, right), (_, next_right) = moved[place], moved[place + 1]
        if opening := re.search(r"\s[“\"„«]\s*$", text[left:right]):
            bound = left + opening.start() + 1
            moved[place], moved[place + 1] = (left, bound), (bound, next_right)
    return moved


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
