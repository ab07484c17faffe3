/* Shows the push messages that reach this browser while no page is open, and opens the page that one leads to. */

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    /* a message that cannot be read still says that there is something */
  }
  const title = String(said.title || "There is something in your inbox");
  event.waitUntil(self.registration.showNotification(title, { body: String(said.body || ""), tag: String(said.id || ""), data: { link: said.link } }));
});

/** Only pages of this site are opened, whatever a message says. */
function pageOf(link) {
  try {
    const address = new URL(link || "/inbox/", self.location.origin);
    return address.origin === self.location.origin ? address.pathname + address.search : "/inbox/";
  } catch {
    return "/inbox/";
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(pageOf(event.notification.data?.link)));
});
