// htmx: a thin line while something loads, words when it fails, focus on what arrived.
import { announce, say } from "./page.js";
import { toast } from "./toasts.js";

const root = document.documentElement;
let running = 0, timer;
const isQuiet = (event) => event.detail.elt?.closest?.("[data-poll]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isQuiet(event)) return;
  running += 1;
  event.detail.target?.setAttribute?.("aria-busy", "true");
  timer ??= setTimeout(() => { root.dataset.busy = ""; }, 300);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (isQuiet(event)) return;
  event.detail.target?.removeAttribute?.("aria-busy");
  running = Math.max(0, running - 1);
  if (running) return;
  clearTimeout(timer);
  timer = undefined;
  delete root.dataset.busy;
});

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  const expired = status === 403 && event.detail.xhr.responseText.includes("csrf");
  const key = expired || status === 401 ? "expired" : { 403: "denied", 404: "gone", 429: "busy" }[status] ?? "failed";
  toast(say(key), "neg");
});
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, (event) => { if (!isQuiet(event)) toast(say("offline"), "neg"); });
}

// A sign-in page that arrives inside a fragment means the session is over: go there as a whole page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/accounts/login") && !requestConfig?.path.startsWith("/accounts/")) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

// After a swap the focus goes to the marked heading or message, and a count is read aloud.
document.addEventListener("htmx:afterSettle", (event) => {
  const place = event.detail.target;
  place?.querySelector?.("[data-focus]")?.focus({ preventScroll: false });
  const words = place?.querySelector?.("[data-announce]")?.textContent.trim();
  if (words) announce(words);
});
