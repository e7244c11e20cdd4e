// Keeps what every page needs, and a page for when there is no network. The list is all that is ever kept:
// no page of a person is in it, and no answer is put there later.
"use strict";

const NAME = "atelier-{version}";
const SHELL = {shell};
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  const fresh = [...SHELL, OFFLINE].map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = caches.keys().then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name))));
  event.waitUntil(forget.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE, { cacheName: NAME }).then((page) => page ?? Response.error())));
    return;
  }
  const url = new URL(request.url);
  if (url.origin === self.location.origin && SHELL.includes(url.pathname + url.search)) {
    event.respondWith(caches.match(request, { cacheName: NAME }).then((found) => found ?? fetch(request)));
  }
});
