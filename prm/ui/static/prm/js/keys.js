// Keyboard: Ctrl or Cmd K always; single keys only outside fields, and not at all if the person switched them off.
import { isTyping } from "./page.js";
import { openPalette } from "./palette.js";
import { moveRow, presentRow } from "./lists.js";

let waitingForGo = 0;
const press = (selector, event) => {
  const element = document.querySelector(selector);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, select")) { element.focus(); element.select?.(); } else element.click();
};

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (document.body.dataset.noSingleKeys !== undefined) return;
  if (Date.now() - waitingForGo < 1500) {
    waitingForGo = 0;
    const goal = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (goal) { event.preventDefault(); location.assign(goal.dataset.href); }
    return;
  }
  const row = presentRow();
  switch (event.key) {
    case "g": waitingForGo = Date.now(); break;
    case "/": press("[data-list-search]", event); break;
    case "?": document.getElementById("shortcuts")?.showModal(); break;
    case "j": moveRow(1); break;
    case "k": moveRow(-1); break;
    case "x": row?.querySelector("[data-row]")?.click(); break;
    case "Enter": if (row && event.target === document.body) row.querySelector("a[href]")?.click(); break;
    case "e": press("[data-key=edit]", event); break;
    case "c": press("[data-key=compare]", event); break;
  }
});
