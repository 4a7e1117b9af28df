// What can be done about a document: change what is said of it, replace it, go back to an older version, delete it.

import { confirmed } from "./dialog.js";
import { el, fill } from "./dom.js";
import { editDocument } from "./edit-dialog.js";
import { documentPath, send } from "./http.js";
import { told } from "./problems.js";
import { button } from "./shell.js";
import { number, t } from "./words.js";
import { versionsPlace } from "./versions.js";

/**
 * For `showDocument`. `on.rights` says what may be done; `on.repeats()` maps ids to documents that say the same; `on.open(id)` shows another one,
 * `on.replace(source)` asks for a file; `on.changed(id)` and `on.deleted(document)` are told what was done.
 */
export function documentTools(on) {
  return (document, tag) => {
    const problem = el("div", {});
    const edit = async () => {
      if (await editDocument(document, tag)) on.changed(document.document_id);
    };
    const canBeEdited = document.text !== "" || document.passages.length > 0;
    const writing =
      on.rights.write &&
      el(
        "div",
        { class: "row" },
        canBeEdited && button("edit", t("tools.edit"), edit),
        button("up", t("tools.replace"), () => on.replace(document.source)),
        button("bin", t("tools.delete"), () => remove(document, problem, on)),
      );
    return el(
      "div",
      { class: "document-tools" },
      writing,
      problem,
      alike(on.repeats().get(document.document_id) ?? [], on),
      canBeEdited && versionsPlace(document.document_id, on),
    );
  };
}

async function remove(document, problem, on) {
  const name = document.title || document.source;
  const words = [t("delete.what", { source: document.source }), t("delete.for_good")];
  if (!(await confirmed(t("delete.title", { name }), words, t("delete.do")))) return;
  try {
    await send(documentPath(document.document_id), { method: "DELETE" });
    await on.deleted(document);
  } catch (error) {
    fill(problem, told(error));
  }
}

function alike(others, on) {
  if (!others.length) return null;
  const items = others.map(({ document_id: id, source, similarity }) => {
    const how = similarity === 1 ? t("alike.same") : t("alike.near", { share: number(Math.round(similarity * 100)) });
    return el("li", {}, `${how} `, el("button", { type: "button", class: "as-link source", onclick: () => on.open(id) }, source));
  });
  return el("section", { class: "alike" }, el("h3", {}, t("alike.title")), el("p", { class: "fine" }, t("alike.why")), el("ul", {}, items));
}
