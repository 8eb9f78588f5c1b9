// Before the first paint: a theme this device remembers, for people who are not signed in. The account's own choice wins.
(() => {
  const root = document.documentElement;
  if (root.dataset.theme) return;
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch { /* storage is off: the system's theme it is */ }
})();
