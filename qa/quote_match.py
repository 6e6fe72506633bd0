"""Lay a pasted quote over an article's words: where it stands, and what differs."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.types import Article
from qa.quantities import find_quantities
from qa.quote_types import Change, Concern, Difference
from qa.quote_words import Bracket, PastedQuote, Piece, PrintedWords, words_between
from qa.words import FUNCTION_WORDS, rarity, stem

# What a difference costs, in words of the quote: a misspelling is a slip of the pen; a function
# word is easily put for another; of what was printed and not quoted ("he said") half is forgiven.
_SLIP = 0.3
_FUNCTION_WORD = 0.5
_NOT_QUOTED = 0.5
# Words are misspellings of each other from this similarity on (optimal string alignment).
_SLIP_SIMILARITY = 0.75
_SLIP_CHARACTERS = 4
# Pieces shorter than this must stand word for word; so few words stand in many a text, so that
# they must be near the piece beside them, too.
_SHORT_PIECE = 4
_EVERYDAY_PIECE = 6
_EVERYDAY_REACH = 40
# How often one piece is looked for in one article, and of how many pieces: more dots than that are
# no ellipses.
_MOST_PLACES = 40
_MOST_PIECES = 20
# Of two orders of pieces the one with less left out is meant; it never outweighs a word.
_GAP_COST = 1e-4
# Of an ellipsis so many words are shown.
_MOST_LEFT_OUT = 12
_NUMBER = re.compile(
    r".*\d.*|[%‰°$€£¥₪₽₹₩₺-]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|(?:hundred|thousand|million|billion|trillion|dozen)s?|half|third|quarter|double|triple|twice"
    r"|once|first|second|percent"
)
_NEGATION = frozenset(
    """
    barely cannot hardly neither never no nobody none nor not nothing nowhere rarely scarcely
    seldom without
    aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neednt shant
    shouldnt wasnt werent wont wouldnt
    """.split()
)
_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "mis", "anti")
_SUFFIXES = (("less", "ful"), ("less", ""))


class Block(NamedTuple):
    """Quoted words ``first_quoted:last_quoted`` for which ``first:last`` of the piece stand."""

    first_quoted: int
    last_quoted: int
    first: int
    last: int


_Step = tuple[str, Block]


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    """A piece of a quote laid over the printed words ``first:last``.

    `blocks` are where the two differ; `cost` is what that costs, in words.
    """

    piece: Piece
    first: int
    last: int
    blocks: tuple[Block, ...] = ()
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedQuote:
    """All pieces of a quote, in order, in the words of one article.

    Attributes
    ----------
    printed : PrintedWords
    pieces : tuple of PlacedPiece
    score : float
        In [0, 1]: the share of the quote that stands there; 1 where all words do.
    left_out : int
        Printed words between the pieces.
    """

    printed: PrintedWords
    pieces: tuple[PlacedPiece, ...]
    score: float
    left_out: int

    @property
    def has_only_slips(self) -> bool:
        """Whether nothing differs but that words are misspelt."""
        return all(
            len(quoted) == len(words) == 1 and _is_slip(quoted[0], words[0])
            for each in self.pieces
            for block in each.blocks
            for quoted in (each.piece.keys[block.first_quoted : block.last_quoted],)
            for words in (self.printed.keys[block.first : block.last],)
        )

    @property
    def n_changed(self) -> int:
        """How many quoted words are not in print."""
        return sum(b.last_quoted - b.first_quoted for each in self.pieces for b in each.blocks)

    @property
    def longest_change(self) -> int:
        """The most quoted words in a row that are not in print."""
        return max((_longest(each) for each in self.pieces), default=0)

    @property
    def telling(self) -> float:
        """How telling the words are that stand in both: the sum of their rarities."""
        keys = {
            key
            for each in self.pieces
            for place, key in enumerate(each.piece.keys)
            if key not in FUNCTION_WORDS
            and not any(b.first_quoted <= place < b.last_quoted for b in each.blocks)
        }
        return sum(rarity(stem(key)) for key in keys)

    @property
    def has_same_words(self) -> bool:
        """Whether nothing differs but what the quoter put in brackets."""
        return all(each.cost == 0.0 for each in self.pieces)


def _longest(placed: PlacedPiece) -> int:
    """The most words in a row that differ."""
    longest = row = 0
    end = -1
    for block in placed.blocks:
        row = block.last_quoted - block.first_quoted + (row if block.first_quoted == end else 0)
        longest, end = max(longest, row), block.last_quoted
    return longest


def place_quote(quote: PastedQuote, printed: PrintedWords) -> PlacedQuote | None:
    """The best place of a quote among an article's words; None where some piece has none."""
    placed = []
    if len(quote.pieces) <= _MOST_PIECES:
        placed.append(_whole(quote.pieces, quote, printed))
    if len(quote.pieces) > 1:
        # Where the dots are the article's own, or a pause, nothing was left out.
        placed.append(_whole((quote.joined,), quote, printed))
    return max((each for each in placed if each), key=lambda each: each.score, default=None)


def _whole(
    pieces: Sequence[Piece], quote: PastedQuote, printed: PrintedWords
) -> PlacedQuote | None:
    chain = _in_order([_places(piece, printed) for piece in pieces])
    if chain is None:
        return None
    cost = sum(each.cost for each in chain)
    left_out = sum(right.first - left.last for left, right in itertools.pairwise(chain))
    return PlacedQuote(printed, chain, max(0.0, 1.0 - cost / quote.n_words), left_out)


def differences(
    quote: PastedQuote, placed: PlacedQuote, article: Article
) -> tuple[Difference, ...]:
    """What differs between a quote and the article in which it was placed, in order."""
    told: list[Difference] = []
    for number, piece in enumerate(placed.pieces):
        if number:
            told += _left_out(placed.printed, placed.pieces[number - 1].last, piece.first, article)
        told += [
            _difference(quote, piece, block, placed.printed, article) for block in piece.blocks
        ]
    return tuple(told)


def _left_out(
    printed: PrintedWords, first: int, last: int, article: Article
) -> Iterator[Difference]:
    """What an ellipsis hides, where that is short enough to be read."""
    if 0 < last - first <= _MOST_LEFT_OUT:
        n_negations = _n_negations(printed.keys[first:last])
        concern: Concern | None = "negation" if n_negations else None
        yield Difference("left out", "…", printed.written(article, first, last), concern)


# ── Where a piece stands ───────────────────────────────────────────────────────────────────────


def _places(piece: Piece, printed: PrintedWords) -> list[PlacedPiece]:
    keys = piece.keys
    exact = [
        PlacedPiece(piece, first, last, _bare_brackets(piece, first))
        for first, last in printed.find(keys, _MOST_PLACES)
    ]
    if exact or len(keys) < _SHORT_PIECE:
        return exact
    windows = _windows(keys, printed.keys)
    return [each for window in windows if (each := _laid_over(piece, printed, window)) is not None]


def _bare_brackets(piece: Piece, first: int) -> tuple[Block, ...]:
    """Brackets for which nothing stands in print."""
    return tuple(
        Block(each.place, each.place, first + each.place, first + each.place)
        for each in piece.brackets
    )


def _windows(keys: Sequence[str], printed: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The stretches of print that share most runs of words with the piece, up to two."""
    for length in (3, 2, 1):
        shifts = _shifts(keys, printed, length)
        if shifts:
            break
    else:
        return
    slack = 3 + len(keys) // 4
    lowest, votes = _votes(shifts, slack)
    for _ in range(2):
        best = int(votes.argmax())
        if not votes[best]:
            return
        at = lowest + best
        yield max(0, at - slack), min(len(printed), at + len(keys) + slack)
        votes[max(0, best - 2 * slack) : best + 2 * slack + 1] = 0.0


def _shifts(keys: Sequence[str], printed: Sequence[str], length: int) -> Counter[int]:
    """How often equal runs of words stand so far apart in print and in the piece."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place, run in enumerate(zip(*(keys[n:] for n in range(length)), strict=False)):
        if length > 1 or run[0] not in FUNCTION_WORDS:
            places.setdefault(run, []).append(place)
    shifts: Counter[int] = Counter()
    for place, run in enumerate(zip(*(printed[n:] for n in range(length)), strict=False)):
        for there in places.get(run, ())[:_MOST_PLACES]:
            shifts[place - there] += 1
    return shifts


def _votes(shifts: Counter[int], slack: int) -> tuple[int, NDArray[np.float64]]:
    """The lowest shift, and for each from there on the runs about so far apart.

    Those farther off count less; only shifts that are there have any.
    """
    lowest = min(shifts)
    counts = np.zeros(max(shifts) - lowest + 1)
    for at, n in shifts.items():
        counts[at - lowest] = n
    around = 1.0 / (1.0 + np.abs(np.arange(-slack, slack + 1)) / slack)
    votes = np.convolve(counts, around)[slack : slack + len(counts)]
    return lowest, np.where(counts > 0, votes, 0.0)


def _laid_over(piece: Piece, printed: PrintedWords, window: tuple[int, int]) -> PlacedPiece | None:
    """The piece over a stretch of print, word by word; None where no word is shared."""
    rough = _steps(piece.keys, printed.keys, window)
    if not any(tag == "equal" for tag, _ in rough):
        return None
    # Laid anew over no more than it needs: in a wide stretch the words at its ends may be found
    # far off, and not beside the others.
    tight = _bounds(rough)
    lost = [
        sum(block.last_quoted - block.first_quoted for _, block in lost)
        for lost in (
            itertools.takewhile(lambda step: step[0] == "delete", rough),
            itertools.takewhile(lambda step: step[0] == "delete", rough[::-1]),
        )
    ]
    start, end = max(0, tight[0] - lost[0]), min(len(printed.keys), tight[1] + lost[1])
    return _placed(piece, printed, _steps(piece.keys, printed.keys, (start, end)))


def _placed(piece: Piece, printed: PrintedWords, steps: Sequence[_Step]) -> PlacedPiece | None:
    keys = piece.keys
    if not any(tag == "equal" for tag, _ in steps):
        return None
    first, last = _bounds(steps)
    blocks = [_at_edge(each, len(keys), first, last) for each in _merged(steps, keys, printed.keys)]
    first = max([first, *(block.first for block in blocks if not block.first_quoted)])
    last = min([last, *(block.last for block in blocks if block.last_quoted == len(keys))])
    blocks = [each for each in blocks if each[0] < each[1] or each[2] < each[3]]
    cost = sum(_cost(piece, printed.keys, block) for block in blocks)
    at_brackets = [
        each._replace(first=first, last=first)
        for each in _bare_brackets(piece, 0)
        if not any(block.first_quoted <= each.first_quoted <= block.last_quoted for block in blocks)
    ]
    return PlacedPiece(piece, first, last, tuple(sorted([*blocks, *at_brackets])), cost)


def _steps(keys: Sequence[str], printed: Sequence[str], window: tuple[int, int]) -> list[_Step]:
    """How the words become those of the window, without those that were sought too far."""
    from rapidfuzz.distance import Levenshtein

    at = window[0]
    steps = [
        (
            step.tag,
            Block(step.src_start, step.src_end, step.dest_start + at, step.dest_end + at),
        )
        for step in Levenshtein.opcodes(keys, printed[at : window[1]])
    ]
    return _without_strays(steps, keys)


def _bounds(steps: Sequence[_Step]) -> tuple[int, int]:
    """The first and the last word of print that the steps reach, half-open."""
    reached = [block for tag, block in steps if tag != "delete"]
    return min(block.first for block in reached), max(block.last for block in reached)


def _at_edge(block: Block, n_quoted: int, first: int, last: int) -> Block:
    """A block at an end of the piece without more words of print than it has of its own."""
    n = block.last_quoted - block.first_quoted
    if block.first_quoted == 0 and block.first == first:
        return block._replace(first=max(block.first, block.last - n))
    if block.last_quoted == n_quoted and block.last == last:
        return block._replace(last=min(block.last, block.first + n))
    return block


def _without_strays(steps: Sequence[_Step], keys: Sequence[str]) -> list[_Step]:
    """The steps without words at either end that were only found by going too far."""
    kept = _without_strays_behind(list(steps), keys)
    return _without_strays_behind(kept[::-1], keys)[::-1]


def _without_strays_behind(steps: list[_Step], keys: Sequence[str]) -> list[_Step]:
    """The steps cut off where leaving their last words out costs no more than reaching them."""
    behind = dropped = 0.0
    cut = len(steps)
    for place in range(len(steps) - 1, -1, -1):
        tag, block = steps[place]
        quoted = sum(_weight(key) for key in keys[block.first_quoted : block.last_quoted])
        if tag == "insert":
            behind += _NOT_QUOTED * (block.last - block.first)
            if dropped <= behind:
                cut, behind = place, dropped
        else:
            dropped += quoted
            behind += 0.0 if tag == "equal" else quoted
    lost = [
        ("delete", block._replace(last=block.first))
        for tag, block in steps[cut:]
        if tag != "insert"
    ]
    return [*steps[:cut], *lost]


def _merged(steps: Sequence[_Step], keys: Sequence[str], printed: Sequence[str]) -> Iterator[Block]:
    """The stretches where the words differ; words that are only joined or parted do not."""
    open_block: Block | None = None
    for tag, block in [*steps, ("equal", None)]:
        if tag == "equal":
            if open_block is not None:
                yield from _parts(open_block, keys, printed)
            open_block = None
            continue
        assert block is not None
        open_block = block if open_block is None else _joined(open_block, block)


def _joined(left: Block, right: Block) -> Block:
    """Two neighbouring blocks as one; what stands nowhere in print has no place of its own."""
    if left.first == left.last:
        return right._replace(first_quoted=left.first_quoted)
    if right.first == right.last:
        return left._replace(last_quoted=right.last_quoted)
    return Block(left.first_quoted, right.last_quoted, left.first, right.last)


def _parts(block: Block, keys: Sequence[str], printed: Sequence[str]) -> Iterator[Block]:
    """A block word by word where each stands for one; nothing where hyphens alone differ."""
    block = _peeled(block, keys, printed)
    n_quoted, n_printed = block.last_quoted - block.first_quoted, block.last - block.first
    if n_quoted != n_printed:
        yield block
        return
    for place in range(n_quoted):
        at, there = block.first_quoted + place, block.first + place
        if keys[at] != printed[there]:
            yield Block(at, at + 1, there, there + 1)


def _peeled(block: Block, keys: Sequence[str], printed: Sequence[str]) -> Block:
    """A block without the words at its ends that are only joined or parted: "appro-ximately"."""
    quoted, words = keys[block.first_quoted : block.last_quoted], printed[block.first : block.last]
    front = _common_letters(quoted, words)
    quoted, words = quoted[front[0] :], words[front[1] :]
    behind = _common_letters(
        [key[::-1] for key in quoted[::-1]], [key[::-1] for key in words[::-1]]
    )
    return Block(
        block.first_quoted + front[0],
        block.last_quoted - behind[0],
        block.first + front[1],
        block.last - behind[1],
    )


def _common_letters(quoted: Sequence[str], words: Sequence[str]) -> tuple[int, int]:
    """How many words of each, from the front, are together the same letters; as many as can be."""
    best = (0, 0)
    ends = {n: place for place, n in enumerate(itertools.accumulate(map(len, words)), 1)}
    left, right = "".join(quoted), "".join(words)
    for n_quoted, n_letters in enumerate(itertools.accumulate(map(len, quoted)), 1):
        if left[:n_letters] != right[:n_letters]:
            break
        if n_letters in ends:
            best = (n_quoted, ends[n_letters])
    return best


def _cost(piece: Piece, printed: Sequence[str], block: Block) -> float:
    quoted = piece.keys[block.first_quoted : block.last_quoted]
    words = printed[block.first : block.last]
    if len(quoted) == len(words) == 1 and _is_slip(quoted[0], words[0]):
        return _SLIP
    cost = sum(_weight(key) for key in quoted)
    extra = [_weight(key) for key in words[len(quoted) :]]
    if any(block.first_quoted <= each.place <= block.last_quoted for each in piece.brackets):
        return cost
    return cost + _NOT_QUOTED * sum(extra)


def _weight(key: str) -> float:
    return _FUNCTION_WORD if key in FUNCTION_WORDS else 1.0


@functools.lru_cache(maxsize=10_000)
def _is_slip(quoted: str, printed: str) -> bool:
    """Whether one word is the other misspelt, and not another number or its opposite."""
    from rapidfuzz.distance import OSA

    if min(len(quoted), len(printed)) < _SLIP_CHARACTERS or _concern([quoted], [printed]):
        return False
    return OSA.normalized_similarity(quoted, printed) >= _SLIP_SIMILARITY


# ── All pieces in order ────────────────────────────────────────────────────────────────────────


def _in_order(places: Sequence[Sequence[PlacedPiece]]) -> tuple[PlacedPiece, ...] | None:
    """A place for each piece, one behind the other, that differ least and leave out least."""
    chains: list[tuple[float, tuple[PlacedPiece, ...]]] = [(0.0, ())]
    for of_piece in places:
        grown = []
        for each in of_piece:
            before = [
                (cost + _gap_cost(chain, each), chain)
                for cost, chain in chains
                if _may_follow(chain, each)
            ]
            if before:
                cost, chain = min(before, key=lambda pair: pair[0])
                grown.append((cost + each.cost, (*chain, each)))
        chains = grown
    return min(chains, key=lambda pair: (pair[0], pair[1][0].first))[1] if chains else None


def _gap_cost(chain: tuple[PlacedPiece, ...], each: PlacedPiece) -> float:
    return _GAP_COST * (each.first - chain[-1].last) if chain else 0.0


def _may_follow(chain: tuple[PlacedPiece, ...], each: PlacedPiece) -> bool:
    if not chain:
        return True
    gap = each.first - chain[-1].last
    shorter = min(len(chain[-1].piece.words), len(each.piece.words))
    return 0 <= gap and (shorter >= _EVERYDAY_PIECE or gap <= _EVERYDAY_REACH)


# ── What differs ───────────────────────────────────────────────────────────────────────────────


def _difference(
    quote: PastedQuote, placed: PlacedPiece, block: Block, printed: PrintedWords, article: Article
) -> Difference:
    words = placed.piece.words[block.first_quoted : block.last_quoted]
    quoted, keys = quote.written(words), [word.key for word in words]
    kind: Change = "changed" if words and block.first < block.last else "added"
    if not words:
        kind = "missing"
    if bracket := _bracket_at(placed.piece.brackets, block):
        kind = "bracketed"
        quoted = " ".join(filter(None, (f"[{bracket.text}]", quoted)))
        keys += [word.key for word in words_between(bracket.text, 0, len(bracket.text))]
    return Difference(
        kind,
        quoted,
        printed.written(article, block.first, block.last),
        _concern(keys, printed.keys[block.first : block.last]),
    )


def _bracket_at(brackets: Sequence[Bracket], block: Block) -> Bracket | None:
    return next(
        (each for each in brackets if block.first_quoted <= each.place <= block.last_quoted), None
    )


def _concern(quoted: Sequence[str], printed: Sequence[str]) -> Concern | None:
    """Whether a number or a negation is among what differs."""
    if _n_negations(quoted) != _n_negations(printed) or _are_opposites(quoted, printed):
        return "negation"
    if any(_NUMBER.fullmatch(key) for key in (*quoted, *printed)):
        amounts = [
            [(each.low, each.high) for each in find_quantities(" ".join(keys))]
            for keys in (quoted, printed)
        ]
        if not amounts[0] or amounts[0] != amounts[1]:
            return "number"
    return None


def _n_negations(keys: Sequence[str]) -> int:
    return sum(key in _NEGATION for key in keys)


def _are_opposites(quoted: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether a prefix or a suffix alone makes a word its contrary: "lawful", "unlawful"."""
    if len(quoted) != 1 or len(printed) != 1:
        return False
    short, long = sorted((quoted[0], printed[0]), key=len)
    if any(long == prefix + short for prefix in _PREFIXES):
        return True
    pairs = [pair for one, other in _SUFFIXES for pair in ((one, other), (other, one))]
    return any(
        long.endswith(one) and long.removesuffix(one) + other == short
        for one, other in pairs
        if one
    )
