/* Keeps the living parts of a page fresh, and shows when they are not. Old syntax on purpose: wall browsers are old.

   A part is an element with data-poll: the address asked every five seconds, and sooner when the event stream
   nudges. Empty, its content says what to ask (data-look), so that what a person chose there is asked again.
   An answer that has not changed is a 304; one that does not carry X-As-Of is not ours and is never shown. It counts
   as news only when it is on the screen. The answer may say when the next one is due (X-Next) or where to go (X-Go). */
(function () {
  "use strict";
  var EVERY = 5000, STALE = 11000, PATIENCE = 8000, HOLD = 8000, TAP_GUARD = 600, A_DAY = 24 * 3600 * 1000, IDLE = 10 * 60 * 1000;
  var root = document.documentElement, banner = document.querySelector(".age");
  var offset = Number(document.body.getAttribute("data-as-of") || Date.now()) - Date.now(), over = false, failure = "", failedAt = 0, lost = false;
  var loadedAt = Date.now(), touchedAt = 0, pressed = false, swappedAt = 0;

  var calm = Number(document.body.getAttribute("data-calm")) || 200, ticking;

  /* Clocks of televisions jump, and those that do not jump stop while they sleep: the longer time counts. */
  function mono() { return window.performance ? window.performance.now() : Date.now(); }
  function since(at) { return Math.max(Date.now() - at[0], mono() - at[1]); }
  function here() { return [Date.now(), mono()]; }
  function each(list, run) { for (var i = 0; i < list.length; i++) { run(list[i]); } }
  function toggle(name, on) { if (on) { root.classList.add(name); } else { root.classList.remove(name); } }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function clock(ms) {
    var s = Math.max(0, Math.floor(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(s / 3600);
    if (h >= 24) { return Math.floor(h / 24) + " d " + h % 24 + " h"; }
    return h ? h + ":" + two(m % 60) + " h" : m + ":" + two(s % 60);
  }

  function ago(ms) {
    var s = Math.floor(ms / 1000), m = Math.floor(s / 60);
    return s < 60 ? s + " s" : m < 60 ? m + " min" : Math.floor(m / 60) + " h";
  }

  function Part(element) {
    this.element = element;
    this.heard = here();
    this.asked = here();
    this.hurried = [0, -EVERY];
    this.etag = element.getAttribute("data-etag") || "";
    this.address = this.wanted();
    this.later(EVERY * Math.random());
  }
  Part.prototype.wanted = function () {
    var own = this.element.getAttribute("data-poll"), look = this.element.querySelector("[data-look]");
    return own || (look ? look.getAttribute("data-look") : "");
  };
  Part.prototype.later = function (ms) {
    var part = this;
    clearTimeout(this.timer);
    this.due = [Date.now() + ms, mono() + ms];
    this.timer = setTimeout(function () { part.ask(); }, ms);
  };
  Part.prototype.isHeld = function () {
    var content = this.element.firstElementChild;
    if (content !== this.content) { this.content = content; this.since = Date.now(); }
    return content && content.hasAttribute("data-hold") && Date.now() - this.since < HOLD;
  };
  Part.prototype.ask = function () {
    var part = this, request = new XMLHttpRequest(), address = this.wanted();
    if (this.asking) { this.again = true; return; }
    /* Somebody writes, or reads what came of his answer: leave it alone for now. */
    if (!address || this.isHeld()) { this.heard = here(); this.later(1000); return; }
    if (address !== this.address) { this.address = address; this.etag = ""; }
    this.asking = request;
    this.asked = here();
    request.open("GET", address);
    request.setRequestHeader("X-Poll", "1");
    if (this.etag) { request.setRequestHeader("If-None-Match", this.etag); }
    request.timeout = PATIENCE;
    request.onloadend = function () {
      if (part.asking !== request) { return; }
      part.asking = null;
      part.broken = true;
      try {
        part.take(request, address);
        part.broken = false;
      } finally {
        var due = request.getResponseHeader("X-Next"), next = due ? Number(due) + 100 : EVERY;
        part.later(part.again ? calm : Math.min(next, EVERY * (0.9 + 0.2 * Math.random())));
        part.again = false;
        show();
      }
    };
    request.send();
  };
  /* At once, but not again and again while a busy hall nudges. */
  Part.prototype.hurry = function () {
    if (this.asking) { this.again = true; } else { this.later(Math.max(0, calm - since(this.hurried)) + calm * Math.random() / 10); }
    if (since(this.hurried) >= calm) { this.hurried = here(); }
  };
  /* Its timer or its answer never came. */
  Part.prototype.isLost = function () {
    return this.asking ? since(this.asked) > PATIENCE + 1000 : since(this.due) > 2000;
  };
  Part.prototype.take = function (request, address) {
    var asOf = Number(request.getResponseHeader("X-As-Of"));
    if (request.status === 401) { over = true; }
    hear(request.status !== 0);
    if (!asOf || (request.status !== 200 && request.status !== 304)) { return; }
    var go = request.getResponseHeader("X-Go");
    if (go) { location.assign(go); return; }
    over = false;
    offset = asOf - Date.now();
    if (request.status === 200 && address === this.wanted()) { this.draw(request); }
    this.heard = here();
  };
  Part.prototype.draw = function (request) {
    /* A finger is on the glass, or its answer on its way: what lies under it must not change before that is done. */
    if (pressed || this.element.querySelector(".htmx-request")) { this.again = true; return; }
    this.element.innerHTML = request.responseText;
    this.etag = request.getResponseHeader("ETag") || "";
    if (window.htmx) { window.htmx.process(this.element); }
    if (this.element.id === "desk") { swappedAt = Date.now(); }
    document.body.dispatchEvent(new Event("drawn"));
  };

  /* Whether there is a network at all; who keeps entries sends them when it is back. */
  function hear(heard) {
    var back = lost && heard;
    lost = !heard;
    if (back) { document.body.dispatchEvent(new Event("heard")); }
  }
  window.floorlight = {
    offset: function (known) { if (known !== undefined) { offset = known; } return offset; },
    hear: hear,
    isAway: function () { return lost || navigator.onLine === false; },
    isPressed: function () { return pressed; },
    clock: clock
  };

  var parts = [];
  each(document.querySelectorAll("[data-poll]"), function (element) { parts.push(new Part(element)); });
  function nudge() { each(parts, function (part) { part.hurry(); }); }

  function show() {
    var now = Date.now(), age = 0, broken = false, failed = failure && now - failedAt < HOLD;
    each(parts, function (part) {
      if (part.isLost()) { part.asking = null; part.later(0); }
      age = Math.max(age, since(part.heard));
      broken = broken || part.broken;
    });
    var stale = over || age > STALE;
    toggle("stale", stale);
    toggle("failed", failed && !stale);
    if (over) { banner.textContent = banner.getAttribute("data-over"); }
    else if (stale) { banner.textContent = banner.getAttribute("data-old").replace("{}", ago(age)); }
    else if (failed) { banner.textContent = failure; }
    if (!stale) {
      each(document.querySelectorAll("[data-since]"), function (element) {
        element.textContent = clock(now + offset - Number(element.getAttribute("data-since")));
      });
    }
    listen();
    /* Pages run for months: begin anew each day, when nobody is at it and the server is there; and where the server
       answers what cannot be shown. */
    if (!stale && parts.length && now - loadedAt > A_DAY && now - touchedAt > IDLE) { location.reload(); }
    if (stale && broken && now - loadedAt > 2 * STALE) { location.reload(); }
    if (window.floorlight.shown) { window.floorlight.shown(stale, over, now + offset); }
  }
  function wake() { clearInterval(ticking); ticking = setInterval(show, 1000); show(); }
  window.floorlight.wake = wake;

  /* The event stream comes back by itself, but for one that was refused. */
  var address = document.body.getAttribute("data-live"), source, opened = 0;
  function listen() {
    if (!address || !window.EventSource || document.readyState !== "complete" || (source && source.readyState !== 2) || Date.now() - opened < EVERY) { return; }
    opened = Date.now();
    source = new EventSource(address);
    source.addEventListener("changed", nudge);
    source.onopen = function () { toggle("unnudged", false); };
    source.onerror = function () { toggle("unnudged", true); };
  }
  window.addEventListener("online", nudge);
  wake();

  /* An answer: what it changed is asked for at once; one that did not arrive says so, and can be given again. */
  function fail(event) {
    if (event.type !== "htmx:responseError") { hear(false); }
    /* What is kept is not lost, and a look at something needs no such word where it can be shown from here. */
    if (window.floorlight.keeps && window.floorlight.keeps(event.detail.elt)) { return; }
    failure = banner.getAttribute("data-lost"); failedAt = Date.now(); show();
  }
  document.body.addEventListener("changed", function () { failure = ""; nudge(); });
  document.body.addEventListener("htmx:sendError", fail);
  document.body.addEventListener("htmx:timeout", fail);
  document.body.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status !== 401) { fail(event); }
  });
  document.body.addEventListener("htmx:afterSwap", function () { swappedAt = Date.now(); });

  function press(on) {
    return function () { touchedAt = Date.now(); if (on) { pressed = true; } else { setTimeout(function () { pressed = false; }, 50); } };
  }
  document.addEventListener("pointerdown", press(true), true);
  document.addEventListener("pointerup", press(false), true);
  document.addEventListener("pointercancel", press(false), true);
  document.addEventListener("click", function (event) {
    var desk = document.getElementById("desk"), step = event.target.closest && event.target.closest("[data-step]");
    if (step) {
      var field = document.getElementById(step.getAttribute("data-for"));
      field.value = Math.max(Number(field.min) || 0, (Number(field.value) || 0) + Number(step.getAttribute("data-step")));
    } else if (desk && desk.contains(event.target) && event.detail > 1 && Date.now() - swappedAt < TAP_GUARD) {
      /* The second tap of a double tap must not hit what the first one brought. */
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
})();
