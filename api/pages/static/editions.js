// The editions of a knowledge base: the one that answers, and the one to go back to.

import { confirmed } from "./dialog.js";
import { el, fill } from "./dom.js";
import { send } from "./http.js";
import { kbAddress } from "./kbs.js";
import { told } from "./problems.js";
import { say } from "./shell.js";
import { moment, named, t } from "./words.js";

/** `show(kb, editions)` lists them where there is more than one; `changed()` is called when another one answers. */
export function editionsPlace(rights, changed) {
  const list = el("ul", {});
  const problem = el("div", {});
  const node = el("details", { class: "editions", hidden: true }, el("summary", {}, t("editions.title")), list, problem);
  return { node, show };

  function show(kb, editions) {
    node.hidden = editions.length < 2;
    fill(list, editions.map((edition) => line(kb, edition)));
    problem.replaceChildren();
  }

  function line(kb, edition) {
    const facts = [edition.cut, edition.embedder || t("editions.packaged"), edition.switched_at && t("editions.since", { at: moment(edition.switched_at) })];
    const back = el("button", { type: "button", class: "small", onclick: () => rollBack(kb, edition) }, t("editions.back"));
    return el(
      "li",
      {},
      el("span", {}, t("editions.number", { id: edition.id })),
      el("span", { class: edition.state === "current" ? "tag" : "tag notice" }, named(`editions.state.${edition.state}`, edition.state)),
      el("span", { class: "fine" }, facts.filter(Boolean).join(" · ")),
      rights.admin && edition.state === "previous" && back,
    );
  }

  async function rollBack(kb, edition) {
    const words = [t("editions.what", { kb }), t("editions.again")];
    if (!(await confirmed(t("editions.ask", { id: edition.id }), words, t("editions.back")))) return;
    try {
      await send(`${kbAddress(kb)}/rollback`, { method: "POST" });
      say(t("editions.done", { id: edition.id }));
      await changed();
    } catch (error) {
      fill(problem, told(error));
    }
  }
}
