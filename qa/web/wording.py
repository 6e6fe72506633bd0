"""Every word the page says of its own, in one place.

Those that files and citations say, too, stand in `qa.export.wording`.
"""

from __future__ import annotations

from qa.export import wording as shared

TITLE = "Dateline"

WELCOME = "Ask the collection"
WELCOME_HINT = (
    "Answers are made of the articles' own sentences. "
    "Choose a number in brackets to read the sentence in its place."
)
EXAMPLES = "Questions these articles can answer"
EXAMPLES_AWAITED = "They are being made"

QUESTION_LABEL = "Your question"
QUESTION_PLACEHOLDER = "Ask about the articles"
ASK = "Ask"
NEW_CONVERSATION = "New conversation"
MODE_LABEL = "Show"
MODE_ANSWER = "Answer"
MODE_PASSAGES = "Passages only"
FILTERS = "Filters"
SINCE = "Published from"
UNTIL = "Published until"
AS_OF = "As known on"
OUTLETS = "Outlets"
PASSAGES = "Passages to show"
RESET_FILTERS = "Reset filters"

LOOKING = "Looking through the articles…"
FOUND_SO_FAR = "{passages} found in {articles}; reading…"
STOP_ANSWER = "Stop"
EDIT_QUESTION = "Edit question"
EDITED_QUESTION = "The question, edited"
EDIT = "edit"
EDIT_READING = "Edit how it was read: {query}"
CANCEL = "Cancel"
UNDERSTOOD = "How the question was understood"
REMOVE = "Remove: {chip}"
REMOVE_HINT = "Ask again without this"
READ_AS = "Read as: {query}"
SPELT = "“{to}” instead of “{written}”"
PREFERS_OUTLETS = "prefers {values}"
PREFERS_DAY = "prefers {since}"
PREFERS_DAYS = "prefers {since} – {until}"
PREFERS_SINCE = "prefers from {since}"
PREFERS_UNTIL = "prefers until {until}"
PREFERS_BY_EVENT = "{prefers} ({event})"
PREFERS_NEWER = "prefers newer reports"
AS_TOPIC = "read as a topic: sentences about it"
UNDERSTOOD_DAYS = {"since": "from {day}", "until": "until {day}", "as_of": "as known on {day}"}
UNDERSTOOD_LISTS = {
    "sources": "outlets: {values}",
    "exact": "with the words: {values}",
    "without": "without: {values}",
}
LEFT_OUT = "{articles} left out"
WAITING = "{passages:,} of {of:,} passages searched by their words alone, for now"
NEAREST = "Nearest passages, which do not answer"
FOUND = "Passages found"
MORE = "{n} more"
SOURCES = shared.SOURCES
SOURCE = "Source {n}: {credit}"
COPY = "Copy"
COPIED = "Copied"
ASK_AGAIN = "Ask again"
CAPTION = "photo caption"
NEWEST = "newest"
AGREE = "Independent reports agree: {outlets}"
CONFIDENCE = "{word} confidence"
CONFIDENCES = {0.8: "High", 0.6: "Fair", 0.0: "Low"}
CONFIDENCE_MEANS = (
    "{percent} %. Measured on questions whose answers are known, about {percent} of a hundred "
    "answers that were this sure rested on a right sentence."
)
SEARCHED = "{articles} searched in {seconds}"
SEARCHED_SOME = "those of {articles} that meet the conditions searched in {seconds}"
REPORTED = "{days}: {answer}"
BROKEN = "Something broke inside Dateline while answering. The server's log has the details."

ADD_FILES = "Add files"
ADD_FILES_LABEL = "Add files to ask about"
DROP_HERE = "Drop files here to ask about them"
ADD_SHARED_FILES = "Add to collection"
ADD_SHARED_FILES_LABEL = "Add files to the collection, for everyone who asks it"
DROP_HERE_SHARED = "Drop files here to add them to the collection, for everyone who asks it"
UPLOADING = "Uploading {done} of {total}…"
WAITING = "Waiting to be indexed…"
INDEXING = "Indexing what you dropped"
FILES = "file {at:,} of {total:,}"
PASSAGES_DONE = "{done:,} of {total:,} passages"
RATE = "{rate:,} a second"
STOP = "Stop"
SEARCHING_DROPPED = "Searching the {articles} you dropped"
SEARCHING_COLLECTION = "Searching the collection; the {articles} you dropped can be searched again"
SEARCH_COLLECTION = "Search the collection instead"
SEARCH_DROPPED = "Search what I dropped"
REMOVE_DROPPED = "Remove"
NOTHING_DROPPED = "No article was found in what you dropped; the collection is searched."
ADDED_TO_COLLECTION = "Added to the collection, for everyone who asks it: {articles}"
NOTHING_ADDED = "Nothing was added to the collection."
SKIPPED = "{n:,} left out"
IS_FOLDER = "is a folder; drop its files, or a zip archive of it"
NOT_UPLOADED = "“{name}” did not arrive; drop it again"
IN_DROPPED = "searched: the {articles} you dropped"
WELCOME_DROPPED = "Ask the articles you dropped"

COLLECTION = "Collection"
SHELF_SEARCH = "Search the collection"
SHELF_WORDS = "Headline, outlet or author"
SHELF_ANY_OUTLET = "Any outlet"
SHELF_OUTLET = "Outlet"
SHELF_CHOSEN = "Chosen for the list"
SHELF_SINCE = "From"
SHELF_UNTIL = "Until"
SHELF_OVER_TIME = "Articles over time"
SHELF_FIRST = "Start of the time shown"
SHELF_LAST = "End of the time shown"
SHELF_CLEAR_TIME = "Show all days"
SHELF_ASK = "Ask only these"
SHELF_ASK_PART = "The days and outlets chosen hold for questions; words in headlines do not."
SHELF_WAITING = "Looking through the list…"
SHELF_FAILED = "The list could not be loaded; try again."
SHELF_FOUND = "{articles} found"
SHELF_UNDATED = "{articles} undated, in no bar"
SHELF_NONE = "No article meets this."
SHELF_CAPTION = "Articles of the collection"
SHELF_SKIPPED = "Left out when indexing: {n:,}"
SHELF_REPLACE = "Replace"
SHELF_REPLACE_LABEL = "Replace “{title}” with a file"
SHELF_REPLACING = "Replacing…"
SHELF_REPLACED = "Replaced: “{title}”"
SHELF_REMOVE = "Remove"
SHELF_REMOVE_LABEL = "Remove “{title}” for everyone"
SHELF_SURE = "Remove for everyone?"
SHELF_REMOVED = "Removed: “{title}”"
SHELF_FIXED = "This collection is not changed from the page."
COLUMN_DATE = "Published"
COLUMN_HEADLINE = "Headline"
COLUMN_OUTLET = "Outlet"
COLUMN_AUTHOR = "Author"
COLUMN_CHANGES = "Changes"
PAGES = "Pages"
PAGE_BEFORE = "Previous page"
PAGE_AFTER = "Next page"
PAGE_AT = "Page {page:,} of {pages:,}"

CONVERSATION = shared.CONVERSATION
COLLECTIONS = "Collections"
LOG_IN = "Log in to read and ask"
CONVERSATIONS = "Conversations"
TODAY = "Today"
LAST_WEEK = "Last seven days"
EARLIER = "Earlier"
NO_CONVERSATION = "None yet. What you ask is kept here."
UNREADABLE_CONVERSATION = "A conversation that cannot be read"
CONVERSATION_OPTIONS = "Options for “{title}”"
OPTIONS = "Rename, export, delete"
RENAME = "Rename"
NEW_NAME = "New name"
DELETE = "Delete"
DELETED = "Deleted: {title}"
UNDO = "Undo"
KEPT_HERE = "Kept in this browser only, the newest {n}."
NOT_KEPT = "This browser keeps no more; conversations last until the page is closed."
EXPORT_AS = {
    "markdown": "Export as Markdown",
    "html": "Export as web page",
    "json": "Export as JSON",
}
UNREADABLE_ANSWERS = "{answers} of this conversation cannot be read and are left out."
LOST = shared.LOST
NO_EXPORT = "There is nothing in this conversation that could be exported."
CITE = "Cite"
CITE_AS = {"plain": "Plain text", "markdown": "Markdown", "bibtex": "BibTeX"}
CITE_LABEL = "Cite source {n}: copy as a citation"
CITE_OPEN = "Cite what is highlighted: copy as a citation"
CLOSE = "Close"
ARTICLE = "Article"
ARTICLES = "Articles cited in this answer"
STEPS = "Citations of this answer"
PREVIOUS = "Previous"
NEXT = "Next"
STEP = "Citation {at} of {total}"
STEP_PASSAGE = "Passage {at} of {total}"
ALSO_CITED = "Also cited"
SUPERSEDED = "The collection has a newer version of this article; this is the one that was quoted."
ORIGINAL = "Read the original at {host}"
NEW_TAB = "(opens in a new tab)"
CHANGED = "This article has changed since it was quoted, so the sentence is not shown in its place."
SOURCE_CHANGED = "The file this was read from has changed since."
SOURCE_GONE = "The file this was read from is no longer there."
NO_PLACE = "This link does not name a sentence of an article."

UNTITLED = shared.UNTITLED
NO_OUTLET = shared.NO_OUTLET
UNDATED = shared.UNDATED

day = shared.day


def counted(number: int, noun: str) -> str:
    """The number with its noun: "1 article", "1,200 articles"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(milliseconds: float) -> str:
    """The time in seconds, to two digits: "0.31 s", "12 s"."""
    told = milliseconds / 1000
    return f"{told:.0f} s" if told >= 10 else f"{max(0.01, told):.2f} s"


def time_left(seconds: float, *, is_all: bool) -> str:
    """The time in words, "12 s left"; "at least" where more may come."""
    if seconds < 60:
        told = f"{max(1, round(seconds))} s left"
    elif seconds < 3600:
        told = f"{round(seconds / 60)} min left"
    else:
        told = f"{seconds / 3600:.1f} h left"
    return told if is_all else f"at least {told}"
