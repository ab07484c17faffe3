/* One socket for the whole page: reconnects by itself, subscribes again, notices gaps, and says when it is down. */

const PATH = "/ws/v1/stream/";
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15000;
const SILENCE_MAX_MS = 15000;
const DOWN_SHOWN_AFTER_MS = 2500;
const SUBSCRIBE_AT_ONCE = 50;
// Codes with which the server ends a connection on purpose.
const SIGNED_OUT = 4401;
const TOO_MUCH = 4429;

const handlers = new Map(); // channel -> Set of functions
const unasked = new Map(); // channel -> function
const lastSeq = new Map(); // channel -> number
const stateListeners = new Set();
let socket = null;
let wait = BACKOFF_FIRST_MS;
let reconnectTimer = 0;
let downTimer = 0;
let lastHeard = 0;
let state = "connecting";
let phase = document.querySelector("[data-market]")?.dataset.phase ?? "regular";
let pending = new Set();
let flushQueued = false;

const isOpen = () => socket?.readyState === WebSocket.OPEN;

function setState(next) {
  if (state === next) return;
  state = next;
  for (const listener of stateListeners) listener(state);
}

function sendOp(op, channels) {
  if (isOpen() && channels.length) socket.send(JSON.stringify({ op, channels, batch: true }));
}

/** Subscriptions made in one breath travel in one message. */
function queueSubscribe(channel) {
  pending.add(channel);
  if (flushQueued) return;
  flushQueued = true;
  queueMicrotask(() => {
    flushQueued = false;
    const channels = [...pending];
    pending = new Set();
    for (let start = 0; start < channels.length; start += SUBSCRIBE_AT_ONCE) {
      sendOp("subscribe", channels.slice(start, start + SUBSCRIBE_AT_ONCE));
    }
  });
}

/** Calls the function with every message of the channel; returns a function that ends it. */
export function subscribe(channel, handler) {
  let listeners = handlers.get(channel);
  if (!listeners) {
    handlers.set(channel, (listeners = new Set()));
    if (isOpen()) queueSubscribe(channel);
  }
  listeners.add(handler);
  connect();
  return () => {
    listeners.delete(handler);
    if (listeners.size === 0) {
      handlers.delete(channel);
      lastSeq.delete(channel);
      sendOp("unsubscribe", [channel]);
    }
  };
}

/** Calls the function with every message of a channel that comes unasked: nothing is subscribed to. */
export function listen(channel, handler) {
  unasked.set(channel, handler);
  connect();
}

/** Calls the function when the stream is up ("live"), down, silent, crowded (too many windows) or signed out. */
export function onState(listener) {
  stateListeners.add(listener);
}

function channelOf(message) {
  if (message.channel) return message.channel;
  if (message.type === "quote") return `quotes:${message.symbol}`;
  if (message.type === "candle") return `candles:${message.symbol}:${message.interval}`;
  return { order: "orders", fill: "orders", position: "positions", portfolio: "portfolio", alert: "alerts" }[message.type];
}

function missedSome(channel, seq) {
  if (typeof seq !== "number") return false;
  const before = lastSeq.get(channel);
  lastSeq.set(channel, seq);
  return before !== undefined && seq > before + 1 && !channel.startsWith("quotes:") && !channel.startsWith("candles:");
}

function receive(event) {
  lastHeard = Date.now();
  wait = BACKOFF_FIRST_MS;
  let message;
  try {
    message = JSON.parse(event.data);
  } catch {
    return; // a frame that is no JSON says nothing
  }
  for (const part of message.type === "quotes" ? message.quotes : [message]) deliver(part);
}

function deliver(message) {
  const channel = message.type === "error" ? null : channelOf(message);
  if (!channel) return;
  if (channel === "market") phase = message.phase;
  unasked.get(channel)?.(message);
  if (missedSome(channel, message.seq)) {
    lastSeq.delete(channel);
    queueSubscribe(channel); // a subscription begins with a snapshot, which fills the gap
  }
  for (const handler of handlers.get(channel) ?? []) handler(message);
}

function down(code) {
  socket = null;
  lastSeq.clear();
  clearTimeout(downTimer);
  if (code === SIGNED_OUT) {
    setState("signed-out");
    return; // only signing in again helps
  }
  if (code === TOO_MUCH) wait = BACKOFF_MAX_MS;
  downTimer = setTimeout(() => setState(code === TOO_MUCH ? "crowded" : "down"), DOWN_SHOWN_AFTER_MS);
  clearTimeout(reconnectTimer);
  reconnectTimer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
  wait = Math.min(wait * 2, BACKOFF_MAX_MS);
}

function connect() {
  if (socket || handlers.size + unasked.size === 0) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}${PATH}`);
  socket = mine;
  mine.addEventListener("open", () => {
    lastHeard = Date.now();
    clearTimeout(downTimer);
    setState("live");
    for (const channel of handlers.keys()) queueSubscribe(channel);
  });
  mine.addEventListener("message", receive);
  mine.addEventListener("close", (event) => {
    if (socket === mine) down(event.code);
  });
}

/** Whether prices should come on this channel in this part of the market's day; coins (BTC-USD) trade always. */
export function isAwaited(channel, inPhase) {
  return channel.startsWith("quotes:") && (inPhase !== "closed" || channel.includes("-"));
}

/** A socket can die without a word: when prices are awaited and none came, begin anew. */
setInterval(() => {
  const awaitsPrices = [...handlers.keys()].some((channel) => isAwaited(channel, phase));
  if (isOpen() && awaitsPrices && Date.now() - lastHeard > SILENCE_MAX_MS) {
    setState("silent");
    socket.close();
  }
}, 5000);

addEventListener("online", () => {
  wait = BACKOFF_FIRST_MS;
  connect();
});
addEventListener("pagehide", () => {
  const mine = socket;
  socket = null;
  clearTimeout(reconnectTimer);
  if (mine?.readyState === WebSocket.OPEN) mine.close();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) connect();
});
