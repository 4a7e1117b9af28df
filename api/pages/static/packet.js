// Answers and hand-offs as plain text for a ticket or a mail.

import { place } from "./citations.js";
import { t } from "./words.js";

/** The claims with the numbers of their sources, then each source with its quotes. */
export function answerText(answer, numberOf) {
  const lines = answer.claims.map((claim) => {
    const numbers = [...new Set(claim.citations.map((citation) => numberOf(citation.chunk_id)))];
    return `${claim.text} ${numbers.map((n) => `[${n}]`).join("")}`;
  });
  const sources = new Map();
  for (const citation of answer.claims.flatMap((claim) => claim.citations)) {
    const quotes = sources.get(citation.chunk_id) ?? { citation, quotes: new Set() };
    quotes.quotes.add(citation.quote);
    sources.set(citation.chunk_id, quotes);
  }
  const listed = [...sources].map(([id, { citation, quotes }]) => {
    const quoted = [...quotes].map((quote) => t("copy.quote", { quote })).join(" ");
    return `[${numberOf(id)}] ${place(citation)} (${citation.source}): ${quoted}`;
  });
  return [...lines, "", t("copy.sources"), ...listed].join("\n");
}

/** Everything that a person who takes over needs. */
export function handOffText(packet) {
  const parts = [[t("hand_off.question"), [packet.question]]];
  if (packet.asked !== packet.question) parts.push([t("hand_off.asked"), [packet.asked]]);
  parts.push([t("hand_off.history"), packet.history.map((turn) => `${t(`role.${turn.role}`)} ${turn.content}`)]);
  parts.push([t("hand_off.context"), packet.context.map((block) => `${block.name}: ${values(block.data)}`)]);
  parts.push([t("hand_off.tried"), packet.tried.map((line) => `- ${line}`)]);
  const quoted = (passage) => `- ${place(passage)} (${passage.source}): ${t("copy.quote", { quote: passage.quote })}`;
  parts.push([t("hand_off.passages"), packet.passages.map(quoted)]);
  return parts
    .filter(([, lines]) => lines.length)
    .map(([title, lines]) => [title, ...lines].join("\n"))
    .join("\n\n");
}

function values(data) {
  return Object.entries(data)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}
