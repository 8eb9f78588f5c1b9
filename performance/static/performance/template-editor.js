// The template editor: add, remove and order rows, and say at once whether the weights total 100.
import { addRow, enter } from "../prm/js/rows.js";
import { showTotal } from "./weights.js";

const editor = document.querySelector("[data-editor]");

const rowsOf = (kind) => editor.querySelector(`[data-rows-of="${kind}"]`);
const isGone = (row) => row.querySelector("[name$=-DELETE]")?.checked;

function refresh() {
  const lines = [...rowsOf("lines").children].filter((row) => !isGone(row));
  showTotal(editor, lines.map((row) => row.querySelector("[name$=-weight]")));
  lines.forEach((row, index) => {
    const order = row.querySelector("[name$=-ORDER]");
    if (order) order.value = index + 1;
    row.querySelector("[data-up]").disabled = index === 0;
    row.querySelector("[data-down]").disabled = index === lines.length - 1;
  });
}

function prepare(row) {
  for (const button of row.querySelectorAll("button[hidden]")) button.hidden = false;
  for (const part of row.querySelectorAll("[data-js-hide]")) part.hidden = true;
  row.hidden = Boolean(isGone(row));
}

function add(kind) {
  const row = addRow(editor, kind);
  prepare(row);
  enter(row);
  refresh();
}

if (editor) {
  for (const row of editor.querySelectorAll("[data-row]")) prepare(row);
  for (const button of editor.querySelectorAll("[data-add]")) button.hidden = false;
  editor.addEventListener("input", refresh);
  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("[data-row]");
    if (button?.dataset.add) add(button.dataset.add);
    else if (row && button.matches("[data-remove]")) {
      row.querySelector("[name$=-DELETE]").checked = true;
      row.hidden = true;
    } else if (row && button.matches("[data-up]")) row.previousElementSibling?.before(row);
    else if (row && button.matches("[data-down]")) row.nextElementSibling?.after(row);
    else return;
    refresh();
    if (row && !row.hidden && !button.disabled) button.focus();
  });
  refresh();
}
