// Forms: a button pressed twice sends once; the first error gets the focus; filters send themselves; texts can be copied.
import { all, onContent, say } from "./page.js";
import { toast } from "./toasts.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.once === undefined || event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button?.classList.contains("btn")) {
    button.classList.add("busy");
    button.setAttribute("aria-busy", "true");
  }
  if (form.matches("[hx-post], [hx-get]")) delete form.dataset.sent;
  else setTimeout(() => restore(form), 8000); // a download leaves the page where it is
});
function restore(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".btn.busy[aria-busy]")) {
    button.classList.remove("busy");
    button.removeAttribute("aria-busy");
  }
}
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(restore); });

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
});

onContent((piece) => {
  if (piece === document) document.querySelector("[data-focus]")?.focus();
  for (const button of all(piece, "[data-copy][hidden]")) if (navigator.clipboard) button.hidden = false;
  for (const button of all(piece, "[data-print][hidden], [data-reload][hidden]")) button.hidden = false;
  for (const button of all(piece, "[data-js-hide]")) button.hidden = true;
});
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    try { await navigator.clipboard.writeText(copy.dataset.copy); toast(say("copied"), "pos"); } catch { toast(say("failed"), "neg"); }
  }
  if (event.target.closest("[data-print]")) print();
  if (event.target.closest("[data-reload]")) location.reload();
  const link = event.target.closest('.note a[href^="#"]');
  if (link) { // an error that names its field: put the cursor there
    const field = document.getElementById(link.hash.slice(1));
    if (field?.focus) { event.preventDefault(); field.focus(); }
  }
});

// A file dropped on a frame lands in its input.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const frame = event.target.closest?.("[data-drop]");
    if (!frame) return;
    event.preventDefault();
    frame.classList.toggle("over", kind === "dragover");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    const input = frame.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
document.addEventListener("change", (event) => {
  const name = event.target.closest?.("[data-drop]")?.querySelector("[data-file-name]");
  if (name && event.target.files?.length) name.textContent = event.target.files[0].name;
});
