// The template editor: add, remove and order rows, and say at once whether the weights total 100.
const editor = document.querySelector("[data-editor]");

const rowsOf = (kind) => editor.querySelector(`[data-rows-of="${kind}"]`);
const isGone = (row) => row.querySelector("[name$=-DELETE]")?.checked;

/** Exact sum of decimal texts: binary floats would make 16.1 + 16.9 + 17 + 16.7 + 16.6 + 16.7 something else. */
function sum(texts) {
  const SCALE = 10000n;
  let total = 0n;
  for (const text of texts) {
    const match = /^\s*(\d+)(?:[.,](\d{0,4}))?\s*$/.exec(text);
    if (match) total += BigInt(match[1]) * SCALE + BigInt((match[2] ?? "").padEnd(4, "0"));
  }
  const whole = total / SCALE, rest = String(total % SCALE).padStart(4, "0").replace(/0+$/, "");
  return { isComplete: total === 100n * SCALE, text: rest ? `${whole}.${rest}` : String(whole) };
}

function refresh() {
  const lines = [...rowsOf("lines").children].filter((row) => !isGone(row));
  const { isComplete, text } = sum(lines.map((row) => row.querySelector("[name$=-weight]").value));
  editor.querySelector("[data-weight-total]").textContent = text;
  editor.querySelector("[data-weight-ok]").hidden = !isComplete;
  editor.querySelector("[data-weight-bad]").hidden = isComplete;
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
  const count = editor.querySelector(`[name="${kind}-TOTAL_FORMS"]`);
  const row = editor.querySelector(`[data-empty="${kind}"]`).content.firstElementChild.cloneNode(true);
  row.innerHTML = row.innerHTML.replaceAll("__prefix__", count.value);
  count.value = Number(count.value) + 1;
  prepare(row);
  rowsOf(kind).append(row);
  row.querySelector("input:not([type=hidden]), select").focus();
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
