// Rows that open: a button with data-expand shows and hides the row it names. Without script every row is open.
for (const button of document.querySelectorAll("[data-expand]")) {
  const row = document.getElementById(button.getAttribute("aria-controls"));
  if (!row) continue;
  const show = (open) => {
    row.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  show(location.hash === `#${row.id}`);
  button.addEventListener("click", () => show(row.hidden));
}
