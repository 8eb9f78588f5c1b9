// Light and dark. The account remembers it on the server, the device remembers it for pages without sign-in.
const root = document.documentElement;
const isDark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-toggle]");
  if (!button) return;
  event.preventDefault();
  const theme = isDark() ? "light" : "dark";
  root.dataset.theme = theme;
  button.value = theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("theme", theme); } catch { /* not remembered on this device */ }
  const form = button.closest("form");
  if (!form) return;
  const body = new FormData(form);
  body.set("theme", theme);
  fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => {});
});
