/* The tablet's questions without network, out of what it saw last: the same tiles and forms, drawn here.

   A form drawn here is a page's own form: it goes into the outbox, and from there to the address of its action. */
(function () {
  "use strict";
  const EVERY = 20000;
  const root = document.documentElement, desk = document.getElementById("desk"), outbox = window.outbox;
  /* The page that is kept without anybody's data knows its station by its address alone. */
  const isShell = !desk.hasAttribute("data-station"), station = (location.pathname.match(/[0-9a-f-]{36}/) || [""])[0];
  const name = "station " + station, source = "/tablet/" + station + "/at-hand/";
  let hand = null, etag = "", nobody = false, fill = null;

  /* What it has seen. */
  function look() {
    const headers = Object.assign({ "X-Poll": "1" }, etag ? { "If-None-Match": etag } : {});
    if (!station) { return Promise.resolve(); }
    return fetch(source, { headers: headers, credentials: "same-origin" }).then((answer) => {
      /* What was seen is not for whoever comes next. */
      if (answer.status === 401) { outbox.forget(); }
      if (answer.status !== 200 || !answer.headers.get("X-As-Of")) { return null; }
      etag = answer.headers.get("ETag") || "";
      return answer.json().then((told) => { hand = Object.assign(told, { offset: told.asOf - Date.now() }); outbox.by(told.by); return outbox.keep(name, hand); });
    }).catch(() => { window.floorlight.hear(false); });
  }
  function here() {
    const mine = outbox.entries().filter((entry) => entry.state === "waiting" && entry.address === hand.addresses.operator);
    const last = mine.length && mine[mine.length - 1].fields.find(([field]) => field === "operator" || field === "off");
    if (last) { return last[0] === "off" ? null : hand.people.find((one) => String(one.id) === last[1]) || null; }
    return hand.here && hand.here.until > outbox.now() ? hand.here : null;
  }

  /* Drawing. */
  function h(tag, attributes, children) {
    const element = document.createElement(tag);
    Object.keys(attributes).forEach((key) => { if (attributes[key] !== null) { element.setAttribute(key, attributes[key]); } });
    [].concat(children || []).forEach((child) => { if (child) { element.append(child); } });
    return element;
  }
  function time(ms) {
    return new Intl.DateTimeFormat("en-GB", { timeZone: hand.station.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(ms));
  }
  function link(address, label, hint, kind) {
    return h("a", { class: kind || "tile", href: address, "hx-get": address, "hx-target": "#panel", "hx-swap": "outerHTML" }, [label, hint ? h("small", {}, hint) : null]);
  }
  function button(label, hint, more) { return h("button", Object.assign({ class: "tile" }, more), [h("b", {}, label), hint ? h("small", {}, hint) : null]); }
  function form(address, about, hidden, children, more) {
    const fields = Object.assign({ key: outbox.newKey() }, hidden);
    const inputs = Object.keys(fields).map((field) => h("input", { type: "hidden", name: field, value: String(fields[field]) }));
    return h("form", Object.assign({ method: "post", action: address, "hx-post": address, "hx-target": "#panel", "hx-swap": "outerHTML", "data-entry": about }, more), inputs.concat(children));
  }
  function head(title, small, back, standing) {
    return h("div", { class: "panel-head" }, [
      back ? link(back, "‹ Back", "", "plain") : null,
      h("div", {}, [h("h2", {}, [title, small ? h("small", {}, small) : null]), standing ? h("p", { class: "standing amber" }, standing) : null]),
    ]);
  }
  function tiles(children, more) { return h("div", { class: "tiles" + (more ? " " + more : "") }, children); }
  function soft(text) { return h("p", { class: "soft" }, text); }

  /* The stops. */
  function stops(query) {
    const wanted = query ? "?" + Object.keys(query).filter((key) => query[key]).map((key) => key + "=" + encodeURIComponent(query[key])).join("&") : "";
    return hand.addresses.stops + wanted;
  }
  function step(stop, verb) { return hand.addresses.step.replace("00000000-0000-0000-0000-000000000000", stop.uuid).replace("/note/", "/" + verb + "/"); }
  function about(stop) { return (stop.byMachine ? "stop" : stop.kind) + " " + time(stop.from); }
  function pending(stop, verb) { return outbox.entries().filter((entry) => entry.address === step(stop, verb)); }
  function causeOf(stop) {
    const given = pending(stop, "cause").map((entry) => entry.fields.find(([field]) => field === "cause"));
    return given.length ? Number(given[given.length - 1][1]) : stop.cause;
  }
  function chosen(uuid) {
    return hand.stops.find((stop) => stop.uuid === uuid) || hand.stops.find((stop) => stop.byMachine && !stop.to) || hand.stops.find((stop) => stop.asks && !causeOf(stop));
  }
  function said(stop) {
    const ends = stop.to ? time(stop.from) + "–" + time(stop.to) : time(stop.from) + ", went on when last seen";
    const mine = outbox.entries().filter((entry) => entry.state === "waiting" && entry.address.indexOf(stop.uuid) > 0);
    return [ends, mine.length ? "Not sent yet: " + mine.map((entry) => entry.label).join(", ") : stop.said];
  }
  function cause(stop, one, often) {
    const before = causeOf(stop), hidden = { seen: before || "" };
    /* After an answer that waits itself, what was last on the server is not what was seen. */
    if (!pending(stop, "cause").length) { hidden.last = stop.last; }
    return form(step(stop, "cause"), about(stop), hidden, h("button", { class: "tile" + (often ? " often" : "") + (before === one[0] ? " chosen" : ""), name: "cause", value: one[0] }, one[1]));
  }
  function causes(stop, under) {
    const level = hand.causes.filter((one) => (one[2] || 0) === under);
    const often = under ? [] : hand.often.map((id) => hand.causes.find((one) => one[0] === id)).filter(Boolean);
    const hasMore = (one) => hand.causes.some((other) => other[2] === one[0]);
    return tiles(often.map((one) => cause(stop, one, true)).concat(level.map((one) => hasMore(one)
      ? link(stops({ issue: stop.uuid, ask: "cause", under: one[0] }), one[1], "", "tile more") : cause(stop, one, false))), "rows");
  }
  function doing(stop) {
    const plain = (verb, label, hint) => form(step(stop, verb), about(stop), {}, h("button", { class: "tile" + (verb === "acknowledge" ? " dark" : "") }, [label, h("small", {}, hint)]));
    const waiting = (verb) => pending(stop, verb).length;
    return tiles([
      !stop.byMachine && !stop.to && !waiting("close") ? plain("close", "It is over", "close it") : null,
      !stop.to && !stop.acknowledged && !waiting("acknowledge") ? plain("acknowledge", "I am on it", "tell them later") : null,
      stop.to ? null : link(stops({ issue: stop.uuid, ask: "estimate" }), "Back in …", "5 to 60 min"),
      stop.to || waiting("escalate") ? null : plain("escalate", "Call for help", "goes out later"),
      link(stops({ issue: stop.uuid, ask: "note" }), "Note", "or a photo"),
    ].filter(Boolean), "doing");
  }
  function stopPanel(query) {
    const stop = chosen(query.issue), under = Number(query.under) || 0, parent = hand.causes.find((one) => one[0] === under);
    if (!stop) { return [h("div", { class: "quiet" }, [h("h2", {}, "Nothing to explain that this tablet knows of"), h("p", {}, "What stops now is asked about when the network is back.")])]; }
    const back = stops(query.ask || parent ? { issue: stop.uuid, under: parent && parent[2], ask: parent && parent[2] ? "cause" : "" } : null), [when, standing] = said(stop);
    if (query.ask === "estimate") { return [head("Back in how long?", when, back), tiles(hand.minutes.map((n) => form(step(stop, "estimate"), about(stop), {}, button(n + " min", "", { name: "minutes", value: n }))))]; }
    if (query.ask === "note") { return [head("What should others know?", when, back), note(stop)]; }
    if (["split", "more", "exclude"].indexOf(query.ask) >= 0) { return [head("This needs the network", when, back), soft("Leave a note, or come back to it when the network is back.")]; }
    const given = hand.causes.find((one) => one[0] === causeOf(stop)), asks = stop.byMachine && (!given || query.ask === "cause");
    const title = parent ? parent[1] + ": what exactly?" : !stop.byMachine ? stop.kind : asks ? "Why " + (stop.to ? "did it stop?" : "has it stopped?") : "It " + (stop.to ? "stopped: " : "has stopped: ") + given[1];
    const again = given && !asks && stop.byMachine ? tiles([link(stops({ issue: stop.uuid, ask: "cause" }), "Another cause", "change it")]) : null;
    return [head(title, when, query.ask || parent ? back : "", standing), asks ? causes(stop, under) : again, parent ? null : doing(stop)];
  }
  function note(stop) {
    const photo = h("label", { class: "plain", for: "photo" }, "Take a photo"), taken = h("img", { class: "taken", alt: "The photo that will be kept", hidden: "" });
    return form(step(stop, "note"), about(stop), {}, [
      h("label", { class: "visually-hidden", for: "note" }, "Note"), h("textarea", { id: "note", name: "text", maxlength: 2000 }),
      h("div", { class: "photo-row" }, [h("input", { class: "visually-hidden", id: "photo", type: "file", name: "photo", accept: "image/jpeg,image/png,image/webp", capture: "environment", "data-photo": "" }), photo, taken, h("button", { class: "primary" }, "Keep the note")]),
    ], { class: "noting", enctype: "multipart/form-data" });
  }

  /* All else. */
  function calls() {
    const kinds = hand.calls.map(([value, label, hint]) => button(label, hint, { name: "kind", value: value }));
    return [head("What is the matter?", "a stop is noticed by itself", stops()), form(hand.addresses.calls, "at the station", {}, tiles(kinds, "threes tall"))];
  }
  function rejects() {
    const more = (by, label, words) => h("button", { class: "plain", type: "button", "data-for": "quantity", "data-step": by, "aria-label": words }, label);
    const field = h("input", { id: "quantity", name: "quantity", type: "number", inputmode: "decimal", min: "0.001", max: "1000000", step: "any", value: "1", required: "" });
    const counts = h("div", { class: "counts" }, [more(-1, "−", "One less"), h("label", { class: "visually-hidden", for: "quantity" }, "Parts"), field, more(1, "+", "One more")]);
    const top = h("div", { class: "panel-head" }, [link(stops(), "‹ Back", "", "plain"), h("h2", {}, "How many bad, and why?"), counts]);
    return [form(hand.addresses.rejects, "rejects", {}, [top, tiles(hand.reasons.map(([id, text]) => h("button", { class: "tile", name: "reason", value: id }, text)))])];
  }
  function runs(query) {
    const one = (verb, value, label, hint) => form(hand.addresses.runs, "runs", { verb: verb }, button(label, hint, { name: "chosen", value: value }));
    if (query.make) { return [head("What is made?", "", hand.addresses.runs), tiles(hand.skus.map(([id, code, text]) => one("make", id, code, text)))]; }
    const running = hand.running ? one("end", hand.running[0], hand.running[1], "runs: end it") : null;
    const other = hand.skus.length ? link(hand.addresses.runs + "?make=1", h("b", {}, "Something else…"), "", "tile quietly") : null;
    return [head("What runs here", "when last seen", stops()), tiles([running].concat(hand.queue.map(([id, text]) => one("start", id, text, "start it now")), other)), running ? null : soft("Nothing ran when this tablet looked last.")];
  }
  function counts() {
    const field = (name, label) => h("label", { class: "amount" }, [label + " ", h("input", { name: name, type: "text", inputmode: "decimal", autocomplete: "off", maxlength: 9, placeholder: 0 })]);
    const amounts = h("div", { class: "amounts" }, [field("good", "Good"), field("bad", "Bad")]);
    return [head("How many were made just now?", "", stops()), form(hand.addresses.counts, "counted by hand", { over: "now" }, [amounts, tiles([button("Keep", "")])], { "data-word": "units" })];
  }
  function people(each) { return tiles(hand.people.map((one) => each(one.id, one.name, one.whole))); }
  function who() {
    const present = here(), off = present ? form(hand.addresses.operator, "who is here", { off: "present" }, button("Sign off", present.name)) : null;
    return [head("Who is here?", "", stops()), people((id, text, whole) => form(hand.addresses.operator, "who is here", {}, button(text, whole, { name: "operator", value: id }))), off ? tiles([off]) : null];
  }

  /* A first answer asks whose it is, as the server would. */
  function askFirst(entry) {
    const own = entry.address === (hand && hand.addresses.operator) || entry.fields.some(([field]) => field === "operator");
    if (!hand || !hand.asksWho || own || !window.floorlight.isAway() || here()) { return false; }
    if (nobody) { entry.fields.push(["operator", "0"]); return false; }
    const ask = (label, hint, taken) => {
      const one = button(label, hint, { type: "button" });
      one.addEventListener("click", () => { taken().then(() => outbox.enter(entry)); });
      return one;
    };
    /* Whoever answers is here from then on: his coming goes out before his answer. */
    const coming = (one) => outbox.entryOf(form(hand.addresses.operator, "who is here", { operator: one.id }, button(one.name, "")), null);
    const on = (one) => ask(one.name, one.whole, () => outbox.enter(Object.assign(coming(one), { at: entry.at, order: entry.order - 1 })));
    const without = ask("Without a name", "", () => { nobody = true; entry.fields.push(["operator", "0"]); return Promise.resolve(); });
    draw([head("Who is answering?", "asked once a shift", ""), tiles(hand.people.map(on).concat(without))], "");
    return true;
  }

  function elsewhere() { return [head("This page needs the network", "", stops())]; }

  function draw(children, see) {
    const away = h("p", { class: "done without", role: "status" }, "No network. What you enter is kept here, and sent later.");
    const main = h("main", { class: "panel local", id: "panel", "data-look": see || null }, [away].concat(children));
    desk.replaceChildren(main);
    if (window.htmx) { window.htmx.process(main); }
  }
  function show(address) {
    const url = new URL(address, location.href), query = {};
    url.searchParams.forEach((value, key) => { query[key] = value; });
    if (!hand) { draw([h("h2", {}, "This tablet has not seen this station yet"), soft("It needs the network once.")], ""); return; }
    const views = {};
    views[hand.addresses.calls] = calls;
    views[hand.addresses.rejects] = rejects;
    views[hand.addresses.runs] = runs;
    views[hand.addresses.operator] = who;
    if (hand.countsByHand) { views[hand.addresses.counts] = counts; }
    views[hand.addresses.stops] = views[location.pathname] = stopPanel;
    const view = views[url.pathname] || elsewhere, writing = view !== stopPanel || query.ask === "note";
    draw(view(query), writing ? "" : stops(query));
  }
  function isLook(element) { return element && element.matches && element.matches("a[hx-get], form[hx-get]") && Boolean(hand); }

  document.body.addEventListener("htmx:confirm", (event) => {
    if (!window.floorlight.isAway() || !isLook(event.detail.elt)) { return; }
    event.preventDefault();
    show(event.detail.path);
  });
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((kind) => document.body.addEventListener(kind, (event) => {
    if (isLook(event.detail.elt) && !(event.detail.xhr.status > 0 && event.detail.xhr.status < 500)) { show(event.detail.requestConfig.path); }
  }));
  document.body.addEventListener("waits", (event) => {
    const uuid = (event.detail.address.match(/^\/stops\/([0-9a-f-]{36})\//) || [])[1], gone = hand && !chosen(uuid);
    if (hand) { show(uuid && !gone ? stops({ issue: uuid }) : stops()); }
  });
  document.addEventListener("click", (event) => {
    const plain = event.target.closest && event.target.closest("a[href]:not([hx-get])");
    if (!plain || !window.floorlight.isAway()) { return; }
    const wanted = new URL(plain.href).pathname, opens = root.classList.contains("keeps-itself") && wanted.indexOf("/tablet/") === 0;
    if (opens) { return; }
    event.preventDefault();
    if (hand && wanted === hand.addresses.operator) { show(plain.href); }
    else if (hand) { show(plain.href); }
  });

  /* What the page drew is old as soon as the network is gone; what is drawn here says so. */
  function watch() {
    const away = window.floorlight.isAway(), own = desk.querySelector("[data-look]");
    root.classList.toggle("away", away);
    if (away && hand && own && !own.classList.contains("local")) { show(own.getAttribute("data-look")); }
  }
  setInterval(watch, 1000);
  setInterval(() => { if (!window.floorlight.isAway()) { look(); } }, EVERY);
  document.body.addEventListener("changed", () => { if (!window.floorlight.isAway()) { look(); } });
  if (isShell) { window.floorlight.hear(false); }
  outbox.see(name).then((told) => {
    hand = hand || told || null;
    if (hand) { outbox.by(hand.by); }
    if (hand && isShell) { window.floorlight.offset(hand.offset); }
    if (fill) { fill(hand); }
    return isShell ? null : look();
  });
  window.floorlight.askFirst = askFirst;
  window.floorlight.keeps = (element) => !outbox.broken() && (element.matches("form[data-entry]") || isLook(element));
  window.floorlight.show = show;
  window.floorlight.filled = (known, unknown) => { fill = (told) => told ? known(told) : station ? show(location.pathname) : unknown(); };
  window.floorlight.draw = draw;
  window.floorlight.stops = () => hand ? stops() : "";
  window.floorlight.zone = () => hand ? hand.station.zone : undefined;
})();
