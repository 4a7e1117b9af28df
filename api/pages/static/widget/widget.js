// The chat on somebody else's page: a button in the corner, and behind it a dialog in a shadow DOM.
/* global STYLES */

import { el, fill, icon } from "../dom.js";
import { conversation } from "./conversation.js";
import { keep, recall } from "./memory.js";
import { webAddress } from "./sources.js";
import { languageOf, speak, t } from "./words.js";

const NAME = "citedesk-widget";
const SMALL = "(max-width: 480px)";
const FOCUSABLE = "button, a[href], textarea, summary";
const script = document.currentScript ?? document.querySelector("script[data-key][data-kb]");

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => begin(script));
else begin(script);

function begin({ src, dataset: { kb, key, lang, title, contact } }) {
  if (document.querySelector(NAME)) return;
  if (!kb || !key) {
    console.error("citedesk widget: the script needs data-kb and data-key");
    return;
  }
  const language = languageOf(lang);
  speak(language);
  const reach = contact && webAddress(contact, ["https:", "http:", "mailto:", "tel:"]);
  const widget = build({ kb, key, service: new URL(".", src), contact: reach }, title || t("title"));
  const host = document.createElement(NAME);
  host.lang = language === "zh" ? "zh-CN" : "en";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(el("div", { class: "frame", lang: host.lang }, widget.launcher, widget.dialog));
  keepKeys(root);
  document.body.append(host);
  widget.resume();
}

function build(options, title) {
  const kept = recall(options.kb);
  const log = el("div", { class: "unseen", role: "log", "aria-live": "polite" });
  const intro = el("p", { class: "intro" }, t("intro"));
  const talk = conversation(options, kept.turns, { say, changed, shown });
  const field = el("textarea", { id: "question", rows: "1", maxlength: "2000", placeholder: t("placeholder"), enterkeyhint: "send", autocomplete: "off" });
  const submit = el("button", { type: "submit", class: "strong only-icon" });
  const fresh = el("button", { type: "button", class: "plain only-icon", onclick: startAfresh, "aria-label": t("fresh"), title: t("fresh") }, icon("fresh"));
  const shut = el("button", { type: "button", class: "plain only-icon", onclick: () => dialog.close(), "aria-label": t("close"), title: t("close") }, icon("close"));
  const form = el("form", { class: "composer" }, el("label", { for: "question", class: "unseen" }, t("label")), field, submit);
  const heading = el("h2", { id: "title", tabindex: "-1" }, title);
  const scroller = el("div", { class: "scroller" }, intro, talk.node);
  const dialog = el("dialog", { class: "panel", "aria-labelledby": "title" }, el("header", {}, heading, fresh, shut), scroller, form, log);
  const launcher = el("button", { type: "button", class: "launcher strong", onclick: open, "aria-haspopup": "dialog" }, icon("chat"), el("span", {}, t("open")));
  form.addEventListener("submit", submitted);
  field.addEventListener("keydown", sendOnEnter);
  field.addEventListener("input", fitField);
  dialog.addEventListener("keydown", holdFocus);
  dialog.addEventListener("close", closed);
  changed();
  return { launcher, dialog, resume };

  function open() {
    show();
    // On a phone the keyboard would cover what there is to read.
    (matchMedia("(hover: hover)").matches ? field : heading).focus();
    remember();
  }

  function show() {
    launcher.hidden = true;
    // Where it covers the whole page, nothing behind it may be reached.
    if (matchMedia(SMALL).matches) dialog.showModal();
    else dialog.show();
    shown(talk.node.lastElementChild);
  }

  function resume() {
    if (!kept.isOpen || matchMedia(SMALL).matches) return;
    // Showing a dialog takes the focus, which belongs to the page that was just opened.
    const before = document.activeElement;
    show();
    before?.focus?.({ preventScroll: true });
    dialog.getRootNode().activeElement?.blur();
  }

  function closed() {
    launcher.hidden = false;
    launcher.focus();
    remember();
  }

  function submitted(event) {
    event.preventDefault();
    if (talk.isBusy) talk.stop();
    else if (field.value.trim()) {
      const question = field.value.trim();
      field.value = "";
      fitField();
      talk.ask(question);
    }
  }

  function sendOnEnter(event) {
    // Enter also ends the composing of Chinese words; that one is not for us.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!talk.isBusy) form.requestSubmit();
  }

  function holdFocus(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      dialog.close();
    }
    if (event.key !== "Tab") return;
    const reached = [...dialog.querySelectorAll(FOCUSABLE)].filter((node) => node.getClientRects().length > 0);
    const edge = event.shiftKey ? reached[0] : reached[reached.length - 1];
    const active = dialog.getRootNode().activeElement;
    if (active !== edge && !(event.shiftKey && active === heading)) return;
    event.preventDefault();
    (event.shiftKey ? reached[reached.length - 1] : reached[0]).focus();
  }

  // Called while the parts above are being made, too.
  function changed() {
    const isBusy = talk.isBusy;
    const words = t(isBusy ? "stop" : "send");
    fill(submit, icon(isBusy ? "stop" : "send"));
    submit.setAttribute("aria-label", words);
    submit.title = words;
    intro.hidden = talk.node.childElementCount > 0;
    fresh.hidden = !intro.hidden;
    if (!isBusy) remember();
  }

  // By hand: scrollIntoView also scrolls the dialog, and the page behind it.
  function shown(turn) {
    // One more, so that its upper line does not double that of the header.
    if (turn) scroller.scrollTop += turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top + 1;
  }

  function remember() {
    keep(options.kb, dialog.open, talk.done);
  }

  function startAfresh() {
    talk.clear();
    field.focus();
  }

  function fitField() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 140)}px`;
  }

  function say(text) {
    log.append(el("p", {}, text));
    if (log.childElementCount > 40) log.firstElementChild.remove();
  }
}

// A page's own shortcuts are not for what is written here.
function keepKeys(root) {
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
}
