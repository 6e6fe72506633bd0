// What the server tells the browser to keep or to save as a file, as JSON. It is shown nowhere.

watch("value", () => {
  if (!props.value) return;
  const { keep, file, suggest } = JSON.parse(props.value);
  if (keep) window.datelineThreads.keep(keep);
  if (suggest) window.dateline.suggest(suggest);
  if (file) window.datelineThreads.download(file);
});

// An event that asks for nothing; see errands.js.
window.datelineCourier = { nudge: () => trigger("tick") };
