/* What a wall does beside staying fresh: it moves a little against burn-in, begins anew each night, is walked through
   by D-pad and goes back by itself, and lets a display that was revoked show a code again. Old syntax on purpose.

   Each second of a living page resets the mark of the style sheet (.dead). Where timers die the mark appears, and its
   appearance starts them again. */
(function () {
  "use strict";
  var EDGES = [[0, 0], [4, 0], [4, 3], [0, 3], [-4, 3], [-4, 0], [-4, -3], [0, -3], [4, -3]];
  var MINUTE = 60000, SPREAD = 20 * MINUTE, DOOR = 5000, root = document.documentElement, body = document.body;
  var frame = document.querySelector(".wall-frame"), floorlight = window.floorlight;
  var door = body.getAttribute("data-door"), back = body.getAttribute("data-back"), focused = "", overSince = 0;
  var night = Number(body.getAttribute("data-night")) * 1000, touchedAt = Date.now();

  if (night) { night += Math.random() * SPREAD; }
  floorlight.shown = function (stale, over, now) {
    var edge = EDGES[Math.floor(now / MINUTE) % EDGES.length], idle = Date.now() - touchedAt > MINUTE;
    root.classList.toggle("beat");
    frame.style.transform = "translate(" + edge[0] + "px, " + edge[1] + "px)";
    if (!over) { overSince = 0; } else if (!overSince) { overSince = Date.now(); }
    if (door && overSince && Date.now() - overSince > DOOR) { location.assign(door); }
    if (stale) { return; }
    if (night && now > night) { night = 0; location.reload(); }
    if (idle && back) { location.assign(back); }
    if (idle && focused) { document.activeElement.blur(); focused = ""; }
  };
  document.querySelector(".dead").addEventListener("animationend", function (event) {
    if (event.target === this) { floorlight.wake(); }
  });

  function middle(element) {
    var box = element.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  }
  /* The next one in a direction: what lies aside counts twice. */
  function next(from, x, y) {
    var all = frame.querySelectorAll("a"), best = null, least = Infinity;
    for (var i = 0; i < all.length; i++) {
      var to = middle(all[i]), right = to[0] - from[0], down = to[1] - from[1], along = right * x + down * y;
      var far = along + 2 * Math.abs(right * y + down * x);
      if (along > 1 && far < least) { best = all[i]; least = far; }
    }
    return best;
  }
  var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", function (event) {
    var arrow = ARROWS[event.key], at = document.activeElement, found;
    touchedAt = Date.now();
    if (back && (event.key === "Escape" || event.key === "Backspace" || event.key === "GoBack")) { location.assign(back); }
    if (!arrow) { return; }
    event.preventDefault();
    found = frame.contains(at) ? next(middle(at), arrow[0], arrow[1]) : frame.querySelector("a");
    if (found) { found.focus(); focused = found.getAttribute("href"); }
  });
  body.addEventListener("drawn", function () {
    var all = frame.querySelectorAll("a");
    for (var i = 0; focused && i < all.length; i++) { if (all[i].getAttribute("href") === focused) { all[i].focus(); } }
  });
  /* The page would be loaded anew by itself (see its head) had this script not come. */
  window.addEventListener("load", function () {
    var refresh = document.querySelector("meta[http-equiv=refresh]");
    window.stop();
    refresh.parentNode.removeChild(refresh);
    floorlight.wake();
  });
})();
