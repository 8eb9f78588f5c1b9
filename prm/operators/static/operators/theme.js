// The theme of the person's profile, before the first paint. Django's own switch would be a second opinion.
const chosen = document.querySelector('meta[name="theme"]').content;
document.documentElement.dataset.theme = chosen === "system" ? "auto" : chosen;
