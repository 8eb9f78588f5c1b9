// Rows of a form: "Add" shows an empty row that the page has already, or makes a further one from its template.
import { all, onContent } from "./page.js";

const rowsOf = (form, kind) => form.querySelector(`[data-rows-of="${kind}"]`);

/** A further row at the end, with the next number. */
export function addRow(form, kind) {
  const count = form.querySelector(`[name="${kind}-TOTAL_FORMS"]`);
  const row = form.querySelector(`[data-empty="${kind}"]`).content.firstElementChild.cloneNode(true);
  row.innerHTML = row.innerHTML.replaceAll("__prefix__", count.value);
  count.value = Number(count.value) + 1;
  rowsOf(form, kind).append(row);
  return row;
}

/** Put the cursor where one begins to fill in a row. */
export const enter = (row) => row.querySelector("input:not([type=hidden]), select, textarea").focus();

onContent((piece) => {
  for (const form of all(piece, "form[data-rows]")) {
    for (const button of form.querySelectorAll("[data-add]")) button.hidden = false;
    for (const rows of form.querySelectorAll("[data-rows-of]")) {
      const blank = rows.querySelectorAll(":scope > [data-blank]");
      const spare = blank.length === rows.childElementCount ? [...blank].slice(1) : blank;
      for (const row of spare) row.hidden = true;
    }
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("form[data-rows] [data-add]");
  if (!button) return;
  const kind = button.dataset.add;
  const row = rowsOf(button.form, kind).querySelector(":scope > [data-blank][hidden]") ?? addRow(button.form, kind);
  row.hidden = false;
  enter(row);
});
