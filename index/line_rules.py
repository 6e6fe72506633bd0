"""The one table of what the lines of a pasted news page are, where they are not body text.

A rule must match a whole line. Beside it stand a line it is for and ordinary prose that it must
leave alone; a test checks both. Named groups (``url``, ``source``, ``author``, ``date``) are what
the line tells about its article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache

from index.dates import CLOCK, DAY_AND_MONTH, FULL_DATE, NUMERIC_DATE, WEEKDAY, ZONE
from index.types import SpanKind


class Place(Enum):
    """Where on a page a rule holds."""

    ANYWHERE = "anywhere"
    HEAD = "head"  # before the first paragraph of prose
    EDGE = "edge"  # before the first or after the last paragraph of prose
    COMPANY = "company"  # beside another line of boilerplate


@dataclass(frozen=True, slots=True)
class LineRule:
    """One kind of line.

    Attributes
    ----------
    name : str
    kind : SpanKind
    place : Place
    pattern : re.Pattern
        Matches the whole line, without the white space around it.
    example : str
        A line it is for.
    not_this : str
        Prose that looks like it and is none.
    max_chars : int
        No longer line is looked at, which keeps long paragraphs cheap.
    """

    name: str
    kind: SpanKind
    place: Place
    pattern: re.Pattern[str]
    example: str
    not_this: str
    max_chars: int


_MAX_LINE_CHARS = 320
_MAX_CAPTION_CHARS = 800
_NETWORK = (
    r"(?:twitter|x|facebook|instagram|google news|telegram|whatsapp|youtube|linkedin|tiktok"
    r"|threads|bluesky"
    r"|mastodon|reddit|pinterest|flipboard|viber|apple news|snapchat|social media|rss)"
)
_AGENCY = (
    r"(?:AFP|AP|Reuters|REUTERS|EPA(?:-EFE)?|EFE|DPA|dpa|ANSA|TASS|UPI|PA(?: Media| Wire)?"
    r"|Xinhua|Kyodo|Anadolu"
    r"|Getty(?: Images)?|Shutterstock|iStock|Alamy|Flash ?90|GPO|IDF|NASA|WAM|Bloomberg"
    r"|Ukrinform|Unian|UNIAN)"
)
_CREDIT_WORD = (
    r"(?:(?:file )?photo(?:graph)?s?|images?|pictures?|screen ?(?:shot|grab|capture)|courtesy"
    r"|credits?|illustration)"
)
_URL = r"(?P<url>https?://[^\s<>\"]+?)[.)\]]*"
_TODAY = r"(?:today|yesterday)"
_MOMENT = (
    rf"(?:(?:{CLOCK}\s*[,|·–-]?\s*(?:on\s+)?)?(?:{WEEKDAY},?\s*)?"
    rf"(?:{FULL_DATE}|{NUMERIC_DATE}|{DAY_AND_MONTH}|{_TODAY}|{WEEKDAY}(?=,?\s+(?:at\s+)?\d))"
    rf"(?:\s*(?:,|\||·|–|-|@|T|\bat\b)?\s*{CLOCK})?)"
)
_PUBLISHED = (
    r"(?:(?:first |originally )?(?:published|posted|released)(?: on| at)?|date(?: published)?"
    r"|on)\s*:?\s*"
)
_UPDATED = r"(?:(?:last )?(?:updated|modified|edited)(?: on| at)?)\s*:?\s*"
_STORIES = (
    r"(?:stor(?:y|ies)|articles?|news|posts?|reads?|reading|content|topics?|coverage|links?"
    r"|videos?|picks?"
    r"|headlines)"
)
_FOR_WHOM = (
    r"(?:from (?:our|the|this) (?:site|section|topic|web)|in this section|on this(?: topic"
    r"| story)?|for you|now"
    r"|today|this week|from us)"
)
_NAME = r"(?:(?:al|el|ad|as|d|bin|ben)[-'’])?[^\W\d_a-z][\w.'’-]*"
_NOT_A_NAME = (
    r"(?!(?i:the|a|an|our|all|any|no|this|that|my|his|her|its|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|now|then)\b)"
)
_STAFF = r"(?:staff|agencies|correspondent|reporter|editor|writer|desk)"
_BETWEEN_NAMES = (
    r"(?:,| and| &|,? with| of| in| for| de| del| da| di| la| las| los| van| von| den| der| zu| al"
    r"| bin| ibn| el| y| staff| and AP| and agencies|\s\|)"
)
_ONE_NAME = rf"(?:{_AGENCY}|(?:[\w.]+ )?(?i:{_STAFF}))"
_NAMES = (
    rf"{_NOT_A_NAME}(?:{_NAME}(?:{_BETWEEN_NAMES}*\s+(?:{_NAME}|(?i:{_STAFF}))){{1,11}}"
    rf"|{_ONE_NAME})"
)


def _rule(
    name: str,
    kind: SpanKind,
    pattern: str,
    example: str,
    not_this: str,
    *,
    place: Place = Place.ANYWHERE,
    is_cased: bool = False,
) -> LineRule:
    compiled = re.compile(pattern, 0 if is_cased else re.IGNORECASE)
    max_chars = _MAX_CAPTION_CHARS if kind is SpanKind.CAPTION else _MAX_LINE_CHARS
    return LineRule(name, kind, place, compiled, example, not_this, max_chars)


_BOILERPLATE, _CAPTION, _BYLINE = SpanKind.BOILERPLATE, SpanKind.CAPTION, SpanKind.BYLINE

RULES: tuple[LineRule, ...] = (
    # Where the page was found.
    _rule(
        "retrieved from",
        _BOILERPLATE,
        (
            r"(?:(?:this )?(?:content|article|text|story|page)\s+(?:was\s+)?)?(?:retrieved|copied"
            rf"|taken|saved|sourced)\s+from\s*:?\s*{_URL}"
        ),
        "Content retrieved from: https://news.example/2020/talks/.",
        "The data was retrieved from the sunken ship on Monday.",
    ),
    _rule(
        "link",
        _BOILERPLATE,
        (
            r"(?:source|link|url|permalink|original(?: article| link| story)?"
            rf"|read (?:the )?(?:original|full) (?:article|story)(?: at| here| on)?)\s*:?\s*{_URL}"
        ),
        "Original article: https://news.example/a1",
        "The link: a man who knew both spies.",
        place=Place.EDGE,
    ),
    _rule(
        "source",
        _BOILERPLATE,
        (
            r"(?:source|publisher|outlet|publication|newspaper)\s*:\s*(?P<source>[^\W_][\w.&'’"
            r" -]{1,40}[\w)])"
        ),
        "Source: The Daily Example",
        "Source: officials say the deal is done, but nobody has signed it yet.",
        place=Place.HEAD,
    ),
    # Share and follow.
    _rule(
        "follow us",
        _BOILERPLATE,
        (
            rf"(?:follow|find|like|join|connect with|subscribe (?:to|for))\s+(?:us|me"
            rf"|@?[\w.]+(?:\s[\w.]+){{0,3}})\s+(?:on|via)\s+(?:our\s+)?{_NETWORK}(?:\s*(?:,|&|and"
            rf"|or|/)\s*(?:and\s+)?{_NETWORK})*(?:\s+(?:page|channel|app|at)\b.{{0,40}})?[.!]?"
        ),
        "Follow us on Twitter, Facebook and Google News",
        "Follow her on the campaign trail and the crowds tell another story.",
    ),
    _rule(
        "share",
        _BOILERPLATE,
        (
            r"(?:copy link|copy url|share (?:this|on|via|to|with)\b(?:\s(?:this|the|article|story"
            rf"|page|post|link|on|via|to|by|with|friends|e-?mail|{_NETWORK})){{0,6}}|(?:tweet"
            r"|e-?mail|print|save|like|send|rate) this(?: (?:article|story|page|post))?)"
            r"|share(?:(?:\s?[|/·,]\s?|\s)(?:share|tweet|e-?mail|print|save|facebook|twitter|linkedin"
            r"|whatsapp|telegram))+"
        ),
        "Share this article on Facebook",
        "Share prices fell in Tokyo on Monday.",
    ),
    _rule(
        "share button",
        _BOILERPLATE,
        (
            rf"share|tweet|e-?mail|print|save|pin|post|send|comments?|listen|messenger|{_NETWORK}"
            rf"|\d{{1,6}}"
        ),
        "Facebook",
        "Facebook said so.",
        place=Place.COMPANY,
    ),
    _rule(
        "text size",
        _BOILERPLATE,
        r"T ?T|A ?A(?: ?A)?|A[+-](?:\s*A[+-])+|(?:text|font)[ -]size\s*:?.{0,20}",
        "TT",
        "TTIP talks resume",
        place=Place.EDGE,
        is_cased=True,
    ),
    _rule(
        "counts",
        _BOILERPLATE,
        (
            r"\d{1,3}(?:[,.]\d{3})*\s*(?:shares?|views?|likes?|comments?|replies|reads?)"
            r"|(?:comments?|replies)\s*\(\d+\)|\d{1,2}[ -]min(?:ute)?s?[ -]read"
        ),
        "5 min read",
        "12 comments by the judge angered both sides.",
    ),
    _rule(
        "comments",
        _BOILERPLATE,
        (
            r"(?:leave|post|add|write) (?:a|your) (?:comment|reply)|(?:view|show|read|see"
            r"|hide) (?:all )?(?:\d+ )?comments?|join the (?:conversation|discussion)"
            r"|be the first to comment|comments are closed|log ?in to (?:comment|reply)"
        ),
        "Leave a comment",
        "Add a comment from the minister and the mood changes.",
    ),
    # Newsletters and subscriptions.
    _rule(
        "newsletter",
        _BOILERPLATE,
        (
            r"(?:(?:sign|signed) ?up|subscribe|register|get|join|receive"
            r"|don['’]t miss)\b(?=.{0,140}(?:newsletter|inbox|e-?mail (?:alerts?|updates?)"
            r"|mailing list|breaking news alerts?|daily (?:briefing|digest|edition)"
            r"|push notifications))[^.!?]{0,160}[.!]?"
        ),
        "Sign up for our morning newsletter and get the news in your inbox.",
        "Subscribers left after the newsletter was hacked, the company said.",
    ),
    _rule(
        "newsletter blurb",
        _BOILERPLATE,
        (
            r"(?:(?:a|our|the|your)\s+)?(?:fresh|free|daily|weekly|morning|evening|new|essential"
            r"|must-read)\b[^.!?]{0,40}\b(?:newsletter|briefing|digest)\b[^.!?]{0,100}[.!]?"
        ),
        "Free weekly newsletter on the region's politics",
        "New owners of the newsletter, who paid $4 million, said on Friday. They plan more.",
        place=Place.EDGE,
    ),
    _rule(
        "newsletter times",
        _BOILERPLATE,
        (
            r"(?:daily|weekdays|weekly|every (?:day|morning|evening|week|weekday|(?:mon|tues"
            r"|wednes|thurs|fri|satur|sun)day)|(?:mon|tues|wednes|thurs|fri|satur"
            rf"|sun)days)\s+(?:at\s+)?{CLOCK}"
        ),
        "Daily at 9am EST",
        "Daily at 9am the queue was a mile long.",
    ),
    _rule(
        "subscribe",
        _BOILERPLATE,
        (
            r"(?:subscribe|log ?in|sign ?in|register|sign ?up|subscribe now"
            r"|already a subscriber\??.{0,30}|start your free trial.{0,40}|become a (?:member"
            r"|subscriber)(?: today)?|(?:please )?(?:support|donate)(?: us| to us| now| today)"
            r"|support (?:our|independent|local) journalism.{0,60}|click here to (?:subscribe"
            r"|sign up|register|donate).{0,60}|to continue reading.{0,60})[.!]?"
        ),
        "Already a subscriber? Sign in",
        "Support our troops, he told the crowd, and it roared.",
    ),
    # Other stories.
    _rule(
        "related",
        _BOILERPLATE,
        (
            r"(?:(?:related|recommended|trending|more|most (?:read|popular|viewed|shared)"
            rf"|most-read)(?:\s+{_STORIES})?(?:\s+{_FOR_WHOM})?|(?:similar|suggested|other|further"
            r"|latest|popular|top|recent|must[ -]read"
            rf"|editor['’]?s['’]?)\s+{_STORIES}(?:\s+{_FOR_WHOM})?|(?:our|other) readers (?:are"
            r"|were) (?:also )?reading(?: too| now)?|(?:people|readers) (?:are )?also (?:read"
            r"|reading|liked?)|(?:you|readers) (?:may|might) (?:also )?(?:like|be interested in"
            r"|enjoy|have missed)|what to read next|read next|(?:next|previous) (?:article|story"
            r"|post)|in case you missed it|around the web|from the web|promoted(?: stories"
            r"| content)?|paid content)\s*[:>»]?"
        ),
        "Our readers are reading too",
        "Related charges against his brother were dropped.",
    ),
    _rule(
        "read more",
        _BOILERPLATE,
        (
            r"(?:(?:read|see|watch|show|load|view|see|learn|find out"
            r"|click (?:here )?for)\s+(?:more|all|also)(?:\s+(?:news|stories|articles|comments"
            r"|posts|videos|results|about this|here|on this(?: topic| story)?|details|information"
            r"|coverage))*|(?:(?:read|see|watch|listen|view)(?: more| also| next)?"
            r"|more(?: on [\w ]{2,30})?|related(?: (?:story|article|video|link"
            r"|coverage))?)\s*[:>»]\s?[^.!?]{0,160}[?!]?|expand|collapse"
            r"|continue reading(?: below)?|(?:click|tap) here)\s*(?:\.\.\.|…|>|»|→|[.!])?"
        ),
        "Read more: Five things to know about the talks",
        "See more of the valley and you begin to understand the war.",
    ),
    _rule(
        "video",
        _BOILERPLATE,
        (
            r"(?:(?:top |featured |related )?videos? of (?:the )?day|(?:watch|play|featured"
            r"|related|latest|top|embedded)\s+(?:the\s+)?(?:videos?|live)|now playing"
            r"|video player(?: is loading.*)?|unmute|live tv|photo of the day)\s*[:.]?"
        ),
        "Video of day",
        "Video of the day's fighting spread quickly.",
    ),
    # Advertisements, notices, navigation.
    _rule(
        "advertisement",
        _BOILERPLATE,
        (
            r"[-–—(\[* ]*(?:advert(?:isement)?s?|advertising|ad|ads|sponsored(?: content"
            r"| by.{0,40})?|promotion|(?:article|story)?\s*continues (?:below|after)(?: (?:this "
            r"|the )?(?:advertisement|ad|video|newsletter promotion))?|(?:scroll"
            r"|keep scrolling) (?:down )?(?:for more|to continue|to read).{0,40}"
            r"|skip (?:past )?(?:advertisement|ad|newsletter promotion|to (?:main )?content"
            r"|to navigation)|remove ads?)[-–—)\]* ]*"
        ),
        "Story continues below advertisement",
        "Advertisement spending fell in June.",
    ),
    _rule(
        "copyright",
        _BOILERPLATE,
        (
            r"(?:©|\(c\)|copyright\b)\s*(?:©\s*)?(?:(?:by\s+)?[^.!?]{0,80}\d{4}|\d{4})[^!?]{0,160}"
            r"|(?:[^.!?]{0,80}\s)?all rights reserved\.?(?:.{0,200})|this (?:material|article"
            r"|story|content) may not be (?:published|reproduced|reprinted).{0,200}|(?:reprinted"
            r"|republished|used) with permission\b.{0,80}"
        ),
        "© 2021 The Daily Example. All rights reserved.",
        "Copyright law has not kept up, she said.",
    ),
    _rule(
        "cookies and terms",
        _BOILERPLATE,
        (
            r"(?:accept|manage|reject)(?: all)? cookies|(?:this (?:site|website) uses"
            r"|we use) cookies.{0,300}|(?:privacy (?:policy|notice)|terms (?:of (?:use|service)"
            r"|and conditions|& conditions)|cookie (?:policy|settings)|contact us|about us"
            r"|advertise(?: with us)?|careers|sitemap|imprint)(?:\s*[|·,/-]\s*(?:privacy (?:policy"
            r"|notice)|terms (?:of (?:use|service)|and conditions|& conditions)|cookie (?:policy"
            r"|settings)|contact us|about us|advertise(?: with us)?|careers|sitemap|imprint))*"
        ),
        "Privacy Policy | Terms of Use | Contact us",
        "Privacy policy became the issue of the campaign.",
    ),
    _rule(
        "navigation",
        _BOILERPLATE,
        (
            r"(?:(?:main )?menu|search|home(?: ?page)?|close|back(?: to top| to home)?|top of page"
            r"|toggle navigation|open menu|close menu|e-?paper|my account)|home\s*[>»/|].{0,120}"
            r"|\w[\w &]*(?:[>»][\w &]+){2,}"
        ),
        "Home > World > Middle East",
        "Home prices rose > 5% in May.",
        place=Place.EDGE,
    ),
    _rule(
        "section name",
        _BOILERPLATE,
        (
            r"(?:breaking(?: news)?|world(?: news)?|politics|opinion|analysis|business|sports?"
            r"|culture|exclusive|live(?: updates)?|news|international|national|local(?: news)?"
            r"|technology|tech|science|health|entertainment|economy|middle east|europe|asia|africa"
            r"|americas|latin america|features?|investigation|explainer|editorial|video|podcasts?"
            r"|photos?|lifestyle|travel|weather)(?:\s*[|/·]\s*[\w ]{2,30})?"
        ),
        "World News",
        "World leaders met in Paris",
        place=Place.HEAD,
    ),
    _rule(
        "language switcher",
        _BOILERPLATE,
        (
            r"(?:[a-z]{2}[_-][A-Z]{2}\s?[^\W\d_]+(?:\s\([^)]+\))?\s*)+|(?:(?:English|Français"
            r"|Deutsch|Español|العربية|עברית|Русский|Українська|فارسی|Türkçe|中文|Português"
            r"|Italiano)\s*[|/·,]?\s*){2,}"
        ),
        "en_USEnglish",
        "en route to Paris",
        is_cased=True,
    ),
    # Street addresses.
    _rule(
        "address label",
        _BOILERPLATE,
        r"(?:physical|mailing|postal|street|business|office|our|e-?mail) address\s*:?",
        "Physical Address",
        "Physical address systems were installed in the hall.",
        place=Place.EDGE,
    ),
    _rule(
        "phone",
        _BOILERPLATE,
        r"(?:phone|tel(?:ephone)?|fax)(?: number)?\s*[.:]?\s*[+()\d .-]{7,}",
        "Tel: 555-0100-22",
        "Telephone 555-0100 and ask for Jane, the note said.",
        place=Place.COMPANY,
    ),
    _rule(
        "street",
        _BOILERPLATE,
        (
            r"(?:P\.? ?O\.? Box \d+|\d{1,6}[A-Za-z]?\s+(?:[NSEW]\.?\s+|North |South |East "
            r"|West )?(?:[A-Z0-9][\w'’.-]*\s+){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd"
            r"|Lane|Ln|Drive|Dr|Square|Sq|Plaza|Court|Ct|Place|Pl|Parkway|Pkwy|Highway|Hwy|Way"
            r"|Terrace|Broadway)\b\.?(?:,?\s*(?:Suite|Ste\.?|Floor|Fl\.?|Unit|Apt\.?|Room"
            r"|#)\s*[\w-]+)?),?"
        ),
        "304 North Cardinal St.",
        "10 Downing Street insiders expect a vote.",
        place=Place.COMPANY,
        is_cased=True,
    ),
    _rule(
        "city and ZIP code",
        _BOILERPLATE,
        (
            r"[A-Z][\w'’.-]*(?:\s[A-Z][\w'’.-]*){0,3},\s*(?:[A-Z]{2}"
            r"|D\.C\.)\.?,?\s+\d{5}(?:-\d{4})?(?:,?\s+(?:USA?|U\.S\.A?\.))?"
        ),
        "Dorchester Center, MA 02124",
        "Boston, MA 02124 residents voted on Tuesday.",
        place=Place.COMPANY,
        is_cased=True,
    ),
    # Photo captions.
    _rule(
        "photo credit in brackets",
        _CAPTION,
        (
            rf"(?=.{{1,600}}$)(?=.*[)\]]$)(?:.*\S\s?)?[(\[](?:[^()\[\]]{{0,40}}\b{_CREDIT_WORD}"
            rf"\b\s*(?::|by\b|via\b|from\b|/|credit)[^()\[\]]{{0,80}}|courtesy(?: of|,"
            rf"|:)[^()\[\]]{{2,60}}|(?:[^()\[\]]{{0,60}}\b)?(?:screen ?(?:shot|grab|capture)"
            r"|(?:file|handout|courtesy|stock|archive) (?:photo|image|picture))"
            rf"|[^()\[\]]{{0,90}}(?:/|via |: ?|© ?){_AGENCY}(?:/[^()\[\]]*)?|{_AGENCY}\s?(?:/"
            rf"|[Pp]hoto|[Pp]ool|[Ff]ile)[^()\[\]]{{0,60}}|[^()\[\]]*\bvia REUTERS)[)\]]"
        ),
        "The minister arrives in Kyiv, March 3, 2022 (Photo: Jane Roe/AFP)",
        "Tell us what you paid (you may add photos of your local filling station)",
    ),
    _rule(
        "agency in brackets",
        _CAPTION,
        rf"(?=.{{1,300}}$)(?!.*[.!?][”\"]? [^(]*[.!?][”\"]? )[^(]*[^\s.!?”\"]\.? \({_AGENCY}\)",
        "A burnt-out bus stands in the main street of Sirte (Reuters)",
        "It was quiet. The army withdrew. Nobody was hurt, the mayor said. (Reuters)",
        is_cased=True,
    ),
    _rule(
        "caption label",
        _CAPTION,
        (
            r"(?:(?:file |handout |stock |ap |afp |epa )?(?:photo|image|picture|caption|photograph"
            r"|pictured|illustration)(?: caption)?\s*:\s*\S.{2,500}"
            r"|file(?: photo)?\s*[-–—:]+\s*\S.{10,500})"
        ),
        "FILE PHOTO: A tanker passes the strait, July 2, 2019",
        "File photos of the raid were shown to the jury.",
    ),
    _rule(
        "credit at the end",
        _CAPTION,
        (
            rf"(?=.{{10,500}}$)(?:(?:.*[.)”\"|]|.*\d)\s+)(?:(?:photo(?:graph)?|image|picture"
            rf"|photo credit|image credit|credit|courtesy)\s*:\s*(?:[^\s.!?:]+\s?){{1,6}}|(?:photo"
            rf"|image|photograph|picture)s? by [^.!?,]{{3,60}}(?:/|, | for | via ){_AGENCY}"
            rf"|(?:REUTERS|AP Photo|AFP Photo|EPA|Getty Images)\s?/\s?[^.!?]{{2,60}})"
        ),
        "Rescuers search the rubble in Antakya. Photograph: Jane Roe/AFP",
        "He sold one thing in 2019. Photos: five of them, all of his dog",
    ),
    # Who wrote it, and when.
    _rule(
        "byline",
        _BYLINE,
        (
            r"(?i:(?:written |words |reported |story "
            rf"|analysis )?by)\s*:?\s+(?P<author>{_NAMES})(?:\s*(?:[,|·•–—-]"
            rf"|\bon\b)?\s*(?P<date>(?i:(?:{_PUBLISHED}|{_UPDATED})?{_MOMENT}.{{0,60}})))?"
        ),
        "By Jane Roe and TOE staff Today, 11:27 pm",
        "BY THE NUMBERS",
        place=Place.HEAD,
        is_cased=True,
    ),
    _rule(
        "author label",
        _BYLINE,
        rf"(?i:authors?|reporter|written by|correspondent)\s*:\s*(?P<author>{_NAMES})",
        "Author: Jane Roe",
        "Author: unknown to the police",
        place=Place.HEAD,
        is_cased=True,
    ),
    _rule(
        "updated line",
        _BYLINE,
        rf"{_UPDATED}{_MOMENT}(?:\s*\(?{ZONE}\)?)?",
        "Updated: 31 January 2023, 9:15 GMT",
        "Updated figures on 31 January 2023 showed a fall",
        place=Place.HEAD,
    ),
    _rule(
        "date line",
        _BYLINE,
        (
            rf"(?:{_PUBLISHED})?(?P<date>{_MOMENT})(?:\s*(?:[|·•,/–—(-]"
            rf"|\s)\s*(?:{_UPDATED}{_MOMENT}\)?|\d+ min(?:ute)?s?(?: read)?|{_TODAY}"
            rf"|{CLOCK}))?(?:\s*[|·•/]\s*[\w .&'’]{{2,40}})?"
        ),
        "Published: January 30, 2023 10:48 PM EST | Updated: January 31, 2023",
        "January 30, 2023 was a cold day in Jerusalem",
        place=Place.HEAD,
    ),
    _rule(
        "name and date",
        _BYLINE,
        (
            rf"(?P<author>{_NAME}(?:\s+{_NAME}){{1,3}})\s*["
            rf"|·•–—-]\s*(?P<date>(?i:(?:{_PUBLISHED})?{_MOMENT}))(?:.{{0,40}})"
        ),
        "Jane Roe | January 30, 2023",
        "The Hague | court rules on January 30",
        place=Place.HEAD,
        is_cased=True,
    ),
    _rule(
        "date and name",
        _BYLINE,
        rf"(?P<date>(?i:(?:{_PUBLISHED})?{_MOMENT}))\s*[|·•,–—-]?\s*(?i:by)\s+(?P<author>{_NAMES})",
        "Posted on January 30, 2023 by Jane Roe",
        "On January 30, 2023 by the sea they met",
        place=Place.HEAD,
        is_cased=True,
    ),
    _rule(
        "place and date",
        _BYLINE,
        rf"{_NAME}(?:\s{_NAME}){{0,2}}(?:,\s*{_NAME}(?:\s{_NAME})?)?,\s*(?P<date>(?i:{FULL_DATE}))\.?",
        "Tel Aviv, January 30, 2023",
        "The treaty was signed in Tel Aviv, January 30, 2023",
        place=Place.HEAD,
        is_cased=True,
    ),
)


def match_rule(line: str, places: frozenset[Place]) -> tuple[LineRule, re.Match[str]] | None:
    """The first rule for such a line at such a place, and its match."""
    return None if len(line) > _MAX_CAPTION_CHARS else _match_rule(line, places)


# A page's lines are looked at several times: for its prose, its marks and its further articles.
@lru_cache(maxsize=4096)
def _match_rule(line: str, places: frozenset[Place]) -> tuple[LineRule, re.Match[str]] | None:
    for rule in _rules_at(places):
        if len(line) <= rule.max_chars and (match := rule.pattern.fullmatch(line)):
            return rule, match
    return None


@cache
def _rules_at(places: frozenset[Place]) -> tuple[LineRule, ...]:
    return tuple(rule for rule in RULES if rule.place in places)
