// A what-if: say at once whether the weights total 100. The page works without.
import { showTotal } from "./weights.js";

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-weights]");
  if (form && event.target.name.endsWith("-weight")) showTotal(form, [...form.querySelectorAll("[name$=-weight]")]);
});
