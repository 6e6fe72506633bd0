// The article beside the chat; on a narrow screen it slides over it. `element` holds it; `trigger`
// asks the server for one. The server re-renders the inside, so listeners sit on what stays.

let opener = null;
// The links of the answer that one was opened from: what previous and next step through.
let among = [];
// What was chosen in here, so that the keyboard goes on there in what comes next.
let chosen = null;
let hasEntry = false;
// The way to the server, one article at a time.
const reading = errands((data) => trigger("select", data));

const desk = () => document.getElementById("desk");
const narrow = matchMedia("(max-width: 60rem)");
const isOpen = () => desk().dataset.reading === "open";

// Quotes are stepped through among quotes, passages among passages.
function linksBeside(link) {
  const kind = link.matches(".marker") ? ".marker" : ".passage a";
  const links = [...(link.closest(".turn")?.querySelectorAll(kind) ?? [link])];
  return links.map((each) => ({
    fragment: each.getAttribute("href"),
    marker: each.matches(".marker") ? Number(each.textContent.replace(/\D/g, "")) : null,
  }));
}

function open(link) {
  opener = link;
  chosen = null;
  among = linksBeside(link);
  reading.run({ fragment: link.getAttribute("href"), among });
}

function close() {
  if (!isOpen()) return;
  // The browser's way back would otherwise lead to an article that is closed.
  if (hasEntry) history.back();
  hide();
}

function hide() {
  hasEntry = false;
  delete desk().dataset.reading;
  cover();
  opener?.isConnected && opener.focus({ preventScroll: true });
  opener = null;
}

// Over the chat it is a dialogue: nothing behind it can be reached.
function cover() {
  const isOver = isOpen() && narrow.matches;
  for (const id of ["talking", "top", "threads"]) {
    document.getElementById(id)?.toggleAttribute("inert", isOver);
  }
  const sheet = element.querySelector(".sheet");
  if (isOver) sheet.setAttribute("role", "dialog");
  else sheet.removeAttribute("role");
  sheet.toggleAttribute("aria-modal", isOver);
  if (isOver) sheet.setAttribute("aria-modal", "true");
}

function show() {
  const isNew = !isOpen();
  desk().dataset.reading = "open";
  cover();
  if (isNew && narrow.matches) {
    history.pushState({ dateline: "reading" }, "");
    hasEntry = true;
  }
  const next = chosen && element.querySelector(chosen);
  (next ?? element.querySelector("h2, .problem")).focus({ preventScroll: true });
  element.querySelector('[role="tab"][aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  const mark = element.querySelector("mark");
  if (!mark) return;
  // On a low screen the article scrolls as a whole, else only its text does.
  const parts = [mark.closest(".article-body"), mark.closest(".article")];
  const scroller = parts.find((part) => getComputedStyle(part).overflowY === "auto");
  scroller.scrollTop = 0;
  const top = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  if (top + mark.offsetHeight > 0.8 * scroller.clientHeight) {
    scroller.scrollTop = top - Math.max(24, (scroller.clientHeight - mark.offsetHeight) / 3);
  }
}

element.addEventListener("click", (event) => {
  const link = event.target.closest("a.cited");
  const button = event.target.closest("button");
  if (link) {
    event.preventDefault();
    chosen = null;
    reading.run({ fragment: link.getAttribute("href"), among });
  } else if (button?.matches(".close")) {
    close();
  } else if (button?.dataset.fragment) {
    const kind = button.classList.contains("previous") ? ".previous" : ".next";
    chosen = button.matches(".step") ? `.step${kind}` : '[role="tab"][aria-selected="true"]';
    reading.run({ fragment: button.dataset.fragment, among });
  }
});

// One tab is in the order of the keyboard; arrows lead to the others.
element.addEventListener("keydown", (event) => {
  if (!event.target.matches('[role="tab"]')) return;
  const tabs = [...element.querySelectorAll('[role="tab"]')];
  const at = tabs.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tabs.at(to % tabs.length).focus();
});

addEventListener("popstate", () => {
  if (isOpen() && hasEntry) hide();
});
narrow.addEventListener("change", cover);

// What was chosen meanwhile is on its way: only the last is shown.
function arrived() {
  if (reading.done()) show();
}

window.datelineViewer = { open, close, arrived, failed: () => reading.done() };

if (location.hash.startsWith("#cite-")) {
  const fragment = location.hash;
  reading.run({ fragment, among: [] });
}
