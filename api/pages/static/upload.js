// Files dropped or chosen, and what became of each.

import { el, fill } from "./dom.js";
import { readEvents } from "./events.js";
import { Problem, query, send } from "./http.js";
import { told } from "./problems.js";
import { say } from "./shell.js";
import { counted, number, t } from "./words.js";

const GOOD = new Set(["ingested", "unchanged"]);

/** A place to drop files on. `kb()` names where they go; `done()` is called when a job has ended. */
export function uploadPlace(kb, done) {
  const input = el("input", { type: "file", id: "files", multiple: true, class: "unseen" });
  const label = el("label", { for: "files", class: "button" }, t("upload.choose"));
  const progress = el("div", { class: "upload-progress" });
  const hint = el("span", { class: "fine" }, t("upload.hint"));
  const node = el("div", { class: "upload" }, el("div", { class: "row" }, input, label, hint), progress);
  let running = 0;

  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      node.classList.toggle("over", name === "dragover");
      if (name === "drop") take([...event.dataTransfer.files]);
    });
  }
  return node;

  async function take(files) {
    if (!files.length) return;
    const line = el("div", { class: "job" });
    progress.prepend(line);
    running += 1;
    try {
      fill(line, el("p", { class: "waiting" }, counted("upload.sending", files.length)));
      const job = await sent(files, kb());
      await follow(job.id, line);
    } catch (error) {
      fill(line, told(error));
    } finally {
      running -= 1;
      if (!running) done();
    }
  }
}

async function sent(files, kb) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.webkitRelativePath || file.name);
  return (await send(`/v1/documents?${query({ kb })}`, { method: "POST", body: form })).json();
}

async function follow(job, line) {
  const response = await send(`/v1/jobs/${job}/events`);
  for await (const event of readEvents(response.body)) {
    const document = JSON.parse(event.data);
    if (event.name === "error") throw new Problem(document.status, document);
    if (event.name === "progress") drawProgress(document, line);
    if (event.name === "final") return drawEnd(document, line);
  }
  throw new Problem(0, { type: "urn:citedesk:problem:cut", detail: t("upload.cut") });
}

function drawProgress({ state, progress }, line) {
  const { files, files_done: ready, current } = progress;
  const words = state === "queued" ? t("upload.queued") : t("upload.reading", { n: number(ready), all: number(files) });
  const bar = el("progress", { max: Math.max(1, files), "aria-label": t("upload.progress") });
  bar.value = ready;
  fill(line, el("p", {}, words), bar, current && el("p", { class: "source" }, current));
}

function drawEnd({ state, files, report, error }, line) {
  const bad = files.filter((file) => !GOOD.has(file.outcome));
  const read = files.length - bad.length;
  const unchanged = report?.outcomes?.unchanged ?? 0;
  const parts = [
    read > 0 && counted("upload.read", read),
    unchanged > 0 && counted("upload.unchanged", unchanged),
    bad.length > 0 && counted("upload.bad", bad.length),
  ];
  const words = parts.filter(Boolean).join(t("unit.semicolon")) || t("upload.nothing");
  const reasons = bad.map((file) =>
    el("li", { class: "failure" }, el("span", { class: "source" }, file.path), ` ${t(`outcome.${file.outcome}`)}: ${file.reason}`),
  );
  const failed = state !== "done" && el("p", { class: "failure" }, `${t(`upload.${state}`)} ${error}`);
  fill(line, el("p", {}, words), failed, reasons.length > 0 && el("ul", {}, reasons));
  say(words);
}
