// Server-sent events from a fetched body (WHATWG HTML, section 9.2); EventSource can only GET.

/** Yields `{name, data, id}` of each event, all text. */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = fresh();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    // A carriage return at the end may be half of a line end.
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line !== "") take(event, line);
      else {
        if (event.data.length) yield { ...event, data: event.data.join("\n") };
        event = fresh();
      }
    }
  }
}

function fresh() {
  return { name: "message", data: [], id: "" };
}

function take(event, line) {
  const colon = line.indexOf(":");
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (field === "event") event.name = value;
  if (field === "id") event.id = value;
  if (field === "data") event.data.push(value);
}
