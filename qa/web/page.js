// Runs once, when the conversation is put on the page. `element` holds the conversation;
// `trigger` sends an event to the server. Gradio re-renders the inside of `element`, so every
// listener sits on a node that stays.

let opener = null;

const desk = () => document.getElementById("desk");
const isOpen = () => desk().dataset.reading === "open";

function open(fragment, from) {
  opener = from;
  trigger("select", { fragment });
}

function close() {
  delete desk().dataset.reading;
  opener?.isConnected && opener.focus({ preventScroll: true });
  opener = null;
}

function show() {
  desk().dataset.reading = "open";
  const reading = document.getElementById("reading");
  reading.querySelector("h2, .problem").focus({ preventScroll: true });
  const mark = reading.querySelector("mark");
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

element.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#cite-"]');
  const button = event.target.closest("button");
  if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    open(link.getAttribute("href"), link);
  } else if (button?.matches(".copy")) {
    copy(button);
  } else if (button && !element.querySelector(".pending")) {
    if (button.matches(".example")) trigger("submit", { question: button.textContent });
    if (button.matches(".again")) trigger("submit", { again: true });
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#reading .close")) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) close();
});

// A new question goes to the top of the view and stays there while its answer comes in below.
watch("value", () => {
  const asked = element.querySelector(".turn.pending");
  if (asked) element.querySelector(".log").scrollTop = asked.offsetTop;
});

// What Gradio's controls lack: the browser's date picker (a date field without it takes ISO
// dates), right-to-left questions, one group of radio buttons, and a heading that says it folds.
function dress() {
  for (const field of document.querySelectorAll(".date-field input[type=text]")) field.type = "date";
  for (const radio of document.querySelectorAll("#mode input")) radio.name = "mode";
  const field = document.querySelector("#question textarea");
  if (field) field.dir = "auto";
  const fold = document.querySelector("#filters > button");
  fold?.setAttribute("aria-expanded", String(fold.classList.contains("open")));
}
new MutationObserver(dress).observe(document.body, {
  attributeFilter: ["class"],
  childList: true,
  subtree: true,
});
dress();

window.dateline = { show, close };

if (location.hash.startsWith("#cite-")) open(location.hash, null);
