/* The curve of equity over time, growing while one looks. */
import { get } from "./api.js";
import * as format from "./format.js";
import { baseOptions, colours, localTimes } from "./palette.js";
import { subscribe } from "./stream.js";

const host = document.querySelector("[data-equity-curve]");
const note = document.querySelector("[data-equity-note]");

function options() {
  const base = baseOptions();
  const local = localTimes(true);
  return {
    ...base,
    autoSize: true,
    localization: { ...local.localization, priceFormatter: (value) => format.money(value.toFixed(2)) },
    grid: { vertLines: { visible: false }, horzLines: base.grid.horzLines },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.1, bottom: 0.1 } },
    timeScale: { ...local.timeScale, borderVisible: false, timeVisible: true, secondsVisible: false, fixLeftEdge: true, fixRightEdge: true },
    handleScroll: false,
    handleScale: false,
  };
}

function look() {
  const tint = colours();
  return { lineColor: tint.accent, topColor: tint.accentFaint, bottomColor: tint.none, lineWidth: 2, priceLineVisible: false };
}

/** One point a second at most, rising in time, as the library asks. */
function toPoints(rows) {
  const bySecond = new Map(rows.map((row) => [Math.floor(Date.parse(row.time) / 1000), Number(row.equity)]));
  return [...bySecond].sort(([a], [b]) => a - b).map(([time, value]) => ({ time, value }));
}

async function start() {
  const chart = window.LightweightCharts.createChart(host, options());
  const series = chart.addSeries(window.LightweightCharts.AreaSeries, look());
  let count = 0;
  let lastTime = 0;
  const add = (points) => {
    count += points.length;
    lastTime = points.at(-1)?.time ?? lastTime;
    note.hidden = count > 1;
    host.hidden = count < 2;
    chart.timeScale().fitContent();
  };
  try {
    const answer = await get("/api/v1/portfolio/history/");
    const points = toPoints(answer.points);
    series.setData(points);
    add(points);
  } catch {
    note.textContent = "The equity curve could not be loaded. It starts anew from here.";
  }
  subscribe("portfolio", (message) => {
    const time = Math.floor(Date.now() / 1000);
    if (message.equity === null || message.equity === undefined || time <= lastTime) return;
    const point = { time, value: Number(message.equity) };
    series.update(point);
    add([point]);
  });
  const repaint = () => {
    chart.applyOptions(options());
    series.applyOptions(look());
  };
  document.addEventListener("arbion:theme", repaint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

if (host) start();
