// Lists: selecting rows shows the bulk bar; the head box selects the page; wide tables scroll and can be reached by keyboard.
import { all, onContent, say } from "./page.js";

function refresh(list) {
  const boxes = [...list.querySelectorAll("tbody [data-row]")], chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  const head = list.querySelector("[data-rows]");
  if (head) {
    head.checked = boxes.length > 0 && chosen.length === boxes.length;
    head.indeterminate = chosen.length > 0 && !head.checked;
  }
  const bar = list.querySelector("[data-bulk]");
  if (!bar) return;
  bar.classList.toggle("on", chosen.length > 0);
  const every = bar.querySelector("[data-every]"), everyBox = bar.querySelector("[name=all]");
  if (every) every.hidden = !head?.checked || everyBox?.value === "1";
  if (everyBox && !head?.checked) everyBox.value = "";
  bar.querySelector("[data-count]").textContent = say("selected", { count: everyBox?.value === "1" ? bar.dataset.total : chosen.length });
}

document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list) return;
  if (event.target.matches("[data-rows]")) for (const box of list.querySelectorAll("tbody [data-row]")) box.checked = event.target.checked;
  if (event.target.matches("[data-rows], [data-row]")) refresh(list);
});
document.addEventListener("click", (event) => {
  const list = event.target.closest("[data-list]");
  if (!list) return;
  if (event.target.closest("[data-none]")) {
    for (const box of list.querySelectorAll("[data-row]")) box.checked = false;
    refresh(list);
  }
  if (event.target.closest("[data-every]")) {
    list.querySelector("[data-bulk] [name=all]").value = "1";
    refresh(list);
  }
});

const fit = (box) => {
  const scrolls = box.scrollWidth > box.clientWidth + 1;
  if (scrolls) box.tabIndex = 0; else box.removeAttribute("tabindex");
  box.classList.toggle("fits", !scrolls);
};
const watcher = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));
onContent((piece) => {
  for (const box of all(piece, ".tw")) watcher.observe(box);
  for (const list of all(piece, "[data-list]")) refresh(list);
  for (const tabs of all(piece, ".tabs")) tabs.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
});

/** Rows for the keyboard: the present one is marked with .at. */
export function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-list] tbody tr")];
  if (!rows.length) return null;
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  for (const one of rows) one.classList.toggle("at", one === row);
  row.scrollIntoView({ block: "nearest" });
  return row;
}
export const presentRow = () => document.querySelector("[data-list] tbody tr.at");
