/* What every page of the frame does: live figures, search, the clock, menus, and a word when the stream is down. */
import * as live from "./live.js";
import * as search from "./search.js";
import { onState } from "./stream.js";

function watchStream() {
  const banner = document.querySelector("[data-stale-banner]");
  const text = banner?.querySelector("[data-stale-text]");
  onState((state) => {
    if (!banner) return;
    banner.hidden = state === "live";
    document.documentElement.toggleAttribute("data-offline", state !== "live");
    text.textContent =
      state === "silent" ? "Prices have stopped coming: reconnecting…" : "Connection lost: figures are as of the last update. Reconnecting…";
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
live.start();
search.start();
runClock();
closeMenus();
