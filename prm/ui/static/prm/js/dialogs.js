// <button data-dialog="id"> opens a dialog; the browser gives the focus back when it closes.
// <a href="…" data-step="Title"> opens the form of that page in the dialog #step; without script it opens the page.
import { all, onContent } from "./page.js";

onContent((piece) => {
  for (const button of all(piece, "button[data-dialog][hidden]")) button.hidden = false;
  for (const dialog of all(piece, "dialog[data-open]")) dialog.showModal();
});

async function openStep(link) {
  const dialog = document.getElementById("step");
  const body = dialog.querySelector(".bd");
  dialog.querySelector("h2").textContent = link.dataset.step;
  body.replaceChildren(Object.assign(document.createElement("div"), { className: "sk lgk" }));
  dialog.showModal();
  await window.htmx.ajax("GET", link.href, { target: body, swap: "innerHTML", select: "main .phead .sub, main form" });
  const form = body.querySelector("form");
  if (!form) return location.assign(link.href); // the page says why there is no form
  form.action = link.href;
  form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const step = event.target.closest("a[data-step]");
  if (step && window.htmx && document.getElementById("step") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    step.closest("[popover]")?.hidePopover();
    openStep(step);
    return;
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    opener.closest("[popover]")?.hidePopover();
    dialog.showModal();
  } else if (event.target.matches?.("dialog.dlg, dialog.pal")) {
    event.target.close(); // a click beside it
  } else if (event.target.closest("#step .acts a")) {
    event.preventDefault(); // “Cancel” leads back to the page that is still there
    event.target.closest("dialog").close();
  }
});
