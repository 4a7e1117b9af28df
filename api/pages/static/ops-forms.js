// What is asked before a key or a tenant is made.

import { openDialog } from "./dialog.js";
import { el, fill } from "./dom.js";
import { t } from "./words.js";

const SCOPES = ["ask", "search", "ingest", "admin"];
const DAYS = ["", "30", "90", "365"];

/** The body of `POST /v1/keys`, or null. `isFirst`: the home has no key yet, and closes with this one. */
export function keyForm(caller, kbs, tenants, isFirst) {
  return openDialog(t("key.create"), (close) => {
    const label = el("input", { id: "key-label", maxlength: "200", autocomplete: "off" });
    const chosen = isFirst ? ["admin"] : ["ask", "search"];
    const scopes = SCOPES.map((scope) => box("scope", scope, [el("b", {}, t(`scope.${scope}`)), " ", t(`scope.${scope}.why`)], chosen.includes(scope)));
    const names = el("div", { class: "stack" });
    const days = el("select", { id: "key-days" }, DAYS.map((n) => el("option", { value: n }, n ? t("key.days", { n }) : t("key.no_end"))));
    const tenant = el("select", { id: "key-tenant" }, (tenants.length ? tenants : [caller.tenant ?? "default"]).map((name) => el("option", { value: name }, name)));
    if (tenants.includes("default")) tenant.value = "default";
    const offer = () => fill(names, owned(kbs, caller.tenant === null ? tenant.value : "").map((name) => box("of-kb", name, name, caller.kbs !== null)));
    tenant.addEventListener("change", offer);
    offer();
    const origins = el("textarea", { id: "key-origins", rows: "2", spellcheck: "false", autocomplete: "off" });
    const visible = box("publishable", "yes", t("key.publishable"), false);
    const pages = el("details", {}, el("summary", {}, t("key.pages")), el("p", { class: "fine" }, t("key.pages.why")), field(t("key.origins"), origins), visible);
    const wrong = el("p", { class: "failure", role: "alert" });
    const limited = el("details", { open: caller.kbs !== null }, el("summary", {}, t("key.limit_kbs")), el("p", { class: "fine" }, t("key.limit_kbs.why")), names);
    return form(
      close,
      t("key.create"),
      () => {
        const publishable = values([visible]).length > 0;
        const picked = publishable ? ["ask"] : values(scopes);
        const own = values([...names.children]);
        const from = origins.value.split(/\s+/).filter(Boolean);
        const isShort = publishable && !(own.length && from.length);
        wrong.textContent = isShort ? t("key.publishable.wrong") : picked.length ? "" : t("key.no_scope");
        if (wrong.textContent) return null;
        return {
          scopes: picked,
          label: label.value.trim(),
          kbs: own.length ? own : null,
          origins: from,
          publishable,
          lasts_days: days.value ? Number(days.value) : null,
          tenant: caller.tenant === null ? tenant.value : null,
        };
      },
      isFirst && el("p", { class: "why" }, t("key.first")),
      field(t("key.label.what"), label),
      el("fieldset", {}, el("legend", {}, t("key.scopes")), scopes),
      tenants.length > 1 && field(t("ops.tenant"), tenant),
      limited,
      pages,
      field(t("key.lasts"), days),
      wrong,
    );
  });
}

/** The body of `POST /v1/tenants`, or null. */
export function tenantForm(withKey) {
  return openDialog(t("tenant.create"), (close) => {
    const name = el("input", { id: "tenant-name", required: true, maxlength: "64", autocomplete: "off", spellcheck: "false" });
    const first = box("first-key", "yes", t("tenant.with_key"), withKey);
    return form(
      close,
      t("tenant.create"),
      () => ({ name: name.value.trim(), with_key: values([first]).length > 0 }),
      el("p", { class: "muted" }, t("tenant.why")),
      field(t("tenant.name"), name),
      withKey && first,
    );
  });
}

/** The names that a tenant has for its knowledge bases. The operator (`tenant` is not empty) calls them `acme/handbook`. */
function owned(kbs, tenant) {
  if (!tenant) return kbs;
  return kbs.map((name) => (name.includes("/") ? name.split("/") : ["default", name])).filter(([whose]) => whose === tenant).map(([, name]) => name);
}

function form(close, action, body, ...parts) {
  const node = el(
    "form",
    {},
    parts,
    el("div", { class: "row" }, el("button", { type: "submit", class: "strong" }, action), el("button", { type: "button", class: "quiet", onclick: () => close(null) }, t("dialog.cancel"))),
  );
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const made = body();
    if (made) close(made);
  });
  return [node];
}

function field(words, input) {
  return el("div", { class: "field" }, el("label", { for: input.id }, words), input);
}

function box(group, value, words, checked) {
  const id = `${group}-${value}`;
  return el("label", { class: "check", for: id }, el("input", { type: "checkbox", id, value, checked }), el("span", {}, words));
}

function values(boxes) {
  return boxes.map((each) => each.querySelector("input")).filter((input) => input.checked).map((input) => input.value);
}
