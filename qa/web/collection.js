// The collection view: what is filtered for is kept here, what is listed comes from the server as
// escaped HTML. `element` holds the view; `server` asks, `upload` sends a file.

const shelf = element.querySelector(".shelf");
const words = JSON.parse(shelf.dataset.words);
const form = shelf.querySelector("form");
const list = shelf.querySelector(".shelf-list");
const time = shelf.querySelector(".time");
const plot = time.querySelector(".plot");
const handles = { first: time.querySelector(".first"), last: time.querySelector(".last") };
const told = shelf.querySelector(".told");
const asks = shelf.querySelector(".ask-these");
const chosen = shelf.querySelector(".outlets-chosen");
const problem = shelf.querySelector(".shelf-problem");

const desk = () => document.getElementById("desk");
const door = () => document.getElementById("shelf-door");
const isOpen = () => desk().dataset.view === "collection";

// How long the server is left alone while somebody types.
const TYPING_MS = 250;
const state = { words: "", since: "", until: "", sources: [], order: "newest", page: 1 };
let bins = [];
let asked = 0;

function open() {
  desk().dataset.view = "collection";
  door().querySelector("button")?.setAttribute("aria-pressed", "true");
  shelf.querySelector("h2").focus({ preventScroll: true });
  show({ whole: true });
}

function close({ focus = true } = {}) {
  if (!isOpen()) return;
  delete desk().dataset.view;
  const button = door().querySelector("button");
  button?.setAttribute("aria-pressed", "false");
  if (focus) button?.focus({ preventScroll: true });
}

async function show({ whole = false, after = null } = {}) {
  const turn = (asked += 1);
  list.setAttribute("aria-busy", "true");
  let got;
  try {
    got = await server.list_articles({ ...state, whole });
  } catch {
    got = { problem: words.failed };
  }
  // A later question has been asked meanwhile; its answer counts.
  if (turn !== asked) return;
  list.removeAttribute("aria-busy");
  tell(got.problem ?? "");
  if (got.problem) return;
  list.innerHTML = got.list;
  told.textContent = got.told;
  bins = got.bins;
  drawTime(got);
  if (got.outlets) fillOutlets(got.outlets);
  if (got.skipped !== undefined) shelf.querySelector(".shelf-skipped").innerHTML = got.skipped;
  drawAsks(got);
  after?.();
}

function tell(message) {
  problem.textContent = message;
  problem.hidden = !message;
}

// Filters

// What fits depends on the room there is, not on the screen.
const ROOM = [[544, "small"], [832, "medium"]];
new ResizeObserver(([{ contentRect }]) => {
  const size = ROOM.find(([width]) => contentRect.width < width)?.[1];
  if (size) shelf.dataset.size = size;
  else delete shelf.dataset.size;
}).observe(shelf);

function change(changes, options = {}) {
  Object.assign(state, { page: 1 }, changes);
  form.elements.since.value = state.since;
  form.elements.until.value = state.until;
  drawOutlets();
  return show(options);
}

let typing;
form.addEventListener("input", (event) => {
  if (event.target.name !== "words") return;
  clearTimeout(typing);
  typing = setTimeout(() => change({ words: event.target.value }), TYPING_MS);
});
form.addEventListener("change", (event) => {
  const { name, value } = event.target;
  if (name === "since" || name === "until") change({ [name]: value });
  if (name === "outlet" && value) {
    event.target.value = "";
    if (!state.sources.includes(value)) change({ sources: [...state.sources, value] });
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  change({ words: form.elements.words.value });
});
form.addEventListener("reset", () => {
  clearTimeout(typing);
  change({ words: "", since: "", until: "", sources: [] });
});

function fillOutlets(outlets) {
  const select = form.elements.outlet;
  const options = outlets.map((outlet) => new Option(outlet, outlet));
  select.replaceChildren(select.options[0], ...options);
  select.closest("label").hidden = outlets.length < 2;
}

function drawOutlets() {
  chosen.hidden = state.sources.length === 0;
  chosen.replaceChildren(
    ...state.sources.map((outlet) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      name.dir = "auto";
      name.textContent = outlet;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "×";
      button.setAttribute("aria-label", words.removeOutlet.replace("{chip}", outlet));
      button.addEventListener("click", () => {
        change({ sources: state.sources.filter((each) => each !== outlet) });
        // The button has gone; the keyboard goes on beside it.
        (chosen.querySelector("button") ?? form.elements.outlet).focus();
      });
      item.append(name, button);
      return item;
    }),
  );
}

// Time: bars to drag over, and a handle at either end for the keyboard.

// The first and the last bar that are shown.
function range() {
  const first = state.since ? bins.findIndex((bin) => bin.until >= state.since) : 0;
  const behind = state.until ? bins.findIndex((bin) => bin.since > state.until) : -1;
  const last = behind < 0 ? bins.length - 1 : Math.max(0, behind - 1);
  return [first < 0 ? bins.length - 1 : Math.min(first, last), last];
}

function drawTime(got) {
  time.hidden = bins.length < 2;
  if (time.hidden) return;
  plot.querySelector(".bars").innerHTML = got.bars;
  const ends = time.querySelectorAll(".axis span");
  ends[0].textContent = bins[0].label;
  ends[1].textContent = bins.at(-1).label;
  drawRange(...range(), got.undated);
}

let undatedNote = "";
function drawRange(first, last, undated = undatedNote) {
  undatedNote = undated;
  const n = bins.length;
  plot.style.setProperty("--from", first / n);
  plot.style.setProperty("--to", (last + 1) / n);
  plot.querySelectorAll(".bar").forEach((bar, at) => {
    bar.classList.toggle("left-out", at < first || at > last);
  });
  for (const [name, at, from, to] of [["first", first, 0, last], ["last", last, first, n - 1]]) {
    const handle = handles[name];
    handle.setAttribute("aria-valuemin", from);
    handle.setAttribute("aria-valuemax", to);
    handle.setAttribute("aria-valuenow", at);
    handle.setAttribute("aria-valuetext", bins[at].label);
  }
  const isNarrow = Boolean(state.since || state.until);
  const span = first === last ? bins[first].label : `${bins[first].label} – ${bins[last].label}`;
  const whole = time.querySelector(".whole");
  time.querySelector(".range span").textContent = isNarrow ? span : undated;
  whole.hidden = !isNarrow;
}

function choose(first, last) {
  const isAll = first === 0 && last === bins.length - 1;
  const days = isAll ? ["", ""] : [bins[first].since, bins[last].until];
  return change({ since: days[0], until: days[1] });
}

time.querySelector(".whole").addEventListener("click", () => {
  change({ since: "", until: "" });
  handles.first.focus();
});

function barAt(x) {
  const box = plot.querySelector(".bars").getBoundingClientRect();
  const isMirrored = getComputedStyle(plot).direction === "rtl";
  const share = isMirrored ? (box.right - x) / box.width : (x - box.left) / box.width;
  return Math.max(0, Math.min(bins.length - 1, Math.floor(share * bins.length)));
}

plot.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !bins.length) return;
  const held = Object.entries(handles).find(([, each]) => each === event.target)?.[0];
  const [first, last] = range();
  // A handle moves its own end; anywhere else a new stretch begins.
  const fixed = held === "first" ? last : held === "last" ? first : barAt(event.clientX);
  let at = held ? range()[held === "first" ? 0 : 1] : fixed;
  const draw = () => drawRange(Math.min(fixed, at), Math.max(fixed, at));
  const move = (moved) => {
    at = barAt(moved.clientX);
    draw();
  };
  const done = (ended) => {
    plot.removeEventListener("pointermove", move);
    plot.removeEventListener("pointerup", done);
    plot.removeEventListener("pointercancel", done);
    if (ended.type === "pointerup") choose(Math.min(fixed, at), Math.max(fixed, at));
    else drawRange(...range());
  };
  plot.setPointerCapture(event.pointerId);
  plot.addEventListener("pointermove", move);
  plot.addEventListener("pointerup", done);
  plot.addEventListener("pointercancel", done);
  draw();
});

let sliding;
function slide(event, name) {
  const [first, last] = range();
  const at = name === "first" ? first : last;
  const steps = {
    ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
    PageDown: at - 6, PageUp: at + 6, Home: 0, End: bins.length - 1,
  };
  const to = steps[event.key];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const ends = name === "first"
    ? [Math.max(0, Math.min(to, last)), last]
    : [first, Math.max(first, Math.min(to, bins.length - 1))];
  const isAll = ends[0] === 0 && ends[1] === bins.length - 1;
  state.since = isAll ? "" : bins[ends[0]].since;
  state.until = isAll ? "" : bins[ends[1]].until;
  drawRange(...ends);
  // The list follows when the key rests.
  clearTimeout(sliding);
  sliding = setTimeout(() => change({}), TYPING_MS);
}
for (const [name, handle] of Object.entries(handles)) {
  handle.addEventListener("keydown", (event) => slide(event, name));
}

// The list

list.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#cite-"]');
  const button = event.target.closest("button");
  if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    window.datelineViewer.open(link);
  } else if (button?.matches(".sort")) {
    const column = button.closest("th").className;
    const after = () => list.querySelector(`th.${column} button`)?.focus();
    change({ order: button.dataset.order }, { after });
  } else if (button?.matches(".turn-page") && button.getAttribute("aria-disabled") !== "true") {
    const isNext = button === button.parentElement.lastElementChild;
    state.page = Number(button.dataset.page);
    const after = () => {
      shelf.scrollTo({ top: list.offsetTop - 60 });
      list.querySelectorAll(".turn-page")[Number(isNext)]?.focus({ preventScroll: true });
    };
    show({ after });
  } else if (button?.matches(".remove")) remove(button);
});

// A second press on the same button: the first only asks.
async function remove(button) {
  if (!button.classList.contains("sure")) {
    button.classList.add("sure");
    button.dataset.label = button.getAttribute("aria-label");
    button.textContent = words.sure;
    button.setAttribute("aria-label", words.sure);
    const back = () => {
      button.classList.remove("sure");
      button.textContent = words.remove;
      button.setAttribute("aria-label", button.dataset.label);
    };
    button.addEventListener("blur", back, { once: true });
    return;
  }
  const { article } = button.closest("tr").dataset;
  await changed(() => server.remove_article({ article }));
}

list.addEventListener("change", async (event) => {
  const field = event.target;
  const [file] = field.files ?? [];
  if (!file) return;
  const { article } = field.closest("tr").dataset;
  told.textContent = words.replacing;
  await changed(async () => {
    const name = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
    const { path } = await upload(new File([file], name));
    return server.replace_article({ article, name: file.name, path });
  });
});

async function changed(act) {
  list.setAttribute("aria-busy", "true");
  let got;
  try {
    got = await act();
  } catch {
    got = { problem: words.failed };
  }
  const after = () => {
    if (got.problem) tell(got.problem);
    else told.textContent = got.done;
    shelf.querySelector("h2").focus({ preventScroll: true });
  };
  await show({ whole: true, after });
}

// Asking what was filtered

function drawAsks() {
  const isLimited = Boolean(state.since || state.until || state.sources.length);
  asks.hidden = !isLimited;
  asks.querySelector("span").textContent = state.words.trim() ? shelf.dataset.part : "";
}

asks.querySelector("button").addEventListener("click", () => {
  trigger("apply", { since: state.since, until: state.until, sources: state.sources });
  close({ focus: false });
  document.querySelector("#question textarea")?.focus();
});

shelf.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || desk().dataset.reading) return;
  const isEmpty = !event.target.matches("input[type=search]") || !event.target.value;
  if (isEmpty) close();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#shelf-door button")) {
    if (isOpen()) close();
    else open();
  } else if (event.target.closest("#new, #threads .thread")) close({ focus: false });
});

// A question is answered in the conversation, whatever was in its place.
new MutationObserver(() => {
  if (isOpen() && document.querySelector("#talk .turn.pending")) close({ focus: false });
}).observe(document.getElementById("talk") ?? document.body, { childList: true, subtree: true });

// What was uploaded while the list was open stands in it.
new MutationObserver(() => {
  if (isOpen() && !document.querySelector("#drops .busy")) show({ whole: true });
}).observe(document.getElementById("drops") ?? document.body, { childList: true, subtree: true });

door()?.querySelector("button")?.setAttribute("aria-pressed", "false");
