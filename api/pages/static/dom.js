// Elements made of text nodes. Nothing here or elsewhere turns a string into markup.

/** An element; attributes that are null or false are left out, `onclick` and the like are listeners. */
export function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) set(node, key, value);
  node.append(...shown(children));
  return node;
}

/** Replace what is in `node`. */
export function fill(node, ...children) {
  node.replaceChildren(...shown(children));
  return node;
}

/** A 16 px drawing without a name; the button around it has one. `shape` is one of the keys of `SHAPES`. */
export function icon(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[shape]);
  svg.append(path);
  return svg;
}

const SHAPES = {
  chat: "M2.5 3h11v8H8l-3 2.5V11H2.5z",
  send: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  stop: "M4.5 4.5h7v7h-7z",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  link: "M6.5 9.5 9.5 6.5M7 4.5l1.8-1.8a2.8 2.8 0 0 1 4 4L11 8.5M9 11.5l-1.8 1.8a2.8 2.8 0 0 1-4-4L5 7.5",
  out: "M6 3.5H3.5v9h9V10M9 3h4v4M13 3 7.5 8.5",
  system: "M2.5 3.5h11v7h-11zM6 13h4M8 10.5V13",
  light: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  dark: "M13 9.7A5.5 5.5 0 0 1 6.3 3 5.5 5.5 0 1 0 13 9.7z",
  key: "M9.7 6.3a3.2 3.2 0 1 1-1.9-1.9M7.5 8.5l5.5-5.5M11 5l1.5 1.5",
  fresh: "M8 3.5v9M3.5 8h9",
  again: "M12.5 8a4.5 4.5 0 1 1-1.6-3.4M12.5 2.5v3h-3",
  edit: "m3 13 .6-2.8 7-7 2.2 2.2-7 7zM9.2 4.6l2.2 2.2",
  up: "M8 10.5v-7M5 6l3-3 3 3M3 10.5V13h10v-2.5",
  back: "M9.5 3.5 5 8l4.5 4.5",
  on: "M6.5 3.5 11 8l-4.5 4.5",
  good: "M5 7.5V13H3V7.5zM5 7.5l2.8-5c1 0 1.7.9 1.4 1.9l-.6 2.1h3.5c.8 0 1.4.7 1.2 1.5l-.9 4c-.1.6-.6 1-1.2 1H5",
  poor: "M11 8.5V3h2v5.5zM11 8.5l-2.8 5c-1 0-1.7-.9-1.4-1.9l.6-2.1H3.9c-.8 0-1.4-.7-1.2-1.5l.9-4c.1-.6.6-1 1.2-1H11",
  bin: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5 5 13h6l.5-8.5M7 7v3.5M9 7v3.5",
};

function set(node, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else node.setAttribute(key, value === true ? "" : value);
}

function shown(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
