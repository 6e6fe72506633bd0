"""A source as people cite it: in plain text, in Markdown and as a BibTeX entry."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote as percent_encoded

from index.types import Article
from qa.export import wording
from qa.export.escaping import web_host
from qa.types import Citation

Source = Citation | Article

# Line ends, and what no form may hold: the rest of Unicode's control characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# What CommonMark and its common extensions give a meaning to (spec 0.31, 2.4: any ASCII
# punctuation may stand behind a backslash). "&" begins entities, "$" mathematics, "~" and "=" and
# "^" extensions; "!" matters in front of "[" alone.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>&|~$^=]")
# What makes a heading, a list or a rule of a line that it begins.
_LINE_START = re.compile(r"\A(\s*)([#+\-]|\d+(?=[.)]))")
_BARE_ADDRESS = re.compile(r"(?<=[A-Za-z])://|(?<=www)\.(?=\w)|(?<=\w)@(?=\w)", re.IGNORECASE)
_BIBTEX = {
    # BibTeX counts braces even behind a backslash, so none may stand alone.
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
# Two of them are one other sign to TeX: a dash, a quotation mark.
_LIGATURE = re.compile(r"(?<=([-'`]))(?=\1)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def references(source: Source, quote: str) -> dict[str, str]:
    """The citation of `quote`, or of the whole where it is empty, in each form.

    The forms are "plain", "markdown" and "bibtex".
    """
    return {
        "plain": plain_reference(source, quote),
        "markdown": markdown_reference(source, quote),
        "bibtex": bibtex_reference(source, quote),
    }


def plain_reference(source: Source, quote: str) -> str:
    """One line: the quote, then author, headline, outlet, date and address."""
    told = [source.author, source.title or wording.UNTITLED, *_outlet_and_day(source), source.url]
    quoted = f"“{_line(quote)}” — " if quote else ""
    return quoted + ", ".join(_line(each) for each in told if each)


def markdown_reference(source: Source, quote: str) -> str:
    """The same with the headline as a link where the address is one of the web."""
    title = escape_markdown(source.title or wording.UNTITLED)
    author = [escape_markdown(source.author)] if source.author else []
    told = [*author, _linked(title, source.url), *map(escape_markdown, _outlet_and_day(source))]
    quoted = f"“{escape_markdown(quote)}” — " if quote else ""
    return quoted + ", ".join(told)


def bibtex_reference(source: Source, quote: str) -> str:
    r"""An entry ``@misc``, which all styles know; the quote is its note.

    Headline, author and outlet stand in double braces: they are printed as written, and no "and"
    or comma parts a name.
    """
    fields = {"title": f"{{{_tex(source.title or wording.UNTITLED)}}}"}
    if source.author:
        fields["author"] = f"{{{_tex(source.author)}}}"
    if source.source:
        fields["howpublished"] = f"{{{_tex(source.source)}}}"
    if source.published:
        fields["year"] = str(source.published.year)
        fields["month"] = _MONTHS[source.published.month - 1]
        fields["day"] = str(source.published.day)
    if source.url and web_host(source.url):
        fields["url"] = _address(source.url)
    if quote:
        fields["note"] = f"“{_tex(quote)}”"
    # The macros of months stand without braces.
    lines = [
        f"  {name} = {value}," if name == "month" else f"  {name} = {{{value}}},"
        for name, value in fields.items()
    ]
    return "\n".join([f"@misc{{{_key(source)},", *lines, "}"])


def escape_markdown(text: str) -> str:
    """The text as one line of Markdown that shows it literally, wherever on a line it stands."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", _line(text))
    escaped = _LINE_START.sub(_escape_start, escaped)
    # Else they would become links without any markup.
    return _BARE_ADDRESS.sub(r"\\\g<0>", escaped)


def _escape_start(match: re.Match[str]) -> str:
    sign = match[2]
    return f"{match[1]}{sign}\\" if sign.isdigit() else f"{match[1]}\\{sign}"


def _line(text: str) -> str:
    """The text on one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _outlet_and_day(source: Source) -> tuple[str, str]:
    return source.source or wording.NO_OUTLET, wording.day(source.published)


def _linked(title: str, url: str | None) -> str:
    if url is None or web_host(url) is None:
        return title
    return f"[{title}]({_address(url)})"


def _address(url: str) -> str:
    """The address without what would end a link or a field: that is percent-encoded."""
    return percent_encoded(_line(url).encode("utf-8"), safe="/:?#@!$&'*+,;=%~-._")


def _tex(text: str) -> str:
    plain = "".join(_BIBTEX.get(character, character) for character in _line(text))
    return _LIGATURE.sub("{}", plain)


def _key(source: Source) -> str:
    """Outlet, year and a word of the headline, and a digest that keeps keys apart."""
    year = str(source.published.year) if source.published else "undated"
    words = [word for word in _ascii(source.title or "").split() if len(word) > 3]
    name = _ascii(source.source or "").replace(" ", "")[:20]
    article_id = source.article_id if isinstance(source, Citation) else source.id
    mark = hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return "-".join(part for part in (name, year, *words[:1], mark) if part)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", plain.casefold()))
