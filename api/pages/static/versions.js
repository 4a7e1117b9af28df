// The versions of a document that are kept, and going back to one.

import { el, fill } from "./dom.js";
import { documentPath, getJson, send } from "./http.js";
import { told } from "./problems.js";
import { say } from "./shell.js";
import { counted, moment, t } from "./words.js";

/** Closed until it is asked for; `on.rights` says what may be done, `on.changed(id)` is called when another version answers. */
export function versionsPlace(id, on) {
  const place = el("div", {});
  const node = el("details", { class: "versions" }, el("summary", {}, t("versions.title")), place);
  node.addEventListener("toggle", () => node.open && show());
  return node;

  async function show() {
    try {
      const { versions } = await getJson(`${documentPath(id)}/versions`);
      fill(place, el("ul", {}, versions.map(line)), versions.length < 2 && el("p", { class: "fine" }, t("versions.one")));
    } catch (error) {
      fill(place, told(error));
    }
  }

  function line(version) {
    const facts = [counted("library.passages", version.passages), counted("versions.characters", version.characters)];
    const state = version.is_current
      ? el("span", { class: "tag" }, t("versions.current"))
      : on.rights.write && el("button", { type: "button", class: "small", onclick: () => restore(version) }, t("versions.restore"));
    return el("li", {}, el("span", {}, moment(version.stored_at)), el("span", { class: "fine" }, facts.join(" · ")), state);
  }

  async function restore(version) {
    try {
      await send(`${documentPath(id)}/versions/${version.version}/restore`, { method: "POST" });
      say(t("versions.restored", { at: moment(version.stored_at) }));
      await on.changed(id);
    } catch (error) {
      fill(place, told(error));
    }
  }
}
