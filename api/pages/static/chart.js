// Charts of lines and ranges, drawn by the browser from elements. Every chart stands beside the same figures as text.

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = { top: 14, right: 12, bottom: 24, left: 62 };

/** An element of a drawing; attributes that are null are left out. */
export function draw(name, attributes, ...children) {
  const node = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
  node.append(...children.flat().filter((child) => child !== null && child !== false));
  return node;
}

/** Three to five round values from 0 to at least `top`. */
export function ticks(top) {
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, n) => n * step);
}

/**
 * A drawing as wide as its place and drawn again when that changes. `paint(width)` gives the children of the drawing,
 * `height` is in pixels, `label` is read out in its place.
 */
export function chart(label, height, paint) {
  const node = draw("svg", { class: "chart", role: "img", "aria-label": label, height });
  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.round(contentRect.width);
    if (!width || node.getAttribute("viewBox") === `0 0 ${width} ${height}`) return;
    node.setAttribute("viewBox", `0 0 ${width} ${height}`);
    node.replaceChildren(...paint(width));
  }).observe(node);
  return node;
}

/**
 * Lines over one axis. `lines` are `{ kind, words, points: [[x, y or null]] }`; `x` and `y` are `{ ticks, words(value) }`;
 * `bars` are `[x, share from 0 to 1]` along the bottom, `marks` places on the axis. A null ends a piece of its line; a piece of one point is a dot.
 */
export function lineChart(label, { lines, x, y, bars = [], marks = [] }, height = 240) {
  return chart(label, height, (width) => {
    const at = scales(width, height, x.ticks, y.ticks);
    return [
      ...grid(at, x, y, width, height),
      ...marks.map((value) => draw("path", { d: `M${at.x(value)} ${MARGIN.top}V${height - MARGIN.bottom}`, class: "line mark" })),
      ...bars.map(([position, share]) => bar(at, position, share, height)),
      ...lines.flatMap((line) => pieces(line.points).map((piece) => path(at, line.kind, piece))),
    ];
  });
}

/** What the kinds of lines are, as text with a sample of each. */
export function legend(lines) {
  const items = lines.map(({ kind, words }) => {
    const sample = draw("svg", { viewBox: "0 0 18 8", class: "sample", "aria-hidden": "true" }, draw("path", { d: "M0 4H18", class: `line ${kind}` }));
    const item = document.createElement("li");
    item.append(sample, words);
    return item;
  });
  const list = document.createElement("ul");
  list.className = "legend";
  list.append(...items);
  return list;
}

/** An interval with its middle, beside zero, in a row of its table; `widest` is at both ends. */
export function interval(low, middle, high, widest, real) {
  const [a, b, c] = [low, middle, high].map((value) => 60 + (56 * value) / widest);
  return draw(
    "svg",
    { viewBox: "0 0 120 12", class: `range ${real ? "real" : "open"}`, "aria-hidden": "true" },
    draw("path", { d: "M60 0V12", class: "zero" }),
    draw("path", { d: `M${a} 6H${c}`, class: "whole" }),
    draw("circle", { cx: b, cy: 6, r: 3 }),
  );
}

/** From `low` over `middle` to `high`, as places from 0 to 1 of a row of its table. */
export function range(low, middle, high) {
  const [a, b, c] = [low, middle, high].map((share) => 4 + share * 112);
  return draw(
    "svg",
    { viewBox: "0 0 120 12", class: "range", "aria-hidden": "true" },
    draw("path", { d: `M${a} 6H${c}`, class: "whole" }),
    draw("path", { d: `M${b} 2V10`, class: "tick" }),
    draw("circle", { cx: a, cy: 6, r: 3 }),
  );
}

function scales(width, height, xs, ys) {
  const [left, right] = [xs[0], xs.at(-1)];
  const [low, high] = [ys[0], ys.at(-1)];
  const [wide, tall] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return {
    x: (value) => MARGIN.left + (wide * (value - left)) / (right - left),
    y: (value) => MARGIN.top + tall - (tall * (value - low)) / (high - low),
  };
}

function grid(at, x, y, width, height) {
  const floor = height - MARGIN.bottom;
  const across = y.ticks.map((value) => [
    draw("path", { d: `M${MARGIN.left} ${at.y(value)}H${width - MARGIN.right}`, class: "rule" }),
    draw("text", { x: MARGIN.left - 8, y: at.y(value) + 4, class: "end" }, y.words(value)),
  ]);
  // On a narrow page every other label has room.
  const every = Math.ceil((x.ticks.length * 74) / (width - MARGIN.left));
  const along = x.ticks.map((value, n) => {
    const last = n === x.ticks.length - 1;
    return (x.ticks.length - 1 - n) % every === 0 && draw("text", { x: at.x(value), y: floor + 18, class: last ? "end" : n ? "middle" : null }, x.words(value));
  });
  return [...across.flat(), ...along.filter(Boolean)];
}

function bar(at, position, share, height) {
  const floor = height - MARGIN.bottom;
  return draw("path", { d: `M${at.x(position)} ${floor}v${-Math.max(1, 36 * share)}`, class: "bar" });
}

function pieces(points) {
  const found = [[]];
  for (const [x, y] of points) {
    if (y === null) found.push([]);
    else found.at(-1).push([x, y]);
  }
  return found.filter((piece) => piece.length);
}

function path(at, kind, piece) {
  const [[x, y]] = piece;
  if (piece.length === 1) return draw("circle", { cx: at.x(x), cy: at.y(y), r: 2.5, class: `dot ${kind}` });
  return draw("path", { d: piece.map(([each, value], n) => `${n ? "L" : "M"}${at.x(each).toFixed(1)} ${at.y(value).toFixed(1)}`).join(""), class: `line ${kind}` });
}
