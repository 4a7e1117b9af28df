// The question to the service, and the events of its answer.

import { readEvents } from "../events.js";

const RETRIES = 3;
const RETRY_MS = 400;

/** Why there is no answer: `kind` names the words for it, `detail` is for whoever set the widget up. */
export class Failure extends Error {
  constructor(kind, detail = "", seconds = 0) {
    super(detail || kind);
    this.kind = kind;
    this.seconds = seconds;
  }
}

/** Yields `{name, document}` of each event, the last one `final`. Throws `Failure`, or what `signal` was aborted with. */
export async function* answerEvents({ service, key }, body, signal) {
  let last = "";
  for (let left = RETRIES; left >= 0; left--) {
    try {
      const response = await ask(service, key, body, last, signal);
      for await (const event of readEvents(response.body)) {
        last = event.id || last;
        const document = JSON.parse(event.data);
        if (event.name === "error") throw failureOf(document.status, document, 0);
        yield { name: event.name, document };
        if (event.name === "final") return;
      }
    } catch (error) {
      if (signal.aborted || error instanceof Failure) throw error;
      if (!last) throw new Failure("unreachable", String(error));
    }
    if (!last) break;
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
  throw new Failure("cut");
}

async function ask(service, key, body, last, signal) {
  const response = await fetch(new URL("v1/ask", service), {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) },
    body: JSON.stringify({ ...body, stream: true }),
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
    signal,
  });
  if (response.ok) return response;
  // An answer that is not kept any more cannot be gone on with.
  if (last && response.status === 404) throw new Failure("cut");
  const problem = await response.json().catch(() => ({}));
  throw failureOf(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
}

function failureOf(status, problem, seconds) {
  const detail = `${status} ${problem.title ?? ""}: ${problem.detail ?? ""}`;
  if (status === 429) return new Failure("busy", detail, Math.max(1, seconds));
  if (status === 503) return new Failure("unavailable", detail);
  if ([401, 403, 404].includes(status)) return new Failure("setup", detail);
  return new Failure("failed", detail);
}
