// One document on a page of its own.

import { el, fill } from "./dom.js";
import { fromAddress, showDocument } from "./document-view.js";
import { open } from "./shell.js";

open();
const { id, spans } = fromAddress(location.search);
const place = el("article", { class: "sheet" });
fill(document.getElementById("main"), place);
const shown = await showDocument(place, id, spans, 1);
if (shown) document.title = shown.title || shown.source;
