/* Opens the tablet's empty page without network. It keeps that page and its own files, in one cache a version, and
   nothing else: no answers, no other pages. The network is asked first, so nothing old stays where there is one. */
"use strict";
const CACHE = "floorlight-tablet-" + KEPT.version, PATIENCE = 5000;
const TABLET = /^\/tablet\/([0-9a-f-]{36}\/)?$/;

self.addEventListener("install", (event) => event.waitUntil(
  caches.open(CACHE)
    .then((cache) => cache.addAll([KEPT.shell].concat(KEPT.files).map((address) => new Request(address, { cache: "reload", credentials: "omit" }))))
    .then(() => self.skipWaiting())
));

self.addEventListener("activate", (event) => event.waitUntil(
  caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("floorlight-tablet-") && name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())
));

function kept(address) { return caches.open(CACHE).then((cache) => cache.match(address)); }
function orKept(request, address) {
  let late;
  const patience = new Promise((resolve) => { late = setTimeout(() => resolve(null), PATIENCE); });
  const asked = fetch(request).then((answer) => answer.status < 500 ? answer : null, () => null);
  return Promise.race([asked, patience])
    .then((answer) => { clearTimeout(late); return answer || kept(address); })
    .then((answer) => answer || asked)
    .then((answer) => answer || Response.error());
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) { return; }
  if (event.request.mode === "navigate") {
    if (TABLET.test(url.pathname)) { event.respondWith(orKept(event.request, KEPT.shell)); }
  } else if (KEPT.files.indexOf(url.pathname) >= 0) {
    event.respondWith(orKept(event.request, url.pathname));
  }
});
