/* What every page of the frame does: live figures, search, the clock, menus, and a word when the stream is down. */
import * as inbox from "./inbox.js";
import * as live from "./live.js";
import * as search from "./search.js";
import { listen, onState } from "./stream.js";

const SAID = {
  down: "Connection lost: figures are as of the last update. Reconnecting…",
  silent: "Prices have stopped coming: reconnecting…",
  crowded: "Too many windows are open: figures here are as of the last update.",
  "signed-out": "You are signed out: figures are as of the last update.",
};

function watchStream() {
  const banner = document.querySelector("[data-stale-banner]");
  if (!banner) return;
  onState((state) => {
    banner.querySelector("[data-stale-text]").textContent = SAID[state] ?? "";
    banner.hidden = !(state in SAID);
  });
}

/** The market opened or closed, by its hours or by an operator. */
function watchMarket() {
  const shown = document.querySelector("[data-market]");
  const banner = document.querySelector("[data-market-banner]");
  if (!shown || !banner) return;
  listen("market", (state) => {
    shown.title = state.label;
    const isHalfOpen = state.overridden || state.phase === "pre" || state.phase === "post";
    const dot = shown.querySelector("[data-market-dot]").classList;
    dot.toggle("dot-warn", isHalfOpen);
    dot.toggle("dot-up", state.is_open && !isHalfOpen);
    shown.querySelector("[data-market-text]").textContent = state.short;
    banner.querySelector("[data-market-banner-text]").textContent = state.overridden ? state.label : "";
    banner.hidden = !state.overridden;
  });
}

function runClock() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const zone = clock.dataset.zone || "America/New_York";
  const format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
  const name = zone === "America/New_York" ? "ET" : zone;
  const show = () => {
    clock.textContent = `${format.format(new Date())} ${name}`;
  };
  show();
  setInterval(show, 1000);
}

function closeMenus() {
  const others = (target) => [...document.querySelectorAll("details[data-menu][open]")].filter((menu) => !menu.contains(target));
  document.addEventListener("click", (event) => others(event.target).forEach((menu) => menu.removeAttribute("open")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of others(null)) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    }
  });
}

watchStream();
watchMarket();
live.start();
inbox.start();
search.start();
runClock();
closeMenus();
