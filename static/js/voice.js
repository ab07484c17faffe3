/* Dictation: the browser's own recognition where it has one, else a recording that the server writes down. The words go
   into the line for the person to read; they are never sent by themselves. */
import { postForm } from "./api.js";

const SECONDS_MAX = 60;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const SAID = {
  asking: "Your browser asks whether it may listen.",
  listening: "Listening… press again to stop.",
  working: "Writing down what you said…",
  done: "Read it, then send it.",
  nothing: "Nothing was heard. Try again, nearer to the microphone.",
  denied: "The microphone is blocked for this page. Allow it in the browser's settings for this site.",
  missing: "No microphone was found.",
  failed: "That could not be written down. Type it, or try again.",
};

let button;
let note;
let input;
let stop = null;

function say(state, text = SAID[state] ?? "") {
  button.dataset.voiceState = state;
  button.setAttribute("aria-pressed", String(state === "listening"));
  button.setAttribute("aria-label", state === "listening" ? "Stop dictating" : "Dictate");
  button.disabled = state === "working" || state === "asking";
  note.textContent = text;
  note.hidden = !text;
}

function put(text, before) {
  const words = text.trim();
  input.value = before && words ? `${before} ${words}` : words || before;
  input.value = input.value.slice(0, input.maxLength);
}

/** The browser listens itself; what it hears appears as it is spoken. */
function recognise(Recognition) {
  const listener = new Recognition();
  const before = input.value.trim();
  let problem = null;
  let heard = "";
  listener.lang = document.documentElement.lang || "en-US";
  listener.interimResults = true;
  listener.continuous = false;
  listener.onresult = (event) => {
    heard = [...event.results].map((result) => result[0].transcript).join(" ");
    put(heard, before);
  };
  listener.onerror = (event) => {
    problem = event.error;
  };
  listener.onend = () => {
    stop = null;
    if (problem === "not-allowed") say("denied");
    else if (problem === "audio-capture") say("missing");
    else if ((problem === "service-not-allowed" || problem === "network") && canRecord()) record();
    else if (problem && problem !== "no-speech" && problem !== "aborted") say("failed");
    else say(heard ? "done" : "nothing");
    if (heard) input.focus();
  };
  stop = () => listener.stop();
  say("listening");
  listener.start();
}

const canRecord = () => button.hasAttribute("data-voice-server") && Boolean(window.MediaRecorder && navigator.mediaDevices?.getUserMedia);

/** A recording of a minute at most, written down by the server. */
async function record() {
  let stream;
  say("asking");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (problem) {
    say(problem.name === "NotFoundError" ? "missing" : "denied");
    return;
  }
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : undefined);
  const parts = [];
  const limit = setTimeout(() => recorder.stop(), SECONDS_MAX * 1000);
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    clearTimeout(limit);
    stream.getTracks().forEach((track) => track.stop());
    stop = null;
    send(new Blob(parts, { type: recorder.mimeType }));
  };
  stop = () => recorder.stop();
  recorder.start();
  say("listening");
}

async function send(sound) {
  say("working");
  const body = new FormData();
  body.append("audio", sound, "recording");
  try {
    const { text } = await postForm(button.dataset.voiceUrl, body);
    put(text, input.value.trim());
    say(text ? "done" : "nothing");
    if (text) input.focus();
  } catch (problem) {
    say("failed", problem.body?.what_to_do ? `${problem.message} ${problem.body.what_to_do}` : problem.message);
  }
}

function toggle() {
  if (stop) {
    stop();
    return;
  }
  const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
  if (Recognition) recognise(Recognition);
  else record();
}

/** Shows the button where this browser can dictate at all. */
export function startVoice(talk, line) {
  button = talk.querySelector("[data-voice]");
  note = talk.querySelector("[data-voice-note]");
  input = line;
  if (!button) return;
  const hasOwn = Boolean(window.SpeechRecognition || window.webkitSpeechRecognition);
  if (!hasOwn && !canRecord()) return;
  button.hidden = false;
  button.addEventListener("click", toggle);
}
