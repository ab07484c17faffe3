/* The chart of one symbol: candles and volume, the forming candle moving, widths, crosshair legend, overlays and panes. */
import { get } from "./api.js";
import * as format from "./format.js";
import { Indicators } from "./indicators.js";
import { baseOptions, colours, localTimes } from "./palette.js";
import { subscribe } from "./stream.js";

const CANDLES = 500;
const SECONDS = { "1m": 60, "5m": 300, "1h": 3600, "4h": 14400, "1d": 86400 };
const KEY = "arbion-indicators";

const seconds = (iso) => Math.floor(Date.parse(iso) / 1000);

class SymbolChart {
  constructor(root) {
    this.root = root;
    this.symbol = root.dataset.symbol;
    this.interval = root.dataset.interval;
    this.increment = root.dataset.increment;
    this.legend = root.querySelector("[data-legend]");
    this.wait = root.querySelector("[data-chart-wait]");
    this.canvas = root.querySelector("[data-canvas]");
    this.rows = [];
    this.build();
    this.listen();
  }

  build() {
    const charts = window.LightweightCharts;
    this.chart = charts.createChart(this.canvas, { autoSize: true, ...baseOptions() });
    this.chart.applyOptions(localTimes(SECONDS[this.interval] < 86400));
    const places = format.pricePlaces("1", this.increment);
    this.candles = this.chart.addSeries(charts.CandlestickSeries, {
      borderVisible: false,
      priceFormat: { type: "price", precision: places, minMove: 10 ** -places },
    });
    this.volume = this.chart.addSeries(charts.HistogramSeries, {
      priceFormat: { type: "volume" }, priceScaleId: "volume", lastValueVisible: false, priceLineVisible: false,
    });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.12, bottom: 0.22 } });
    this.indicators = new Indicators(this.chart, () => this.paintLegend());
    this.paint();
    this.chart.subscribeCrosshairMove((move) => this.paintLegend(move));
  }

  paint() {
    const tint = colours();
    this.chart.applyOptions(baseOptions());
    this.candles.applyOptions({ upColor: tint.up, downColor: tint.down, wickUpColor: tint.up, wickDownColor: tint.down });
    this.indicators.paint();
    this.volume.setData(this.rows.map((row) => this.volumeBar(row)));
  }

  volumeBar(row) {
    const tint = colours();
    return { time: row.time, value: row.volume, color: row.close >= row.open ? tint.upFaint : tint.downFaint };
  }

  listen() {
    for (const link of this.root.querySelectorAll("[data-interval-choice]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.choose(link.dataset.intervalChoice);
      });
    }
    const group = this.root.querySelector("[data-toggles]");
    group.hidden = false;
    const wanted = readChoice();
    for (const button of group.querySelectorAll("[data-indicator]")) {
      button.setAttribute("aria-pressed", String(wanted.has(button.dataset.indicator)));
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        writeChoice(this.pressed());
        this.loadIndicators();
      });
    }
    document.addEventListener("arbion:theme", () => this.paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  pressed() {
    return [...this.root.querySelectorAll('[data-indicator][aria-pressed="true"]')].map((button) => button.dataset.indicator);
  }

  choose(interval) {
    this.interval = interval;
    for (const link of this.root.querySelectorAll("[data-interval-choice]")) {
      if (link.dataset.intervalChoice === interval) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    history.replaceState(null, "", `?interval=${interval}`);
    this.load();
  }

  async load() {
    const { interval } = this;
    this.wait.textContent = "Loading candles…";
    this.stop?.();
    try {
      const answer = await get(`/api/v1/instruments/${encodeURIComponent(this.symbol)}/candles/?interval=${interval}&limit=${CANDLES}`);
      if (interval !== this.interval) return; // another width was chosen meanwhile
      this.rows = answer.candles.map(toRow);
      this.candles.setData(this.rows);
      this.volume.setData(this.rows.map((row) => this.volumeBar(row)));
      this.chart.applyOptions(localTimes(SECONDS[interval] < 86400));
      this.chart.timeScale().applyOptions({ timeVisible: SECONDS[interval] < 86400, rightOffset: 4 });
      this.chart.timeScale().setVisibleLogicalRange({ from: this.rows.length - this.visibleBars(), to: this.rows.length + 4 });
      this.wait.textContent = this.rows.length ? "" : "No candles yet: they appear as the market moves.";
      this.paintLegend();
      await this.loadIndicators();
      this.stop = subscribe(`candles:${this.symbol}:${interval}`, (message) => this.receive(message));
    } catch (problem) {
      this.wait.textContent = `The candles could not be loaded. ${problem.message}`;
    }
  }

  visibleBars() {
    return Math.max(30, Math.min(140, Math.floor(this.canvas.clientWidth / 8)));
  }

  receive(message) {
    const row = toRow(message.candle ?? message);
    const last = this.rows.at(-1);
    if (!Number.isFinite(row.time) || (last && row.time < last.time)) return;
    const isNew = !last || row.time > last.time;
    if (isNew) this.rows.push(row);
    else this.rows[this.rows.length - 1] = row;
    this.candles.update(row);
    this.volume.update(this.volumeBar(row));
    if (!this.hovering) this.paintLegend();
    if (isNew) this.loadIndicators();
  }

  async loadIndicators() {
    const names = this.pressed();
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const path = `/api/v1/instruments/${encodeURIComponent(this.symbol)}/indicators/?interval=${this.interval}&limit=${CANDLES}&names=${names.join(",")}`;
      const answer = names.length ? await get(path) : null;
      if (turn !== this.turn) return; // another choice was made meanwhile
      this.canvas.dataset.panes = names.filter((name) => ["rsi", "macd"].includes(name)).length;
      this.indicators.show(names, answer);
    } catch (problem) {
      this.wait.textContent = `The indicators could not be loaded. ${problem.message}`;
    }
  }

  paintLegend(move) {
    this.hovering = Boolean(move?.time);
    const row = (move?.time && move.seriesData.get(this.candles)) || this.rows.at(-1);
    if (!row) {
      this.legend.replaceChildren();
      return;
    }
    const bar = (move?.time && move.seriesData.get(this.volume)) || { value: row.volume };
    const price = (value) => format.price(value, this.increment);
    const parts = [["O", price(row.open)], ["H", price(row.high)], ["L", price(row.low)], ["C", price(row.close)], ["Vol", format.compact(bar.value)]];
    const move_ = row.open ? ((row.close - row.open) / row.open) * 100 : 0;
    const shown = parts.map(([name, value]) => entry(name, value));
    shown.push(entry("", format.change(move_.toFixed(2)), format.direction(move_.toFixed(2))));
    this.legend.replaceChildren(...shown, ...this.indicators.legend(move).map(([name, value]) => entry(name, value, "", "max-md:hidden")));
  }
}

function entry(name, value, className = "", place = "") {
  const span = document.createElement("span");
  span.className = place;
  const strong = document.createElement("b");
  strong.textContent = value;
  strong.className = className;
  span.append(name ? `${name} ` : "", strong);
  return span;
}

/** Candle figures as numbers: only for drawing. */
function toRow(candle) {
  return {
    time: seconds(candle.time), open: Number(candle.open), high: Number(candle.high), low: Number(candle.low),
    close: Number(candle.close), volume: Number(candle.volume),
  };
}

function readChoice() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY)) ?? []);
  } catch {
    return new Set();
  }
}

function writeChoice(names) {
  try {
    localStorage.setItem(KEY, JSON.stringify(names));
  } catch {
    /* the choice then holds for this page only */
  }
}

const root = document.querySelector("[data-chart]");
if (root) new SymbolChart(root).load();
