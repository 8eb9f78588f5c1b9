// Command palette: a combobox over a listbox in a dialog. The server searches; arrow keys choose, Enter opens.
import { say, announce } from "./page.js";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input"), list = document.getElementById("palette-list");
let pending, latest = 0;

const options = () => [...list.querySelectorAll("a[role=option]")];

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

async function search() {
  const turn = ++latest;
  const url = new URL(dialog.dataset.url, location.href);
  url.searchParams.set("q", input.value.trim());
  url.searchParams.set("fragment", "1");
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const html = await answer.text();
    if (turn !== latest) return;
    list.innerHTML = html; // rendered and escaped by our own server
    choose(options()[0]);
    announce(options().length ? say("results", { count: options().length }) : say("nothing"));
  } catch {
    if (turn === latest) announce(say("failed"));
  }
}

export function openPalette() {
  if (!dialog || dialog.open) return;
  document.querySelectorAll("[popover]:popover-open").forEach((panel) => panel.hidePopover());
  input.value = "";
  dialog.showModal();
  search();
}

if (dialog) {
  input.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(search, 120); });
  dialog.addEventListener("keydown", (event) => {
    const found = options(), at = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(found[(at + 1) % found.length]);
    else if (event.key === "ArrowUp") choose(found[(at - 1 + found.length) % found.length]);
    else if (event.key === "Enter" && found[at]) found[at].click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openPalette();
  });
}
