// Keys and tenants: who may ask.

import { confirmed, openDialog } from "./dialog.js";
import { el, fill } from "./dom.js";
import { getJson, key as ownKey, postJson, send } from "./http.js";
import { keyForm, tenantForm } from "./ops-forms.js";
import { told } from "./problems.js";
import { button, copy, say } from "./shell.js";
import { table } from "./table.js";
import { moment, number, t } from "./words.js";

export function accessView(place, signal, caller) {
  const note = el("div", {});
  const keys = keysTable(revoke);
  const tenants = tenantsTable();
  const open = el("p", { class: "why", hidden: true }, t("key.open_home"));
  const empty = el("p", { class: "muted", hidden: true }, t("key.none"));
  const hide = el("input", { type: "checkbox", id: "ended" });
  let all = [];
  fill(
    place,
    note,
    el(
      "section",
      { class: "part" },
      el("div", { class: "row spread" }, el("h3", {}, t("ops.keys")), el("div", { class: "row" }, el("label", { class: "check", for: "ended" }, hide, t("key.show_ended")), button("fresh", t("key.create"), createKey, { class: "strong" }))),
      open,
      empty,
      keys.node,
    ),
    caller.runs_the_home && el("section", { class: "part" }, el("div", { class: "row spread" }, el("h3", {}, t("ops.tenants")), button("fresh", t("tenant.create"), createTenant)), tenants.node),
  );
  hide.addEventListener("change", draw);
  return look();

  async function look() {
    try {
      const [found, listed] = await Promise.all([getJson("/v1/keys", { signal }), caller.runs_the_home ? getJson("/v1/tenants", { signal }) : { tenants: [] }]);
      all = found.keys;
      tenants.show(listed.tenants);
      fill(note);
      draw();
    } catch (error) {
      if (!signal.aborted) fill(note, told(error));
    }
  }

  function draw() {
    const shown = all.filter((each) => hide.checked || each.state === "active").reverse();
    open.hidden = all.length > 0;
    empty.hidden = shown.length > 0 || all.length === 0;
    keys.node.hidden = shown.length === 0;
    keys.show(shown.map((each) => ({ ...each, own: each.prefix === caller.key })));
  }

  async function createKey() {
    const [{ kbs }, listed] = await Promise.all([getJson("/v1/kbs"), caller.tenant === null ? getJson("/v1/tenants") : { tenants: [] }]);
    const isFirst = all.length === 0;
    const body = await keyForm(caller, kbs.map(({ name }) => name), listed.tenants.map(({ name }) => name), isFirst);
    if (body) await made(postJson("/v1/keys", body), isFirst);
  }

  async function createTenant() {
    // In a home without keys one of a tenant would lock out whoever runs it.
    const body = await tenantForm(caller.tenant !== null);
    if (body) await made(postJson("/v1/tenants", body), false);
  }

  async function made(request, isFirst) {
    try {
      const answer = await (await request).json();
      const token = answer.token ?? answer.key?.token;
      if (token) await shownOnce(answer.key ?? answer, isFirst);
      else say(t("tenant.made", { name: answer.name }));
      await look();
    } catch (error) {
      fill(note, told(error));
    }
  }

  async function revoke(each) {
    const named = each.label || each.prefix;
    const text = t(each.own ? "key.revoke.own" : "key.revoke.why", { name: named, prefix: each.prefix });
    if (!(await confirmed(t("key.revoke.title", { name: named }), text, t("key.revoke")))) return;
    try {
      await send(`/v1/keys/${encodeURIComponent(each.prefix)}/revoke`, { method: "POST" });
      say(t("key.revoked", { name: named }));
    } catch (error) {
      fill(note, told(error));
    }
    await look();
  }
}

/** The only moment in which a token can be seen. */
async function shownOnce({ token, prefix, scopes, publishable, kbs }, isFirst) {
  const use = await openDialog(t("key.made", { prefix }), (close) => {
    const field = el("input", { id: "token", class: "token", readonly: true, value: token, "aria-label": t("key.token"), onfocus: () => field.select() });
    const copying = button("copy", t("key.copy"), () => copy(token, copying), { class: "" });
    // A slip of the finger on Escape would lose it for good.
    queueMicrotask(() => field.closest("dialog").addEventListener("cancel", (event) => event.preventDefault()));
    return [
      el("p", {}, t(isFirst ? "key.made.first" : "key.made.once")),
      field,
      publishable && el("textarea", { class: "token", rows: "4", readonly: true, "aria-label": t("key.tag") }, tagFor(kbs[0], token)),
      el("div", { class: "row" }, copying, isFirst && scopes.includes("admin") && el("button", { type: "button", class: "strong", onclick: () => close(true) }, t("key.use_here")), el("button", { type: "button", class: "quiet", onclick: () => close(null) }, t("key.kept"))),
    ];
  });
  if (use) {
    ownKey.set(token);
    location.reload();
  }
}

function keysTable(revoke) {
  const columns = [
    { name: "what", words: t("ops.key"), cell: (each) => [el("b", {}, each.label || t("key.unnamed")), each.own && el("span", { class: "tag" }, t("key.own")), each.publishable && el("span", { class: "tag notice" }, t("key.publishable.tag")), el("p", { class: "source" }, each.prefix)] },
    { name: "tenant", told: true, words: t("ops.tenant"), cell: (each) => each.tenant },
    { name: "scopes", told: true, words: t("key.scopes"), cell: (each) => [each.scopes.map((scope) => t(`scope.${scope}`)).join(t("unit.comma")), el("p", { class: "fine" }, each.kbs === null ? t("key.all_kbs") : each.kbs.join(t("unit.comma"))), each.origins.map((origin) => el("p", { class: "source" }, origin))] },
    { name: "state", words: t("job.state"), cell: (each) => [el("span", { class: `badge ${each.state === "active" ? "good" : "plain"}` }, t(`key.state.${each.state}`)), ends(each)] },
    { name: "used", told: true, words: t("key.used"), cell: (each) => (each.last_used_at ? el("time", { datetime: each.last_used_at }, moment(each.last_used_at)) : t("key.never")) },
    { name: "act", words: el("span", { class: "unseen" }, t("job.act")), cell: (each) => each.state === "active" && el("button", { type: "button", onclick: () => revoke(each), "aria-label": t("key.revoke.this", { name: each.label || each.prefix }) }, t("key.revoke")) },
  ];
  return table(t("ops.keys"), columns, (each) => each.prefix, { stacks: true });
}

/** What a page needs to take the chat in. */
function tagFor(kb, token) {
  return `<script src="${new URL("/widget.js", location.href)}" data-kb="${kb}" data-key="${token}" async></script>`;
}

function ends({ state, expires_at: end, revoked_at: revoked }) {
  if (state === "revoked") return el("p", { class: "fine" }, moment(revoked));
  return end ? el("p", { class: "fine" }, t("key.until", { at: moment(end) })) : null;
}

function tenantsTable() {
  const columns = [
    { name: "what", words: t("ops.tenant"), cell: (each) => el("b", {}, each.name) },
    { name: "kbs", class: "n", words: t("tenant.kbs"), cell: (each) => number(each.kbs) },
    { name: "keys", class: "n", words: t("ops.keys"), cell: (each) => number(each.keys) },
  ];
  return table(t("ops.tenants"), columns, (each) => each.name);
}
