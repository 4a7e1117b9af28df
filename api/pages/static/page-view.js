// The pages of a document as they look, with the place of a quote marked; its text is one click away.

import { el, fill, icon } from "./dom.js";
import { documentPath, query, send } from "./http.js";
import { told } from "./problems.js";
import { t } from "./words.js";

const MOST_PIXELS = 2000;
const STEP = 200;
// What was chosen last holds for the next document.
let wanted = "page";

/**
 * `text` is the document's text as elements, shown where somebody prefers it or no picture can be had. `begin()` draws,
 * once `node` is on the page; `toText()` is called when the text comes into sight.
 */
export function pageView(document, spans, text, toText) {
  const last = Math.max(1, ...document.blocks.map((block) => block.page ?? 0));
  const canvas = el("canvas", { role: "img" });
  const sheet = el("div", { class: "page-sheet" }, canvas);
  const note = el("div", { class: "fine", role: "status" });
  const where = el("span", { class: "fine" });
  const back = arrow("back", -1);
  const on = arrow("on", 1);
  const figure = el("figure", { class: "page-figure" }, el("div", { class: "row page-turn" }, back, where, on), note, sheet);
  const choices = Object.fromEntries(["page", "text"].map((name) => [name, el("button", { type: "button", onclick: () => choose(name) }, t(`view.${name}`))]));
  const node = el("div", {}, el("div", { class: "choice", role: "group", "aria-label": t("view.label") }, Object.values(choices)), figure, text);
  let page = pageOf(document, spans);
  let drawing = null;
  return { node, begin: () => show(wanted) };

  function choose(name) {
    wanted = name;
    show(name);
  }

  function show(name) {
    for (const [each, choice] of Object.entries(choices)) choice.setAttribute("aria-pressed", String(each === name));
    figure.hidden = name !== "page";
    text.hidden = name !== "text";
    if (name === "page") draw();
    else toText();
  }

  function arrow(name, by) {
    const words = t(`view.${name}`);
    const turn = () => {
      page += by;
      draw();
    };
    return el("button", { type: "button", class: "quiet only-icon", "aria-label": words, title: words, onclick: turn }, icon(name));
  }

  async function draw() {
    drawing?.abort();
    drawing = new AbortController();
    const { signal } = drawing;
    where.textContent = t("view.where", { n: page, all: last });
    back.disabled = page <= 1;
    on.disabled = page >= last;
    sheet.setAttribute("aria-busy", "true");
    try {
      const width = Math.min(MOST_PIXELS, Math.ceil((sheet.clientWidth * devicePixelRatio) / STEP) * STEP);
      const at = spans.map(([start, end]) => `${start}-${end}`).join(",");
      const response = await send(`${documentPath(document.document_id)}/pages/${page}?${query({ width: String(width), at })}`, { signal });
      const picture = await createImageBitmap(await response.blob());
      if (!signal.aborted) paint(picture, boxesOf(response.headers.get("Citedesk-Boxes") ?? ""));
    } catch (error) {
      if (!signal.aborted) instead(error);
    }
  }

  function paint(picture, boxes) {
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    canvas.setAttribute("aria-label", t("view.picture", { n: page, name: document.title || document.source }));
    sheet.removeAttribute("aria-busy");
    fill(sheet, canvas, boxes.map(boxNode));
    const isHere = spans.length > 0 && page === pageOf(document, spans);
    note.textContent = isHere && !boxes.length ? t("view.not_found") : "";
    if (isHere) sheet.querySelector(".page-box")?.scrollIntoView({ block: "center" });
  }

  function instead(error) {
    show("text");
    node.prepend(error.status === 404 ? el("p", { class: "fine", role: "status" }, t("view.gone")) : told(error));
    choices.page.disabled = true;
  }
}

function pageOf(document, spans) {
  const [start] = spans[0] ?? [0];
  // Both count code points here: no string is cut.
  const block = document.blocks.find((each) => each.page && each.span[1] > start);
  return block?.page ?? 1;
}

function boxesOf(header) {
  return header ? header.split(", ").map((box) => box.split(" ").map(Number)) : [];
}

function boxNode([left, top, width, height]) {
  const node = el("span", { class: "page-box" });
  const share = (value) => `${100 * value}%`;
  Object.assign(node.style, { left: share(left), top: share(top), width: share(width), height: share(height) });
  return node;
}
