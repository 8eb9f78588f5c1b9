// Crosshair for server-drawn charts. The values come from the table beside the picture; arrow keys move it too.
import { all, onContent } from "./page.js";

const make = (name) => Object.assign(document.createElement("div"), { className: name, hidden: true });

function bind(chart) {
  const plot = chart.querySelector(".pl"), table = chart.parentElement.querySelector("details.data table");
  if (!plot || !table || plot.dataset.bound) return;
  plot.dataset.bound = "1";
  const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  const isBetween = chart.querySelector(".x.mid-t, .f1, .fA") && !chart.querySelector(".ln");
  const line = make("xh"), tip = make("tip");
  plot.append(line, tip);
  plot.tabIndex = 0;
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", chart.querySelector("svg").getAttribute("aria-label") ?? "");
  let at = rows.length - 1;
  const where = (index) => (isBetween ? (index + 0.5) / rows.length : rows.length > 1 ? index / (rows.length - 1) : 0.5) * plot.clientWidth;
  const nearest = (x) => isBetween ? Math.floor((x / plot.clientWidth) * rows.length) : Math.round((x / plot.clientWidth) * (rows.length - 1));
  const show = (index) => {
    at = Math.max(0, Math.min(rows.length - 1, index));
    const x = where(at), title = document.createElement("b");
    title.textContent = rows[at][0];
    const lines = heads.map((head, place) => Object.assign(document.createElement("div"), { textContent: `${head}  ${rows[at][place + 1]}` }));
    line.hidden = tip.hidden = false;
    line.style.left = `${x}px`; // CSSOM writes are allowed by style-src 'self'
    tip.replaceChildren(title, ...lines);
    tip.style.top = "0px";
    tip.style.left = `${x + 10 + tip.offsetWidth > plot.clientWidth ? Math.max(0, x - 10 - tip.offsetWidth) : x + 10}px`;
  };
  const hide = () => { line.hidden = tip.hidden = true; };
  plot.addEventListener("pointermove", (event) => show(nearest(event.clientX - plot.getBoundingClientRect().left)));
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("focus", () => show(at));
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { show(at + step); event.preventDefault(); }
    if (event.key === "Escape") hide();
  });
}
onContent((piece) => all(piece, "[data-chart]").forEach(bind));
