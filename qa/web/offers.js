// Questions to begin with that were still being made when the page was opened: they are told here,
// when they are asked for, as JSON. It is shown nowhere.

watch("value", () => {
  if (props.value) window.dateline?.offer(JSON.parse(props.value));
});

window.datelineOffers = { ask: () => trigger("tick") };
