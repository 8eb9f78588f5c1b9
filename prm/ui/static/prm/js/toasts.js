// Short messages: gone after six seconds, errors and warnings stay. Hovering or focusing one stops its clock.
import { all, announce, onContent } from "./page.js";

const SECONDS = 6;
const holder = document.getElementById("toasts");

function start(toast) {
  if (toast.dataset.stay !== undefined) return;
  let timer;
  const run = () => { timer = setTimeout(() => toast.remove(), SECONDS * 1000); };
  for (const stop of ["pointerenter", "focusin"]) toast.addEventListener(stop, () => clearTimeout(timer));
  for (const go of ["pointerleave", "focusout"]) toast.addEventListener(go, run);
  run();
}

/** Show a message. tone: pos, neg, warn or nothing. */
export function toast(text, tone = "") {
  const source = document.getElementById("toast-template");
  if (!source || !holder) return;
  const element = source.content.firstElementChild.cloneNode(true);
  element.querySelector(".g").textContent = text;
  const symbol = { pos: "circle-check", neg: "circle-alert", warn: "triangle-alert" }[tone];
  const use = element.querySelector("use");
  if (symbol) {
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${symbol}`));
    use.parentElement.setAttribute("class", `i tx-${tone}`);
  }
  if (tone === "neg" || tone === "warn") element.dataset.stay = "";
  element.setAttribute("role", tone === "neg" ? "alert" : "status");
  holder.append(element);
  announce(text);
  start(element);
}

onContent((piece) => all(piece, "[data-toast]").forEach(start));
document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
});
// A view may send HX-Trigger: {"toast": {"text": "Saved", "tone": "pos"}}.
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));
