// <button data-dialog="id"> opens a dialog; the browser gives the focus back when it closes.
import { all, onContent } from "./page.js";

onContent((piece) => {
  for (const button of all(piece, "button[data-dialog][hidden]")) button.hidden = false;
  for (const dialog of all(piece, "dialog[data-open]")) dialog.showModal();
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    opener.closest("[popover]")?.hidePopover();
    dialog.showModal();
  } else if (event.target.matches?.("dialog.dlg, dialog.pal")) {
    event.target.close(); // a click beside it
  }
});
