/* Our tokens as colours that a canvas understands; read anew at each change of theme. */

function computed(name) {
  const probe = document.createElement("span");
  probe.className = name;
  probe.hidden = true;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const faint = (rgb, alpha) => rgb.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);

/** The colours of this moment's theme. */
export function colours() {
  const up = computed("text-up");
  const down = computed("text-down");
  const accent = computed("text-accent");
  return {
    up, down, accent,
    text: computed("text-muted"),
    line: computed("text-line"),
    warn: computed("text-warn"),
    faint: computed("text-faint"),
    upFaint: faint(up, 0.35),
    downFaint: faint(down, 0.35),
    accentFaint: faint(accent, 0.25),
    none: faint(accent, 0),
  };
}

/** What all our charts share. The library's own logo adds an inline style, which our policy forbids: the page credits it. */
export function baseOptions() {
  const tint = colours();
  return {
    layout: { attributionLogo: false, background: { color: "transparent" }, textColor: tint.text, fontSize: 11, panes: { separatorColor: tint.line } },
    grid: { vertLines: { color: faint(tint.line, 0.5) }, horzLines: { color: faint(tint.line, 0.5) } },
    rightPriceScale: { borderColor: tint.line },
    timeScale: { borderColor: tint.line, secondsVisible: false },
    crosshair: { mode: 0 },
  };
}

/** Moments in the reader's own zone; days as the exchange counts them. The library itself only knows UTC. */
export function localTimes(isIntraday) {
  const timeZone = isIntraday ? undefined : "UTC";
  const write = (options) => {
    const format = new Intl.DateTimeFormat(undefined, { timeZone, ...options });
    return (time) => format.format(new Date(time * 1000));
  };
  const ticks = [write({ year: "numeric" }), write({ month: "short" }), write({ day: "numeric", month: "short" }),
    write({ hour: "2-digit", minute: "2-digit", hour12: false }), write({ timeStyle: "medium" })];
  const day = { year: "numeric", month: "short", day: "numeric" };
  return {
    localization: { timeFormatter: write(isIntraday ? { ...day, hour: "2-digit", minute: "2-digit", hour12: false } : day) },
    timeScale: { tickMarkFormatter: (time, kind) => ticks[kind]?.(time) ?? null },
  };
}
