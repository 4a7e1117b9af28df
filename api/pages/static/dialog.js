// Questions that are answered before anything else goes on.

import { el } from "./dom.js";
import { t } from "./words.js";

let opened = 0;

/**
 * A dialog, shown at once; `content(close)` makes the nodes in it. Resolves to what `close` was given, or to null where
 * the dialog was left.
 */
export function openDialog(title, content) {
  const id = `dialog-${++opened}`;
  const node = el("dialog", { class: "card", "aria-labelledby": id }, el("h2", { id }, title));
  let given = null;
  const close = (value) => {
    given = value;
    node.close();
  };
  node.append(...content(close));
  document.body.append(node);
  node.showModal();
  return new Promise((resolve) => {
    node.addEventListener("close", () => {
      node.remove();
      resolve(given);
    });
  });
}

/** Whether somebody wants what cannot be undone; `text` is one paragraph or several, `action` stands on the button. */
export async function confirmed(title, text, action) {
  const given = await openDialog(title, (close) => [
    ...[text].flat().map((each) => el("p", {}, each)),
    el(
      "div",
      { class: "row" },
      el("button", { type: "button", class: "danger", onclick: () => close(true) }, action),
      el("button", { type: "button", class: "quiet", autofocus: true, onclick: () => close(null) }, t("dialog.cancel")),
    ),
  ]);
  return given === true;
}
