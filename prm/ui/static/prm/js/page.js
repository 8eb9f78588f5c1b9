// Shared small things: words from the server, and "do this for what is on the page and for what htmx brings later".
const words = document.getElementById("words")?.dataset ?? {};

/** A translated sentence by its key, with {name} replaced. */
export const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key] ?? "");

/** Run a function for the document now and for every piece that htmx puts in later. */
export function onContent(run) {
  run(document);
  document.addEventListener("htmx:load", (event) => run(event.detail.elt));
}

/** Elements that match inside a piece, the piece itself included. */
export const all = (piece, selector) => [
  ...(piece.matches?.(selector) ? [piece] : []),
  ...piece.querySelectorAll(selector),
];

/** Tell screen readers without moving the focus. */
export function announce(text) {
  const region = document.getElementById("announce");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

export const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog, [popover]");
