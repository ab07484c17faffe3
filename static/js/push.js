/* Lets this browser be told by push messages, where the browser can and the person allows it. */
import { get, post } from "./api.js";

const button = document.querySelector("[data-push]");
const words = document.querySelector("[data-push-words]");

const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

/** What a person would call this browser. */
function label() {
  const brand = navigator.userAgentData?.brands?.find((one) => !/Not|Chromium/.test(one.brand))?.brand;
  const name = brand ?? ["Firefox", "Edg", "Chrome", "Safari"].find((one) => navigator.userAgent.includes(one)) ?? "Browser";
  return `${name.replace("Edg", "Edge")} on ${navigator.userAgentData?.platform || navigator.platform || "this machine"}`.slice(0, 80);
}

async function subscribe() {
  button.disabled = true;
  words.textContent = "Asking the browser…";
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("The browser does not allow messages from this site. Its settings can change that.");
    const worker = await navigator.serviceWorker.register(button.dataset.push);
    const { key } = await get("/api/v1/notifications/subscriptions/");
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
    const { endpoint, keys } = made.toJSON();
    await post("/api/v1/notifications/subscriptions/", { endpoint, keys, name: label() });
    location.reload();
  } catch (problem) {
    words.textContent = `This browser could not be linked. ${problem.message}`;
    button.disabled = false;
  }
}

if (button && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  button.hidden = false;
  button.addEventListener("click", subscribe);
}
