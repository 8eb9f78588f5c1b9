// Menus and panels: the browser opens and closes them, this puts them beside their button and moves with arrow keys.
import { onContent } from "./page.js";

const GAP = 4, EDGE = 8;

function place(panel) {
  const buttons = document.querySelectorAll(`[popovertarget="${panel.id}"]`);
  const from = [...buttons].map((button) => button.getBoundingClientRect()).find(({ width }) => width);
  if (!from || panel.classList.contains("side")) return;
  panel.classList.add("placed");
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = innerHeight - from.bottom - GAP - EDGE, above = from.top - GAP - EDGE;
  const onTop = height > below && above > below;
  const rtl = getComputedStyle(panel).direction === "rtl";
  const wantsEnd = from.left + width > innerWidth - EDGE || (rtl && from.right - width >= EDGE);
  const left = wantsEnd ? from.right - width : from.left;
  Object.assign(panel.style, {
    inset: "auto",
    left: `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`,
    top: onTop ? `${Math.max(EDGE, from.top - height - GAP)}px` : `${from.bottom + GAP}px`,
  });
}

const resized = new ResizeObserver((changes) => changes.forEach(({ target }) => { if (target.matches(".placed:popover-open")) place(target); }));
const firstField = (panel) => panel.querySelector("input:not([type=hidden]), select, textarea")?.focus({ preventScroll: true });
const entries = (menu) => [...menu.querySelectorAll("a[href], button:not([disabled]):not([hidden]), input")].filter((entry) => entry.getClientRects().length);

document.addEventListener("toggle", (event) => {
  const panel = event.target;
  if (!panel.matches?.("[popover]") || event.newState !== "open") return;
  place(panel);
  resized.observe(panel);
  if (panel.matches("[data-menu]")) entries(panel)[0]?.focus({ preventScroll: true });
  else firstField(panel);
}, true);

// Fields and entries that were fetched when their panel or menu opened.
onContent((piece) => {
  const panel = piece === document ? null : piece.closest(":popover-open");
  if (panel?.matches(".pop") && !panel.contains(document.activeElement)) firstField(panel);
  if (panel?.matches("[data-menu]")) entries(panel)[0]?.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-menu]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || (!step && event.key !== "Home" && event.key !== "End")) return;
  const list = entries(menu), at = list.indexOf(document.activeElement);
  const next = event.key === "Home" ? 0 : event.key === "End" ? list.length - 1 : (at + step + list.length) % list.length;
  list[next]?.focus();
  event.preventDefault();
});

for (const kind of ["resize", "scroll"]) {
  addEventListener(kind, () => document.querySelectorAll(".placed:popover-open").forEach(place), { passive: true, capture: true });
}
