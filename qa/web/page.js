// Runs once, when the conversation is put on the page. `element` holds the conversation;
// `trigger` sends an event to the server. Gradio re-renders the inside of `element`, so every
// listener sits on a node that stays.

// Whether a chip was taken away: its button goes with it, and the keyboard goes on beside it.
let removed = false;

// Asking. Gradio drops what is sent while an answer is on its way, and its reset of the field would
// take words that were typed meanwhile; so both are done here. A question is
//   "sent"       until the page shows it,
//   "answering"  until its answer is there: until then nothing else can be asked,
//   "answered"   until the server has done with it.
// What is asked in the last stage, or while the page turns to another conversation ("turning"),
// waits until it can be sent.
let stage = "idle";
let asked = null;
let waiting = null;
let turnsBefore = 0;
const turns = () => element.querySelectorAll(".turn:not(.pending)").length;
const field = () => document.querySelector("#question textarea");

function ask(data) {
  if (stage === "answered" || stage === "turning") waiting = data;
  if (stage !== "idle") return;
  stage = "sent";
  asked = data;
  turnsBefore = turns();
  trigger("submit", data);
  insist(() => asked === data && stage === "sent");
}

const askTyped = () => ask({ question: field().value, typed: true });

function write(words) {
  field().value = words;
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

// The words leave the field when the page shows them, and come back when they are not answered;
// never over others.
function followField(isTaken) {
  if (!asked?.typed) return;
  if (isTaken && field().value === asked.question) write("");
  else if (!isTaken && field().value === "") write(asked.question);
}

function followAnswer() {
  if (element.querySelector(".turn.pending")) {
    if (stage === "sent") {
      stage = "answering";
      followField(true);
    }
  } else if (stage === "sent" || stage === "answering") {
    stage = "answered";
    followField(turns() > turnsBefore);
  }
}

// The server has done with a question, or the page has turned to another conversation.
function settled() {
  stage = "idle";
  asked = null;
  const data = waiting;
  waiting = null;
  if (data) ask(data);
  // Questions are on their way to be offered, or there are none.
  else if (element.querySelector(".turn:last-child .declined")) insist(once());
}

function once() {
  let times = 0;
  return () => times++ === 0 && !element.querySelector(".offered");
}

// Whoever goes to another conversation gives up what is being asked.
function turn() {
  stage = "turning";
  asked = waiting = null;
  write("");
}

// Before Gradio's own field and button see them.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target !== field()) return;
  event.preventDefault();
  event.stopPropagation();
  askTyped();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest("#ask")) askTyped();
  if (event.target.closest("#new")) {
    turn();
    insist(() => stage === "turning");
  }
}, true);

const desk = () => document.getElementById("desk");

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages served over plain http from another machine have no clipboard object.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const said = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = said), 1500);
}

// A sent question in other words: a field takes its place until it is asked or left.
function edit(turn, more, text) {
  const heading = turn.querySelector("h2.question");
  if (heading.hidden) return;
  const words = element.querySelector(".log").dataset;
  const form = document.createElement("form");
  form.className = "edited";
  const field = document.createElement("textarea");
  field.value = text ?? heading.textContent;
  field.dir = "auto";
  field.rows = 2;
  field.setAttribute("aria-label", words.edited);
  const tools = document.createElement("p");
  for (const [kind, label] of [["submit", words.ask], ["button", words.cancel]]) {
    const button = document.createElement("button");
    button.type = kind;
    button.textContent = label;
    tools.append(button);
  }
  form.append(field, tools);
  const from = document.activeElement;
  const leave = () => {
    form.remove();
    heading.hidden = false;
    from.focus({ preventScroll: true });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question) return;
    const at = [...element.querySelectorAll(".turn")].indexOf(turn);
    ask({ edit: at, question, ...more });
  });
  tools.lastChild.addEventListener("click", leave);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  heading.hidden = true;
  heading.after(form);
  field.focus();
  field.select();
}

// Questions that can be answered, below a decline that is still the last word.
function suggest({ heading, questions, turns }) {
  const last = [...element.querySelectorAll(".turn")].at(-1);
  const isLast = element.querySelectorAll(".turn").length === turns && !last.matches(".pending");
  if (!isLast || !last.querySelector(".declined") || last.querySelector(".offered")) return;
  const title = document.createElement("h3");
  title.className = "offer";
  title.textContent = heading;
  const list = document.createElement("ul");
  list.className = "offered";
  list.append(...questions.map(example));
  last.querySelector(".answer").append(title, list);
}

// Questions to begin with that are still being made. Their place is kept; they are asked for, ever
// more seldom, until they are there or the place is not.
const LONGEST_SEEK = 10_000;
let isSeeking = false;
const awaited = () => element.querySelector(".welcome .awaited");

function seek(milliseconds = 200) {
  if (isSeeking || !awaited()) return;
  isSeeking = true;
  window.datelineOffers?.ask();
  setTimeout(() => {
    isSeeking = false;
    seek(Math.min(1.25 * milliseconds, LONGEST_SEEK));
  }, milliseconds);
}

function offer({ of, questions }) {
  const list = awaited();
  if (list?.dataset.of !== of) return;
  list.className = questions.length ? "" : "none";
  if (questions.length) list.replaceChildren(...questions.map(example));
}

// A question to be asked by a click, as an item of a list.
function example(question) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "example";
  button.dir = "auto";
  button.textContent = question;
  const item = document.createElement("li");
  item.append(button);
  return item;
}

// What is on its way, to be put back into the field when it is given up.
const pending = () => element.querySelector(".turn.pending h2.question")?.textContent ?? "";

element.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#cite-"]');
  const button = event.target.closest("button");
  if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    window.datelineViewer.open(link);
  } else if (button && !element.querySelector(".pending")) {
    if (button.matches(".example")) ask({ question: button.textContent });
    if (button.matches(".again")) ask({ again: true });
    if (button.matches(".edit")) edit(button.closest(".turn"), {});
    if (button.matches(".edit-reading")) {
      edit(button.closest(".turn"), { standalone: true }, button.dataset.query);
    }
    if (button.matches(".remove-chip")) {
      removed = true;
      ask({ remove: button.dataset.chip });
    }
  }
});

document.addEventListener("click", (event) => {
  const copied = event.target.closest("button.copy, button.copy-as");
  if (copied) copy(copied);
  // A set of forms is folded away again by whatever else is chosen.
  for (const cite of document.querySelectorAll(".cite[open]")) {
    if (!cite.contains(event.target)) cite.removeAttribute("open");
  }
  const button = event.target.closest("#drops button");
  if (!button) return;
  // The button goes with the event; the keyboard goes on beside it.
  picker().focus({ preventScroll: true });
  if (button.matches(".scope")) trigger("apply", { scope: button.dataset.scope });
  else trigger("clear");
});

// Files to ask about: chosen with the button, or dropped anywhere on the page.

let uploading = false;
const picker = () => document.querySelector("#add input");
const drops = () => document.querySelector("#drops .dropped");
const isBusy = () => !picker() || uploading || drops().querySelector(".busy") !== null;
const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

function tell(words) {
  const line = document.createElement("p");
  line.className = "drop busy note";
  line.textContent = words;
  drops().replaceChildren(line);
  return line;
}

// The server checks the same; here it spares the upload.
function isTooMuch(files) {
  const { maxFiles, maxBytes } = picker().parentElement.dataset;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const refused = files.length > Number(maxFiles) || bytes > Number(maxBytes);
  if (refused) trigger("upload", { refused: [files.length, bytes] });
  return refused;
}

async function send(files, folders) {
  if (isBusy() || files.length + folders.length === 0 || isTooMuch(files)) return;
  const words = picker().parentElement.dataset;
  const sent = [];
  const before = [...drops().childNodes];
  uploading = true;
  try {
    for (const file of files) {
      tell(words.uploading.replace("{done}", sent.length + 1).replace("{total}", files.length));
      // A name of its own, so that no other browser's upload has the same place on the server.
      const name = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
      const { path } = await upload(new File([file], name)).catch(() => {
        throw file.name;
      });
      sent.push({ name: file.name, path });
    }
    const line = tell(words.waiting);
    trigger("upload", { files: sent, folders });
    insist(() => line.isConnected);
  } catch (failed) {
    drops().replaceChildren(...before);
    trigger("upload", { files: sent, failed: String(failed) });
  } finally {
    uploading = false;
  }
}

document.addEventListener("change", (event) => {
  if (event.target !== picker()) return;
  send([...event.target.files], []);
  event.target.value = "";
});

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = isBusy() ? "none" : "copy";
  desk().toggleAttribute("data-dropping", !isBusy());
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) desk().removeAttribute("data-dropping");
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  // Gradio's fields take files of their own.
  event.stopPropagation();
  desk().removeAttribute("data-dropping");
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory ?? false;
  const folders = items.filter(isFolder).map((item) => item.getAsFile().name);
  send(items.filter((item) => !isFolder(item)).map((item) => item.getAsFile()), folders);
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const cite = event.target.closest?.(".cite[open]");
  const meaning = event.target.closest?.(".confidence");
  if (cite) {
    cite.removeAttribute("open");
    cite.querySelector("summary").focus();
  } else if (meaning) meaning.blur();
  else window.datelineViewer.close();
});

// A new question goes to the top of the view and stays there while its answer comes in below.
watch("value", () => {
  followAnswer();
  seek();
  const begun = element.querySelector(".turn.pending");
  const log = element.querySelector(".log");
  if (begun) log.scrollTop = begun.offsetTop;
  else if (removed) {
    removed = false;
    const chips = log.querySelectorAll(".remove-chip");
    (chips[0] ?? log).focus({ preventScroll: true });
  }
});

// What Gradio's controls lack: the browser's date picker (a date field without it takes ISO
// dates), right-to-left questions, one group of radio buttons, and a heading that says it folds.
function dress() {
  for (const field of document.querySelectorAll(".date-field input[type=text]")) field.type = "date";
  for (const radio of document.querySelectorAll("#mode input")) radio.name = "mode";
  if (field()) field().dir = "auto";
  // Gradio replaces what is inside; only a node that stays is read out.
  document.querySelector("#drops")?.setAttribute("role", "status");
  const fold = document.querySelector("#filters > button");
  fold?.setAttribute("aria-expanded", String(fold.classList.contains("open")));
}
new MutationObserver(dress).observe(document.body, {
  attributeFilter: ["class"],
  childList: true,
  subtree: true,
});
dress();

// A conversation that was kept is shown from its end.
function resumed() {
  window.datelineViewer.close();
  delete desk().dataset.resuming;
  const log = element.querySelector(".log");
  log.scrollTop = element.querySelector(".turn:last-child")?.offsetTop ?? 0;
  settled();
}

window.dateline = { offer, pending, resumed, settled, suggest, turn };
seek();
