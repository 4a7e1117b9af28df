// What the page says, in the language of the document element.

export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const tag = language === "zh" ? "zh-CN" : "en-GB";
const { default: words } = await import(`./words/${language}.js`);
const plurals = new Intl.PluralRules(tag);
const numbers = new Intl.NumberFormat(tag);

/** The words of `key`, with `{name}` replaced. Throws for a key that is not there. */
export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The words of `key`, or `otherwise` where there are none: for names that the service may add to. */
export function named(key, otherwise) {
  return words[key] ?? otherwise;
}

/** `key.one` or `key.other`, with `{n}`. */
export function counted(key, n) {
  return t(`${key}.${plurals.select(n) === "one" ? "one" : "other"}`, { n: numbers.format(n) });
}

export function number(value, digits) {
  return digits === undefined ? numbers.format(value) : value.toFixed(digits);
}

/** Half a second and more in seconds, less in milliseconds. */
export function duration(milliseconds) {
  if (milliseconds < 500) return t("unit.ms", { n: milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds) });
  return t("unit.s", { n: (milliseconds / 1000).toFixed(1) });
}

/** Bytes as B, KB, MB or GB. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Day and month of a moment given in milliseconds since 1970. */
export function day(milliseconds) {
  return new Intl.DateTimeFormat(tag, { day: "numeric", month: "short" }).format(milliseconds);
}

/** Weekday, hour and minute of a moment given in milliseconds since 1970. */
export function hour(milliseconds) {
  return new Intl.DateTimeFormat(tag, { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(milliseconds);
}

/** Hour and minute of a moment given in milliseconds since 1970, in the reader's own time. */
export function clock(milliseconds) {
  return new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(milliseconds);
}

/** A moment of the service, given as ISO 8601, in the reader's own time. */
export function moment(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" }).format(date);
}
