// The open conversation, kept for this tab and gone with it.

const MOST_KEPT = 30;

/** What was kept of the conversation with a knowledge base: `{ isOpen, turns }`. */
export function recall(kb) {
  try {
    const { isOpen, turns } = JSON.parse(sessionStorage.getItem(placeOf(kb)));
    const usable = turns.filter((each) => typeof each?.question === "string" && typeof each.answer === "object");
    return { isOpen: isOpen === true, turns: usable };
  } catch {
    return { isOpen: false, turns: [] };
  }
}

/** Keep it, or forget it where there is nothing to keep. */
export function keep(kb, isOpen, turns) {
  try {
    if (!isOpen && !turns.length) sessionStorage.removeItem(placeOf(kb));
    else sessionStorage.setItem(placeOf(kb), JSON.stringify({ isOpen, turns: turns.slice(-MOST_KEPT) }));
  } catch {
    // A browser that keeps nothing, or is full: the conversation then ends with the page.
  }
}

function placeOf(kb) {
  return `citedesk.widget.${kb}`;
}
