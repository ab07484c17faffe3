/* Keeps the figures on the room's first page fresh; says so when the server no longer answers. */
const EVERY_MS = 4000;
const board = document.querySelector("[data-live]");
const lost = board?.querySelector(".live-lost");

async function refresh() {
  try {
    const answer = await fetch(board.dataset.live, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const figures = await answer.json();
    for (const tile of board.querySelectorAll("[data-live-tile]")) {
      const figure = figures[tile.dataset.liveTile];
      if (!figure) continue;
      tile.querySelector("[data-live-key]").textContent = figure.text;
      tile.dataset.tone = figure.tone;
    }
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

if (board) {
  setInterval(() => document.hidden || refresh(), EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
