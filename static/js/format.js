/* How figures read, the same as arbion/lib/templatetags/arbion.py says them. Decimal strings go in; nothing is computed but a distance. */

const MINUS = "\u2212";
const NOTHING = "\u2014";
const SIGNS = { USD: "$", EUR: "€", GBP: "£" };

const formatters = new Map();
function grouped(text, minimum, maximum = minimum) {
  const key = `${minimum}:${maximum}`;
  if (!formatters.has(key)) {
    formatters.set(key, new Intl.NumberFormat("en-US", { minimumFractionDigits: minimum, maximumFractionDigits: maximum, roundingMode: "halfEven" }));
  }
  return formatters.get(key).format(text);
}

const given = (value) => value !== null && value !== undefined && value !== "" && Number.isFinite(Number(value));
const bare = (value) => String(value).replace(/^[-+]/, "");
const isZeroText = (text) => !/[1-9]/.test(text);

/** -1, 0 or 1, read from the text itself. */
export function signOf(value) {
  if (!given(value)) return 0;
  const text = String(value);
  if (isZeroText(text)) return 0;
  return text.startsWith("-") ? -1 : 1;
}

function withSign(value, shown, unit, explicit, tail = "") {
  const sign = isZeroText(shown) ? "" : signOf(value) < 0 ? MINUS : explicit ? "+" : "";
  return `${sign}${unit}${shown}${tail}`;
}

export function money(value, currency = "USD", explicit = false) {
  if (!given(value)) return NOTHING;
  return withSign(value, grouped(bare(value), 2), SIGNS[currency] ?? `${currency} `, explicit);
}

export const signed = (value, currency) => money(value, currency, true);

export function quantity(value) {
  if (!given(value)) return NOTHING;
  return withSign(value, grouped(bare(value), 0, 8), "", false);
}

/** How many decimals a price is shown with: those of its increment, else by its size; never under two. */
export function pricePlaces(value, increment) {
  if (increment) {
    const [, decimals = ""] = String(increment).split(".");
    return Math.max(2, decimals.replace(/0+$/, "").length);
  }
  const size = Math.abs(Number(value));
  if (size >= 1) return 2;
  return size >= 0.01 ? 4 : 8;
}

export function price(value, increment) {
  if (!given(value)) return NOTHING;
  return withSign(value, grouped(bare(value), pricePlaces(value, increment)), "", false);
}

export function percent(value, explicit = false) {
  if (!given(value)) return NOTHING;
  return withSign(value, grouped(bare(value), 2), "", explicit, "%");
}

export const change = (value) => percent(value, true);

/** How far a price still has to go to a level, in percent of itself; a figure to look at, reckoned in doubles. */
export function away(last, level) {
  if (!given(last) || !given(level) || Number(last) === 0) return NOTHING;
  const share = (Number(level) - Number(last)) / Number(last) * 100;
  return `${share > 0 ? "▲" : "▼"} ${grouped(Math.abs(share), 2)}%`;
}

const SIZES = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];

export function compact(value) {
  if (!given(value)) return NOTHING;
  const count = Number(value); // a count for the eye, not money
  for (const [size, letter] of SIZES) if (Math.abs(count) >= size) return withSign(value, grouped(Math.abs(count) / size, 2), "", false, letter);
  return withSign(value, grouped(Math.abs(count), 0, 2), "", false);
}

export const direction = (value) => ["down", "flat", "up"][signOf(value) + 1];
export const arrow = (value) => ["▼", "", "▲"][signOf(value) + 1];

/** A code as words: `partially_filled` reads `Partially filled`. */
export function words(code) {
  const text = String(code ?? "").replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const TONES = {
  filled: "up", buy: "up", accepted: "accent", submitted: "accent", partially_filled: "accent", initialized: "accent",
  held: "warn", unknown: "warn", denied: "down", rejected: "down", sell: "down",
};
const STATUS_WORDS = { accepted: "Working", unknown: "Looking it up" };
export const FINAL = new Set(["denied", "rejected", "filled", "canceled", "expired"]);
export const toneClass = (state) => (TONES[state] ? `badge-${TONES[state]}` : "");
export const statusWords = (state) => STATUS_WORDS[state] ?? words(state);

export function localTime(iso, options = { dateStyle: "medium", timeStyle: "medium" }) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? NOTHING : new Intl.DateTimeFormat(undefined, options).format(at);
}
