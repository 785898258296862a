/* Keeps a page's living part fresh, and shows when it is not. Old syntax on purpose: wall browsers are old.
   [data-poll] is asked every five seconds, and sooner when the event stream nudges. */
(function () {
  "use strict";
  var EVERY = 5000, STALE = 15000;
  var root = document.documentElement, age = document.querySelector(".age");
  var offset = 0, lastHeard = Date.now(), over = false;

  function each(list, run) { for (var i = 0; i < list.length; i++) { run(list[i]); } }
  function clock(ms) {
    var s = Math.max(0, Math.floor(ms / 1000)), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    function two(n) { return (n < 10 ? "0" : "") + n; }
    return h ? h + ":" + two(m) + ":" + two(s % 60) : m + ":" + two(s % 60);
  }
  function heard(request) {
    var at = Date.parse(request.getResponseHeader("Date"));
    lastHeard = Date.now();
    over = false;
    if (at && Math.abs(at - lastHeard - offset) > 1500) { offset = at - lastHeard; }
  }
  function show() {
    var silent = Date.now() - lastHeard, stale = over || silent > STALE;
    if (stale) { root.classList.add("stale"); } else { root.classList.remove("stale"); }
    if (stale && age) {
      age.textContent = over ? age.getAttribute("data-over") : age.getAttribute("data-old").replace("{}", clock(silent));
    }
    each(document.querySelectorAll("[data-since]"), function (element) {
      element.textContent = clock(Date.now() + offset - Number(element.getAttribute("data-since")));
    });
  }
  function replace(region, text) {
    region.innerHTML = text;
    if (window.htmx) { window.htmx.process(region); }
    asked(region);
  }
  /* A new stop asks by itself, unless somebody is in the middle of an answer. */
  function asked(region) {
    var wanted = region.querySelector("[data-ask]"), panel = document.getElementById("panel");
    if (!wanted || !panel || !window.htmx) { return; }
    var shown = panel.getAttribute("data-issue") || "", now = wanted.getAttribute("data-ask");
    var busy = Date.now() - Number(panel.getAttribute("data-touched") || 0) < 30000;
    if (now !== shown && !busy) {
      window.htmx.ajax("GET", wanted.getAttribute("data-ask-url"), { target: "#panel", swap: "outerHTML" });
    }
  }
  function poll(region) {
    var timer = 0, running = false, again = false, etag = "";
    function later(ms) { clearTimeout(timer); timer = setTimeout(ask, ms); }
    function ask() {
      if (running) { again = true; return; }
      running = true;
      var request = new XMLHttpRequest();
      request.open("GET", region.getAttribute("data-poll"));
      request.setRequestHeader("X-Poll", "1");
      if (etag) { request.setRequestHeader("If-None-Match", etag); }
      request.timeout = 10000;
      request.onloadend = function () {
        running = false;
        if (request.status === 200) { heard(request); etag = request.getResponseHeader("ETag") || ""; replace(region, request.responseText); }
        if (request.status === 304) { heard(request); }
        if (request.status === 401) { over = true; }
        show();
        later(again ? 50 : EVERY * (0.9 + 0.2 * Math.random()));
        again = false;
      };
      request.send();
    }
    later(EVERY * Math.random());
    return ask;
  }
  var regions = [];
  each(document.querySelectorAll("[data-poll]"), function (region) { regions.push(poll(region)); });
  function nudge() { each(regions, function (ask) { ask(); }); }

  var address = document.body.getAttribute("data-live");
  if (address && window.EventSource) {
    new EventSource(address).addEventListener("changed", nudge);
  }
  document.body.addEventListener("changed", nudge);
  document.addEventListener("pointerdown", function (event) {
    var panel = document.getElementById("panel");
    if (panel && panel.contains(event.target)) { setTimeout(function () {
      var shown = document.getElementById("panel");
      if (shown) { shown.setAttribute("data-touched", Date.now()); }
    }, 300); }
  });
  window.addEventListener("offline", show);
  window.addEventListener("online", nudge);
  setInterval(show, 1000);
  show();
})();
