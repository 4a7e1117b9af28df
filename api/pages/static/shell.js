// What surrounds every page: header, language, theme, key, and what is said to screen readers.

import { openDialog } from "./dialog.js";
import { el, fill, icon } from "./dom.js";
import { key, onKeyNeeded } from "./http.js";
import { language, t } from "./words.js";

const THEMES = ["system", "light", "dark"];
const PAGES = { ask: "/", library: "/library", lab: "/lab", quality: "/quality", ops: "/ops" };
const log = el("div", { class: "unseen", role: "log", "aria-live": "polite" });

/** Put the header around the page named by the body; called once by each page. */
export function open() {
  const page = document.body.dataset.page;
  const links = Object.entries(PAGES).map(([name, path]) =>
    el("li", {}, el("a", { href: path, "aria-current": name === page && "page" }, t(`page.${name}`))),
  );
  fill(
    document.getElementById("header"),
    el("a", { class: "brand", href: "/", "aria-label": t("shell.home") }, "Citedesk"),
    el("nav", { "aria-label": t("shell.pages") }, el("ul", {}, links)),
    el("div", { class: "controls" }, languageButton(), themeButton(), keyButton()),
  );
  document.title = t(`page.${page}`);
  document.querySelector(".skip").textContent = t("shell.skip");
  document.body.append(log);
  onKeyNeeded((problem) => askForKey(key.get() ? problem.message : ""));
}

/** Read out by screen readers when they are done with what they say. */
export function say(text) {
  log.append(el("p", {}, text));
  if (log.childElementCount > 40) log.firstElementChild.remove();
}

/** Copy, and say so on the button that was pressed. */
export async function copy(text, button) {
  const said = button.querySelector("span");
  const before = said.textContent;
  said.textContent = (await copied(text)) ? t("copy.done") : t("copy.failed");
  say(said.textContent);
  setTimeout(() => (said.textContent = before), 2000);
}

/** A button with a drawing and words. */
export function button(shape, words, onclick, attributes = {}) {
  return el("button", { type: "button", class: "quiet", onclick, ...attributes }, icon(shape), el("span", {}, words));
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The clipboard is for secure pages; a selection can be copied by any.
    const area = el("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`citedesk.${name}`, value);
  } catch {
    // The choice then holds for this page only.
  }
}

function languageButton() {
  const other = language === "zh" ? "en" : "zh";
  const change = () => {
    keep("language", other);
    location.reload();
  };
  const attributes = { type: "button", class: "quiet", lang: other === "zh" ? "zh-CN" : "en", onclick: change };
  return el("button", attributes, other === "zh" ? "中文" : "English");
}

function themeButton() {
  const root = document.documentElement;
  const theme = el("button", { type: "button", class: "quiet only-icon" });
  const show = () => {
    const now = root.dataset.theme ?? "system";
    const words = t("theme.is", { theme: t(`theme.${now}`) });
    fill(theme, icon(now));
    theme.title = words;
    theme.setAttribute("aria-label", words);
  };
  theme.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "system") + 1) % THEMES.length];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    keep("theme", next);
    show();
    say(t("theme.is", { theme: t(`theme.${next}`) }));
  });
  show();
  return theme;
}

function keyButton() {
  return button("key", t("key.title"), () => askForKey(""), { hidden: !key.get(), id: "key-button" });
}

/** Resolves to whether a key was given. */
async function askForKey(reason) {
  return (await openDialog(t("key.title"), (close) => [keyForm(reason, close)])) === "given";
}

function keyForm(reason, close) {
  const field = el("input", { type: "password", id: "key", autocomplete: "off", spellcheck: "false", required: true });
  const form = el(
    "form",
    { method: "dialog" },
    el("p", {}, t("key.why")),
    reason && el("p", { class: "problem" }, el("strong", {}, t("key.refused")), el("span", { class: "fine" }, reason)),
    el("label", { for: "key" }, t("key.label")),
    field,
    el(
      "div",
      { class: "row" },
      el("button", { type: "submit", class: "strong" }, t("key.use")),
      el("button", { type: "button", class: "quiet", onclick: () => close("") }, t("dialog.cancel")),
      key.get() && el("button", { type: "button", class: "quiet", onclick: forget }, t("key.forget")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    key.set(field.value.trim());
    document.getElementById("key-button").hidden = false;
    close("given");
  });
  return form;
}

function forget() {
  key.set("");
  location.reload();
}
