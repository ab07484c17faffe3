/* Keeps the figures on the admin's first page fresh; says so when the server no longer answers. */
"use strict";

const EVERY_MS = 5000;
const tiles = document.querySelector("[data-live]");
const lost = document.querySelector(".live-lost");
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

async function refresh() {
  try {
    const answer = await fetch(tiles.dataset.live, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const figures = await answer.json();
    for (const place of tiles.querySelectorAll("[data-live-key]")) {
      const value = figures[place.dataset.liveKey];
      place.textContent = value === null || value === undefined ? "–" : whole.format(value);
    }
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

if (tiles) {
  setInterval(() => document.hidden || refresh(), EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
