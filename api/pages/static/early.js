// Before the first paint, so that nothing flashes in another language or theme. No module: those run later.
{
  const root = document.documentElement;
  let kept = {};
  try {
    kept = { language: localStorage.getItem("citedesk.language"), theme: localStorage.getItem("citedesk.theme") };
  } catch {
    // A browser that keeps nothing: the page's own language and the system's theme.
  }
  if (kept.language === "en" || kept.language === "zh") root.lang = kept.language === "zh" ? "zh-CN" : "en";
  if (kept.theme === "light" || kept.theme === "dark") root.dataset.theme = kept.theme;
}
