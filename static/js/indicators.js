/* Overlays on the price and panes below it, from the figures that the server computed. */
import { colours } from "./palette.js";

// Series that each choice draws: field of the answer, kind, colour, pane (0 is the price's own).
const DRAW = {
  sma_20: [{ field: "sma_20", kind: "line", colour: "warn", pane: "price", label: "SMA 20" }],
  ema_50: [{ field: "ema_50", kind: "line", colour: "accent", pane: "price", label: "EMA 50" }],
  bollinger: [
    { field: "bollinger_upper", kind: "line", colour: "faint", pane: "price", label: "BB upper" },
    { field: "bollinger_middle", kind: "line", colour: "faint", pane: "price", label: "BB middle", dashed: true },
    { field: "bollinger_lower", kind: "line", colour: "faint", pane: "price", label: "BB lower" },
  ],
  rsi: [{ field: "rsi", kind: "line", colour: "accent", pane: "rsi", label: "RSI", guides: [30, 70] }],
  macd: [
    { field: "macd_histogram", kind: "bars", colour: "faint", pane: "macd", label: "MACD histogram" },
    { field: "macd", kind: "line", colour: "accent", pane: "macd", label: "MACD" },
    { field: "macd_signal", kind: "line", colour: "warn", pane: "macd", label: "Signal" },
  ],
};
const PRICE_SHARE = 3.2; // of the height, against one for each pane below

export class Indicators {
  constructor(chart, onChange) {
    this.chart = chart;
    this.onChange = onChange;
    this.drawn = []; // {series, spec, last}
  }

  clear() {
    for (const { series } of this.drawn) this.chart.removeSeries(series);
    while (this.chart.panes().length > 1) this.chart.removePane(this.chart.panes().length - 1);
    this.drawn = [];
  }

  /** Draw the chosen ones from the answer: {"times": [...], "series": {name: [...]}}. */
  show(names, answer) {
    this.clear();
    const panes = ["price", ...["rsi", "macd"].filter((name) => names.includes(name))];
    for (const name of names) {
      for (const spec of DRAW[name] ?? []) this.draw(spec, answer, panes.indexOf(spec.pane));
    }
    this.chart.panes().forEach((pane, place) => pane.setStretchFactor(place === 0 ? PRICE_SHARE : 1));
    this.paint();
    this.onChange();
  }

  draw(spec, answer, paneIndex) {
    const values = answer.series?.[spec.field];
    if (!values) return;
    const charts = window.LightweightCharts;
    const kind = spec.kind === "bars" ? charts.HistogramSeries : charts.LineSeries;
    const options = { lineWidth: 1.5, lineStyle: spec.dashed ? 2 : 0, priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
    const series = this.chart.addSeries(kind, options, paneIndex);
    const points = values.map((value, place) => {
      const time = Math.floor(Date.parse(answer.times[place]) / 1000);
      return value === null ? { time } : { time, value: Number(value) };
    });
    series.setData(points);
    for (const price of spec.guides ?? []) series.createPriceLine({ price, lineWidth: 1, lineStyle: 2, axisLabelVisible: false, color: colours().faint });
    this.drawn.push({ series, spec, last: points.findLast((point) => point.value !== undefined) });
  }

  paint() {
    const tint = colours();
    for (const { series, spec } of this.drawn) series.applyOptions({ color: tint[spec.colour] });
  }

  /** Name and figure of each, under the crosshair or at the end. */
  legend(move) {
    return this.drawn.map(({ series, spec, last }) => {
      const point = (move?.time && move.seriesData.get(series)) || last;
      return [spec.label, point?.value === undefined ? "—" : point.value.toFixed(2)];
    });
  }
}
