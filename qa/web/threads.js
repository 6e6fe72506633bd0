// The conversations kept in this browser: a list beside the chat, a drawer on a narrow screen.
// `element` holds the list; `trigger` sends an event to the server. What is kept is data: titles
// go onto the page as text, and everything else through the server, which checks it.

const nav = element.querySelector(".threads");
const words = JSON.parse(nav.dataset.words);
const limits = JSON.parse(nav.dataset.limits);
// Two servers below one host name keep apart what they hold.
const PREFIX = `dateline:${location.pathname}:conversation:`;
const OPEN = `dateline:${location.pathname}:open`;
const LIST = `dateline:${location.pathname}:list`;
const narrow = matchMedia("(max-width: 60rem)");
const page = () => document.getElementById("desk");

// Storage may be switched off or full; the conversations then last as long as the page.
const memory = new Map();

function attempt(action, otherwise) {
  try {
    return action();
  } catch {
    return otherwise;
  }
}

function keys() {
  const stored = attempt(() => Object.keys(localStorage), []);
  return [...new Set([...stored.filter((key) => key.startsWith(PREFIX)), ...memory.keys()])];
}

const raw = (key) => memory.get(key) ?? attempt(() => localStorage.getItem(key), null);

function parsed(text) {
  const entry = attempt(() => JSON.parse(text), null);
  const isOne =
    typeof entry?.title === "string" && Array.isArray(entry.turns) && Number.isFinite(entry.changed);
  return isOne ? entry : null;
}

const read = (id) => parsed(raw(PREFIX + id));

function forget(id) {
  memory.delete(PREFIX + id);
  attempt(() => localStorage.removeItem(PREFIX + id));
  summaries.delete(id);
}

// What the list needs of each: a text is parsed again only when it is another one.
const summaries = new Map();

function summary(id) {
  const text = raw(PREFIX + id);
  let known = summaries.get(id);
  if (known?.text !== text) {
    const entry = parsed(text);
    known = { id, text, size: text?.length ?? 0, title: entry?.title, changed: entry?.changed ?? 0 };
    summaries.set(id, known);
  }
  return known;
}

const all = () =>
  keys()
    .map((key) => summary(key.slice(PREFIX.length)))
    .sort((a, b) => b.changed - a.changed);

function write(id, entry) {
  const text = JSON.stringify(entry);
  // The oldest make room, never the one that is written.
  const others = all().filter((each) => each.id !== id);
  let room = limits.chars - text.length;
  others.forEach((each, at) => {
    room -= each.size;
    if (at + 1 >= limits.conversations || room < 0) forget(each.id);
  });
  for (;;) {
    try {
      localStorage.setItem(PREFIX + id, text);
      memory.delete(PREFIX + id);
      return;
    } catch {
      const oldest = all().findLast((each) => each.id !== id && !memory.has(PREFIX + each.id));
      if (!oldest || !attempt(() => localStorage.length, 0)) break;
      forget(oldest.id);
    }
  }
  memory.set(PREFIX + id, text);
  note.textContent = words.notKept;
}

// Which conversation this tab shows.

// The way to the server, one conversation at a time.
const opening = errands((data) => trigger("select", data));
const saving = errands((data) => trigger("download", data));

let current = attempt(() => sessionStorage.getItem(OPEN), null);

function setCurrent(id) {
  current = id;
  attempt(() => (id ? sessionStorage.setItem(OPEN, id) : sessionStorage.removeItem(OPEN)));
}

function resume(id) {
  const entry = read(id);
  if (!entry) return;
  setCurrent(id);
  saw(id, entry.turns);
  names.delete(id);
  window.dateline?.turn();
  opening.run({ thread: id, turns: entry.turns });
  draw();
  if (narrow.matches) fold();
}

// Two tabs may show one conversation. Where the other has gone on with it, this tab's goes on under
// an id of its own, so that neither takes the other's answers away.

// What this tab knows of each conversation, and which the server calls by another id.
const seen = new Map();
const names = new Map();
// What was written last, and when: another tab may write in the same moment, before it sees it.
let last = null;
const SAME_MOMENT = 5_000;

const saw = (id, turns) => seen.set(id, JSON.stringify(turns));
// By what was said: the server writes the rest of an answer anew when it is opened again.
const holds = (turns, others) =>
  others.every(({ question, text }, at) => turns[at]?.question === question && turns[at].text === text);

// Told by the server, with the whole conversation, after each answer.
function keep({ thread, title, named, turns }) {
  const id = names.get(thread) ?? thread;
  const known = read(id);
  const isNamed = known ? known.named === true : named;
  const entry = {
    version: 1,
    title: known && isNamed ? known.title : title,
    named: isNamed,
    changed: Date.now(),
    turns,
  };
  if (known && JSON.stringify(known.turns) !== seen.get(id)) part(thread, known.title, entry);
  else put(thread, id, entry);
}

function put(thread, id, entry) {
  write(id, entry);
  saw(id, entry.turns);
  last = { thread, id, entry };
  setCurrent(id);
  draw();
}

function part(thread, title, entry) {
  const id = [...crypto.getRandomValues(new Uint8Array(8))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const titles = new Set(all().map((each) => each.title));
  let number = 2;
  while (titles.has(`${title} (${number})`)) number += 1;
  names.set(thread, id);
  put(thread, id, { ...entry, title: `${title} (${number})`, named: true });
}

// Another tab has written: over what this one had written in the same moment?
function rescue() {
  if (!last || last.id !== current || Date.now() - last.entry.changed > SAME_MOMENT) return;
  const known = read(current);
  if (known && !holds(known.turns, last.entry.turns)) part(last.thread, known.title, last.entry);
}

function leave() {
  setCurrent(null);
  draw();
}

// The list.

const list = nav.querySelector(".list");
const undone = nav.querySelector(".undone");
const note = nav.querySelector(".kept-note");

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const button = (kind, text, more = {}) => make("button", { type: "button", class: kind, ...more }, text);

function group(changed) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (changed >= midnight) return words.today;
  return changed >= midnight - 6 * 86_400_000 ? words.week : words.earlier;
}

function item({ id, title }) {
  const name = title ?? words.unreadable;
  const line = title === undefined
    ? make("span", { class: "thread unreadable" }, name)
    : button("thread", name, { dir: "auto" });
  if (id === current) line.setAttribute("aria-current", "true");
  const tools = make("div", { class: "thread-tools" });
  if (title !== undefined) {
    tools.append(button("rename", words.rename));
    for (const [format, text] of Object.entries(words.formats)) {
      tools.append(button("export", text, { "data-format": format }));
    }
  }
  tools.append(button("delete", words.delete));
  const label = words.options.replace("{title}", name);
  const options = make("details", { class: "options" },
    make("summary", { "aria-label": label, title: words.optionsHint }, "⋯"), tools);
  return make("li", { "data-thread": id }, line, options);
}

function draw() {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const place = focused?.closest("li")?.dataset.thread;
  const opened = list.querySelector("details[open]")?.closest("li").dataset.thread;
  const parts = [];
  let heading = null;
  for (const each of all()) {
    const words = group(each.changed);
    if (words !== heading) {
      heading = words;
      parts.push(make("h3", {}, heading), make("ul"));
    }
    parts.at(-1).append(item(each));
  }
  list.replaceChildren(...(parts.length ? parts : [make("p", { class: "none" }, words.none)]));
  if (opened) find(opened)?.querySelector("details").setAttribute("open", "");
  // The keyboard goes on where it was.
  if (place) find(place)?.querySelector(focused.matches("summary") ? "summary" : ".thread")?.focus();
}

const find = (id) => [...list.querySelectorAll("li")].find((each) => each.dataset.thread === id);

function rename(row, id) {
  const entry = read(id);
  const field = make("input", { type: "text", maxlength: "200", "aria-label": words.newName, dir: "auto" });
  field.value = entry.title;
  row.querySelector(".thread").replaceWith(field);
  row.querySelector("details").removeAttribute("open");
  field.select();
  let done = false;
  const finish = (isKept) => {
    if (done) return;
    done = true;
    const title = field.value.trim();
    if (isKept && title) write(id, { ...read(id) ?? entry, title, named: true });
    draw();
    find(id)?.querySelector(".thread").focus();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      // Else it would press the button that takes the field's place.
      event.preventDefault();
      finish(true);
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      finish(false);
    }
  });
  field.addEventListener("blur", () => finish(true));
}

function remove(id) {
  const text = raw(PREFIX + id);
  const wasOpen = id === current;
  const title = summary(id).title ?? words.unreadable;
  forget(id);
  if (wasOpen) document.querySelector("#new").click();
  draw();
  const undo = button("undo", words.undo);
  undone.replaceChildren(make("span", { dir: "auto" }, words.deleted.replace("{title}", title)), undo);
  undo.addEventListener("click", () => {
    if (attempt(() => (localStorage.setItem(PREFIX + id, text), true), false) === false) memory.set(PREFIX + id, text);
    undone.replaceChildren();
    if (wasOpen) resume(id);
    draw();
    (find(id)?.querySelector(".thread") ?? list).focus();
  });
  undo.focus();
}

list.addEventListener("click", (event) => {
  const row = event.target.closest("li");
  const pressed = event.target.closest("button");
  if (!row || !pressed) return;
  const id = row.dataset.thread;
  if (pressed.matches(".thread")) resume(id);
  if (pressed.matches(".rename")) rename(row, id);
  if (pressed.matches(".delete")) remove(id);
  if (pressed.matches(".export")) {
    const { title, turns } = read(id) ?? {};
    if (turns) saving.run({ format: pressed.dataset.format, title, turns });
    row.querySelector("details").removeAttribute("open");
    row.querySelector("summary").focus();
  }
});

// One set of options is open at a time.
list.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  for (const each of list.querySelectorAll("details[open]")) if (each !== event.target) each.removeAttribute("open");
}, true);

addEventListener("storage", (event) => {
  if (event.key === PREFIX + current) rescue();
  if (event.key === null || event.key.startsWith(PREFIX)) draw();
});

// Showing and folding away.

const toggle = () => document.getElementById("list");
const isShown = () => page().hasAttribute("data-list");

function unfold() {
  page().dataset.list = "open";
  tellToggle();
}

function fold() {
  delete page().dataset.list;
  tellToggle();
}

function tellToggle() {
  toggle()?.setAttribute("aria-expanded", String(isShown()));
  toggle()?.setAttribute("aria-controls", "threads");
  // Behind the drawer nothing can be reached.
  const isDrawer = narrow.matches && isShown();
  for (const id of ["talking", "top"]) document.getElementById(id)?.toggleAttribute("inert", isDrawer);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#list")) {
    if (isShown()) fold();
    else unfold();
    attempt(() => !narrow.matches && localStorage.setItem(LIST, isShown() ? "open" : "shut"));
    if (narrow.matches && isShown()) (list.querySelector("[aria-current]") ?? nav.querySelector(".shut")).focus();
  } else if (event.target.closest("#threads .shut, #veil")) {
    fold();
    toggle().focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !nav.contains(document.activeElement)) return;
  const options = document.activeElement.closest("details[open]");
  if (options) {
    options.removeAttribute("open");
    options.querySelector("summary").focus();
  } else if (narrow.matches) {
    fold();
    toggle().focus();
  }
});

function settle() {
  const isShut = attempt(() => localStorage.getItem(LIST), null) === "shut";
  if (narrow.matches || isShut) fold();
  else unfold();
}
narrow.addEventListener("change", settle);
settle();
draw();

function download({ file, type, text }) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: file });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The page shows the conversation; one that was chosen meanwhile comes next.
function opened() {
  if (opening.done()) window.dateline.resumed();
}

function failed() {
  opening.done();
  window.dateline.settled();
}

window.datelineThreads = { keep, leave, download, failed, opened, saved: () => saving.done() };

if (current && read(current)) {
  // The empty page is not shown first.
  page().dataset.resuming = "";
  setTimeout(() => delete page().dataset.resuming, 5_000);
  resume(current);
} else setCurrent(null);
