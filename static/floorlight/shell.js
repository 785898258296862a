/* The tablet as an app: over https the browser keeps the page itself, and says so; and the kept page, filled with
   what was seen last. The kept page gives way to the real one as soon as there is a network again. */
(function () {
  "use strict";
  const TRY = 5000, LATER = 2000, MOST = 12, say = window.words.say, root = document.documentElement, outbox = window.outbox;
  const shell = document.querySelector(".shell"), desk = document.getElementById("desk");

  root.classList.add(outbox.broken() ? "keeps-none" : "keeps-entries");
  if (navigator.serviceWorker) {
    const register = () => { if (navigator.onLine) { navigator.serviceWorker.register("/tablet/worker.js", { scope: "/tablet/" }).catch(() => null); } };
    /* What is on the screen comes first. */
    setTimeout(register, LATER);
    window.addEventListener("online", register);
    navigator.serviceWorker.ready.then(() => root.classList.add("keeps-itself"));
  }
  if (!shell) { return; }

  function link(address, label, more) {
    const element = document.createElement("a");
    element.href = address;
    if (more) { element.setAttribute("hx-get", address); element.setAttribute("hx-target", "#panel"); element.setAttribute("hx-swap", "outerHTML"); }
    element.append(label);
    return element;
  }
  function clock(ms, zone) { return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(ms)); }

  function row(hand, stop, text, kind) {
    const item = document.createElement("li"), what = document.createElement("span");
    const one = link(hand.addresses.stops + "?issue=" + stop.uuid, clock(stop.from, hand.station.zone) + " ", true);
    one.className = kind;
    what.append(text);
    one.append(what);
    item.append(one);
    return item;
  }
  function asked(hand, stop) {
    return row(hand, stop, stop.byMachine ? stop.to ? say("until", { time: clock(stop.to, hand.station.zone) }) : say("goneOn") : stop.kind, "");
  }
  function explained(hand, stop) { return row(hand, stop, stop.causeText || say(stop.excluded ? "notCounted" : "setup"), "soft"); }

  function fill(hand) {
    const to = hand.addresses, nav = shell.querySelector("[data-actions]"), list = shell.querySelector("[data-stops]"), told = shell.querySelector("[data-explained]");
    shell.querySelector("[data-name]").textContent = hand.station.name;
    shell.querySelector("[data-seen]").textContent = say("lastSeen", { time: clock(hand.asOf, hand.station.zone) });
    nav.replaceChildren(...[[to.rejects, "reject"], [to.runs, "runs"], [to.stops, "stops"], [to.calls, "raise"], [to.notes, "notes"], [to.operator, "whoHere"], ["/tablet/", "stations"]].map(
      ([address, word]) => link(address, say(word), address !== "/tablet/")));
    list.replaceChildren(...hand.stops.filter((stop) => stop.asks || !stop.byMachine && !stop.to).map((stop) => asked(hand, stop)));
    told.replaceChildren(...hand.stops.filter((stop) => stop.byMachine && !stop.asks).slice(0, MOST).map((stop) => explained(hand, stop)));
    told.previousElementSibling.hidden = !told.children.length;
    list.parentElement.hidden = !list.children.length && !told.children.length;
    shell.querySelector("#badge").setAttribute("action", to.operator);
    shell.querySelector("#badge").setAttribute("hx-post", to.operator);
    if (window.htmx) { window.htmx.process(shell); }  /* else it is still to come, and looks at the whole page */
    window.floorlight.show(to.stops);
  }
  /* Without a station in its address it is the list of those that were seen. */
  function stations() {
    outbox.see().then((told) => {
      const all = told.filter((one) => one.station);
      const title = document.createElement("h2"), tiles = document.createElement("div");
      title.textContent = say(all.length ? "seenStations" : "noStations");
      tiles.className = "tiles";
      all.forEach((hand) => { const tile = link("/tablet/" + hand.station.uuid + "/", hand.station.name); tile.className = "tile"; tiles.append(tile); });
      window.floorlight.draw([title, tiles], "");
    });
  }
  /* Nobody who writes is interrupted; all else is as well done on the real page. */
  function give() {
    const writing = desk.querySelector("textarea, input[type=number]");
    fetch(location.pathname, { method: "HEAD", credentials: "same-origin", cache: "no-store" })
      .then((answer) => { if (answer.status < 500 && !writing) { location.reload(); } }).catch(() => null);
  }
  window.floorlight.filled(fill, stations);
  setInterval(give, TRY);
  window.addEventListener("online", give);
})();
