// The document beside the page it was opened from: next to it where there is room, over it where there is not.

import { el, icon } from "./dom.js";
import { documentAddress, showDocument } from "./document-view.js";
import { t } from "./words.js";

const wide = matchMedia("(min-width: 1100px)");

/** A closed panel; `open(id, spans, from)` shows a document in it, with `tools` as `showDocument` takes them. */
export function documentPanel(tools) {
  const place = el("div", { class: "panel-body", tabindex: "0", role: "region", "aria-label": t("document.text") });
  const own = t("document.own_page");
  const out = el("a", { class: "button quiet only-icon", target: "_blank", rel: "noopener", "aria-label": own, title: own }, icon("out"));
  const title = el("p", { class: "panel-title" });
  const shut = el("button", { type: "button", class: "quiet only-icon", "aria-label": t("document.close") }, icon("close"));
  const bar = el("div", { class: "panel-bar" }, title, out, shut);
  const node = el("dialog", { class: "panel", "aria-label": t("document.panel") }, bar, place);
  let opener = null;

  shut.addEventListener("click", () => node.close());
  node.addEventListener("close", () => {
    document.body.classList.remove("with-panel");
    opener?.focus();
  });
  node.addEventListener("keydown", (event) => event.key === "Escape" && node.close());

  async function open(id, spans, from) {
    opener = from ?? opener;
    if (!node.open) {
      if (wide.matches) node.show();
      else node.showModal();
      document.body.classList.add("with-panel");
    }
    out.href = documentAddress(id, spans);
    shut.focus();
    title.textContent = "";
    const shown = await showDocument(place, id, spans, 2, tools);
    title.textContent = shown?.title ?? "";
    place.querySelector("h2")?.focus({ preventScroll: true });
  }
  return { node, open };
}
