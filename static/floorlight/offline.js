/* The tablet's questions without network, out of what it saw last: the same tiles and forms, drawn here.

   A form drawn here is a page's own form: it goes into the outbox, and from there to the address of its action. */
(function () {
  "use strict";
  const EVERY = 20000, MOST_FOUND = 24, LONG_WORD = 13;
  const say = window.words.say, root = document.documentElement, desk = document.getElementById("desk"), outbox = window.outbox;
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
    const last = mine.length && mine[mine.length - 1].fields.find(([field]) => ["operator", "badge", "off"].indexOf(field) >= 0);
    if (last && last[0] === "badge") { return hand.people.find((one) => one.name.toLowerCase() === last[1].toLowerCase()) || { id: 0, name: say("badge") }; }
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
  function head(title, small, back, standing, other) {
    return h("div", { class: "panel-head" }, [
      back ? link(back, say("back"), "", "plain") : null,
      h("div", {}, [h("h2", {}, [title, small ? h("small", {}, small) : null]), standing]),
      other,
    ]);
  }
  /* The class of a tile; a word too long for it is written smaller, as the server writes it. */
  function tileOf(text, more) { return "tile" + (more || "") + (text.split(" ").some((word) => word.length > LONG_WORD) ? " long" : ""); }
  function tiles(children, more) { return h("div", { class: "tiles" + (more ? " " + more : "") }, children); }
  function soft(text) { return h("p", { class: "soft" }, text); }

  /* The stops. */
  function stops(query) {
    const wanted = query ? "?" + Object.keys(query).filter((key) => query[key]).map((key) => key + "=" + encodeURIComponent(query[key])).join("&") : "";
    return hand.addresses.stops + wanted;
  }
  function step(stop, verb) { return hand.addresses.step.replace("00000000-0000-0000-0000-000000000000", stop.uuid).replace("/note/", "/" + verb + "/"); }
  function about(stop) { return stop.byMachine ? say("asStop", { time: time(stop.from) }) : stop.kind + " " + time(stop.from); }
  function fieldOf(entry, name) { return (entry.fields.find(([field]) => field === name) || [])[1]; }
  /* What waits about a stop, in order; two stops that are joined both wait for it. */
  function waits(stop) {
    return outbox.entries().filter((entry) => entry.state === "waiting" && (entry.address.indexOf(stop.uuid) > 0 || fieldOf(entry, "following") === stop.uuid));
  }
  function pending(stop, verb) { return waits(stop).filter((entry) => entry.address === step(stop, verb)); }
  /* What is answered when all of that is stored. */
  function answered(stop) {
    return waits(stop).reduce((last, entry) => {
      if (entry.address === step(stop, "cause")) { return Object.assign({}, last, { cause: Number(fieldOf(entry, "cause")) }); }
      if (entry.address === step(stop, "exclude")) { return Object.assign({}, last, { excluded: true }); }
      return entry.address === step(stop, "reopen") ? { cause: 0, excluded: false, asks: stop.byMachine } : last;
    }, { cause: stop.cause, excluded: stop.excluded, asks: stop.asks });
  }
  function isJoined(stop) { return waits(stop).some((entry) => fieldOf(entry, "following")); }
  /* After an answer that waits itself, what was last on the server is not what was seen. */
  function seen(stop) {
    return isJoined(stop) || ["cause", "split", "exclude", "reopen", "close"].some((verb) => pending(stop, verb).length) ? {} : { last: stop.last };
  }
  function isAsked(stop) {
    const last = answered(stop);
    return last.asks && !last.cause && !last.excluded && !pending(stop, "split").length;
  }
  function chosen(uuid) {
    return hand.stops.find((stop) => stop.uuid === uuid) || hand.stops.find((stop) => stop.byMachine && !stop.to) || hand.stops.find(isAsked);
  }
  /* The parts of the same stop before and after it; newest first, as all stops are. */
  function parts(stop) {
    const others = hand.stops.filter((other) => stop.silence && other.silence === stop.silence);
    return { earlier: others.find((other) => other.from < stop.from), later: others.filter((other) => other.from > stop.from).pop() };
  }
  function said(stop) {
    const ends = stop.to ? say("span", { from: time(stop.from), to: time(stop.to) }) : say("wentOn", { from: time(stop.from) });
    const mine = waits(stop);
    const [text, colour] = mine.length ? [say("notSent", { what: mine.map((entry) => entry.label).join(", ") }), "amber"] : [stop.said, stop.colour];
    const noted = stop.noted ? h("small", { class: "noted" }, " · " + stop.noted) : null;
    return [ends, h("p", { class: "standing " + colour + (noted ? " with-note" : "") }, [text, noted])];
  }
  function cause(stop, one, often, hint) {
    const before = answered(stop).cause, children = hint ? [one[1], h("small", {}, hint)] : one[1];
    return form(step(stop, "cause"), about(stop), Object.assign({ seen: before || "" }, seen(stop)), h("button", { class: tileOf(one[1], (often ? " often" : "") + (before === one[0] ? " chosen" : "")), name: "cause", value: one[0] }, children));
  }
  function hasMore(one) { return hand.causes.some((other) => other[2] === one[0]); }
  /* One level of the tree; `tile` makes of a cause whatever choosing it means, `here` is what a branch keeps in mind. */
  function causes(stop, under, here, tile) {
    const level = hand.causes.filter((one) => (one[2] || 0) === under);
    const often = under ? [] : hand.often.map((id) => hand.causes.find((one) => one[0] === id)).filter(Boolean);
    return tiles(often.map((one) => tile(one, true)).concat(level.map((one) => hasMore(one)
      ? link(stops(Object.assign({ issue: stop.uuid, under: one[0] }, here)), one[1], "", tileOf(one[1], " more")) : tile(one, false))), "rows");
  }
  function find(stop, when, back) {
    const field = h("input", { id: "find", type: "search", maxlength: 50, "aria-label": say("find"), placeholder: say("find") }), found = h("div", {}, []);
    const parent = (one) => (hand.causes.find((other) => other[0] === one[2]) || ["", ""])[1];
    const show = () => {
      const wanted = field.value.trim().toLowerCase(), leaves = hand.causes.filter((one) => !hasMore(one) && one[1].toLowerCase().indexOf(wanted) >= 0);
      found.replaceChildren(tiles(leaves.slice(0, MOST_FOUND).map((one) => cause(stop, one, false, parent(one))), "rows"));
      if (window.htmx) { window.htmx.process(found); }
    };
    field.addEventListener("input", show);
    show();
    return [h("div", { class: "panel-head finding" }, [link(back, say("back"), "", "plain"), field]), found];
  }
  function plain(stop, verb, label, hint, hidden) {
    return form(step(stop, verb), about(stop), hidden || {}, h("button", { class: "tile" + (verb === "acknowledge" ? " dark" : "") }, [label, h("small", {}, hint)]));
  }
  function doing(stop) {
    const waiting = (verb) => pending(stop, verb).length;
    return tiles([
      !stop.byMachine && !stop.to && !waiting("close") ? plain(stop, "close", say("over"), say("overHint")) : null,
      !stop.to && !stop.acknowledged && !waiting("acknowledge") ? plain(stop, "acknowledge", say("mine"), say("mineHint")) : null,
      stop.to ? null : link(stops({ issue: stop.uuid, ask: "estimate" }), say("backIn"), say("backInHint")),
      stop.to || waiting("escalate") ? null : plain(stop, "escalate", say("help"), say("helpHint")),
      link(stops({ issue: stop.uuid, ask: "note" }), say("note"), say("noteHint")),
      link(stops({ issue: stop.uuid, ask: "more" }), say("more"), ""),
    ].filter(Boolean), "doing");
  }
  function more(stop) {
    const look = (ask) => stops({ issue: stop.uuid, ask: ask }), last = answered(stop), cut = pending(stop, "split").length || isJoined(stop);
    const open = stop.byMachine && !cut && !last.excluded, { earlier, later } = cut ? {} : parts(stop);
    const join = (first, second, hint) => plain(first, "merge", say("join"), hint, Object.assign({ following: second.uuid }, seen(first)));
    return [tiles([
      open ? link(look("split"), say("split"), say("splitHint")) : null,
      link(look("note"), say("note"), say("noteHint")),
      stop.to || pending(stop, "watch").length ? null : plain(stop, "watch", say("watch"), say("watchHint")),
      earlier && !isJoined(earlier) ? join(earlier, stop, say("joinBefore")) : null,
      later && !isJoined(later) ? join(stop, later, say("joinHint")) : null,
      open && hand.mayDecide ? link(look("exclude"), say("exclude"), say("excludeHint")) : null,
      hand.mayDecide && !cut && (last.cause || last.excluded || !stop.byMachine && stop.to) && !pending(stop, "reopen").length
        ? plain(stop, "reopen", say("reopen"), say("reopenHint"), seen(stop)) : null,
    ].filter(Boolean))];
  }
  function excluding(stop) {
    return form(step(stop, "exclude"), about(stop), seen(stop), [h("p", {}, say("excludeMore")),
      h("textarea", { name: "text", maxlength: 2000, "aria-label": say("excludeWhy"), placeholder: say("excludeWhy") }), h("button", { class: "primary" }, say("excludeIt"))]);
  }

  /* Where to cut, and why before and after. The server looks whether it stood still there. */
  function slider(stop, when, back) {
    const from = stop.from / 1000, to = (stop.to || outbox.now()) / 1000, wide = to - from > 240 ? 60 : 1;
    const first = Math.floor(from / wide) * wide + wide, last = Math.ceil(to / wide) * wide - wide, far = wide * (wide > 1 ? 5 : 10), unit = wide > 1 ? " min" : " s";
    const at = first + Math.round((last - first) / 2 / wide) * wide, hidden = { issue: stop.uuid, ask: "split" };
    const inputs = Object.keys(hidden).map((name) => h("input", { type: "hidden", name: name, value: hidden[name] }));
    const part = (name, label) => h("span", {}, [label + " ", h("b", { ["data-" + name]: "" })]);
    const move = (by) => h("button", { class: "tile", name: "move", value: by, "data-move": by }, h("b", {}, (by < 0 ? "−" : "+") + Math.abs(by) / wide + unit));
    return [head(say("whereSplit"), when, back), h("form", { class: "cutting", action: location.pathname, "hx-get": hand.addresses.stops, "hx-target": "#panel", "hx-swap": "outerHTML", "data-slider": "", "data-zone": hand.station.zone, "data-starts": from, "data-ends": to }, inputs.concat([
      h("div", { class: "cut-parts" }, [part("before", say("firstPart")), h("output", { class: "cut-at", "data-at": "" }), part("after", say("secondPart"))]),
      h("div", { class: "cut-bar bare" }, h("input", { type: "range", name: "at", min: first, max: last, step: wide, value: at, "aria-label": say("whereCut") })),
      h("div", { class: "tiles" }, [-far, -wide, wide, far].map(move)),
      h("button", { class: "primary", name: "go", value: 1 }, say("cutHere")),
    ]))];
  }
  function splitting(stop, query, when) {
    const cut = Number(query.cut || query.at), before = Number(query.before), under = Number(query.under) || 0, parent = hand.causes.find((one) => one[0] === under);
    const at = { ask: "split", cut: cut, before: before }, look = (kept) => stops(Object.assign({ issue: stop.uuid }, kept));
    if (!cut) { return slider(stop, when, stops({ issue: stop.uuid, ask: "more" })); }
    const first = (one) => link(look({ ask: "split", cut: cut, before: one[0] }), one[1], "", tileOf(one[1]));
    const then = (one) => form(step(stop, "split"), about(stop), Object.assign({ cut: cut, before: before }, seen(stop)), h("button", { class: tileOf(one[1]), name: "cause", value: one[0] }, one[1]));
    const title = parent ? say("exactly", { cause: parent[1] }) : before ? say("andThen") : say("whyFirst");
    const span = before ? say("span", { from: time(cut * 1000), to: stop.to ? time(stop.to) : "…" }) : say("span", { from: time(stop.from), to: time(cut * 1000) });
    return [head(title, span, look(parent ? Object.assign(at, { under: parent[2] }) : before ? { ask: "split", cut: cut } : { ask: "split" })), causes(stop, under, at, before ? then : first)];
  }

  function stopPanel(query) {
    const stop = chosen(query.issue), under = Number(query.under) || 0, parent = hand.causes.find((one) => one[0] === under);
    if (!stop) { return [h("div", { class: "quiet" }, [h("h2", {}, say("nothing")), h("p", {}, say("nothingMore"))])]; }
    const back = stops(query.ask || parent ? { issue: stop.uuid, under: parent && parent[2], ask: parent && parent[2] ? "cause" : "" } : null), [when, standing] = said(stop);
    const last = answered(stop), given = hand.causes.find((one) => one[0] === last.cause), setup = stop.setup ? say("setup") : "";
    const told = given ? given[1] : last.cause ? stop.causeText : last.excluded ? say("notCounted") : setup, asks = stop.byMachine && (!told || query.ask === "cause");
    if (query.ask === "estimate") { return [head(say("backInHowLong"), when, back), tiles(hand.minutes.map((n) => form(step(stop, "estimate"), about(stop), {}, button(say("minutes", { n: n }), "", { name: "minutes", value: n }))))]; }
    if (query.ask === "note") { return [head(say("whatKnow"), when, back), note(stop)]; }
    if (query.ask === "find") { return find(stop, when, back); }
    if (query.ask === "split") { return splitting(stop, query, when); }
    if (query.ask === "more") { return [head(say("whatElse"), when, back)].concat(more(stop)); }
    if (query.ask === "exclude" && hand.mayDecide) { return [head(say("excludeTitle"), when, back), excluding(stop)]; }
    const title = parent ? say("exactly", { cause: parent[1] }) : !stop.byMachine ? stop.kind : asks ? say(stop.to ? "whyDid" : "whyHas") : say(stop.to ? "stopped" : "hasStopped", { cause: told });
    const again = told && !asks && stop.byMachine ? tiles([link(stops({ issue: stop.uuid, ask: "cause" }), say("another"), say("anotherHint"))]) : null;
    const search = asks && !parent ? link(stops({ issue: stop.uuid, ask: "find" }), say("find"), "", "plain") : null;
    return [head(title, when, query.ask || parent ? back : "", standing, search), asks ? causes(stop, under, { ask: "cause" }, (one, often) => cause(stop, one, often)) : again, parent ? null : doing(stop)];
  }
  function note(stop) {
    const photo = h("label", { class: "plain", for: "photo" }, say("photo")), taken = h("img", { class: "taken", alt: say("photoKept"), hidden: "" });
    return form(step(stop, "note"), about(stop), {}, [
      h("label", { class: "visually-hidden", for: "note" }, say("note")), h("textarea", { id: "note", name: "text", maxlength: 2000 }),
      h("div", { class: "photo-row" }, [h("input", { class: "visually-hidden", id: "photo", type: "file", name: "photo", accept: "image/jpeg,image/png,image/webp", capture: "environment", "data-photo": "" }), photo, taken, h("button", { class: "primary" }, say("keepNote"))]),
    ], { class: "noting", enctype: "multipart/form-data" });
  }

  /* All else. */
  function calls() {
    const kinds = hand.calls.map(([value, label, hint]) => button(label, hint, { name: "kind", value: value }));
    return [head(say("matter"), say("matterHint"), stops()), form(hand.addresses.calls, say("atStation"), {}, tiles(kinds, "threes tall"))];
  }
  function rejects() {
    const more = (by, label, words) => h("button", { class: "plain", type: "button", "data-for": "quantity", "data-step": by, "aria-label": words }, label);
    const field = h("input", { id: "quantity", name: "quantity", type: "number", inputmode: "decimal", min: "0.001", max: "1000000", step: "any", value: "1", required: "" });
    const counts = h("div", { class: "counts" }, [more(-1, "−", say("oneLess")), h("label", { class: "visually-hidden", for: "quantity" }, say("parts")), field, more(1, "+", say("oneMore"))]);
    const top = h("div", { class: "panel-head" }, [link(stops(), say("back"), "", "plain"), h("h2", {}, say("howManyBad")), counts]);
    return [form(hand.addresses.rejects, say("aboutRejects"), {}, [top, tiles(hand.reasons.map(([id, text]) => h("button", { class: tileOf(text), name: "reason", value: id }, text)))])];
  }
  function runs(query) {
    const one = (verb, value, label, hint) => form(hand.addresses.runs, say("aboutRuns"), { verb: verb }, button(label, hint, { name: "chosen", value: value }));
    if (query.make) { return [head(say("made"), "", hand.addresses.runs), tiles(hand.skus.map(([id, code, text]) => one("make", id, code, text)))]; }
    const running = hand.running ? one("end", hand.running[0], hand.running[1], say("endRun")) : null;
    const other = hand.skus.length ? link(hand.addresses.runs + "?make=1", h("b", {}, say("else")), "", "tile quietly") : null;
    return [head(say("runsHere"), say("whenSeen"), stops()), tiles([running].concat(hand.queue.map(([id, text]) => one("start", id, text, say("startNow"))), other)), running ? null : soft(say("nothingRan"))];
  }
  function counts() {
    const field = (name, label) => h("label", { class: "amount" }, [label + " ", h("input", { name: name, type: "text", inputmode: "decimal", autocomplete: "off", maxlength: 9, placeholder: 0 })]);
    const amounts = h("div", { class: "amounts" }, [field("good", say("good")), field("bad", say("bad"))]);
    return [head(say("justNow"), "", stops()), form(hand.addresses.counts, say("byHand"), { over: "now" }, [amounts, tiles([button(say("keep"), "")])], { "data-word": say("units") })];
  }
  function notes(query) {
    const to = hand.addresses.notes, mine = outbox.entries().filter((entry) => entry.state === "waiting" && entry.address === to);
    if (query.write) {
      return [head(say("nextKnow"), "", to), form(to, say("aboutNote"), {}, [h("textarea", { id: "shift-note", name: "text", maxlength: 500, "aria-label": say("note") }), h("button", { class: "primary" }, say("leaveNote"))], { class: "noting" })];
    }
    const isRead = (one) => mine.some((entry) => entry.fields.some(([field, value]) => field === "read" && value === one.key));
    const row = (one) => h("li", { class: "card waits" }, [h("div", {}, [h("p", {}, one.text), h("small", {}, [one.by, time(one.at)].filter(Boolean).join(" · "))]),
      isRead(one) ? null : form(to, say("aboutRead"), {}, h("button", { class: "plain", name: "read", value: one.key }, say("haveRead")))]);
    const written = mine.filter((entry) => entry.fields.some(([field]) => field === "text")).map((entry) => h("li", { class: "card" }, h("div", {}, [h("p", {}, entry.label), h("small", {}, say("notSent", { what: time(entry.at) }))])));
    const rows = written.concat(hand.notes.map(row)), write = link(to + "?write=1", say("writeNote"), "", "plain dark");
    return [h("div", { class: "panel-head" }, [link(stops(), say("back"), "", "plain"), h("h2", {}, say("notesTitle")), write]), rows.length ? h("ul", { class: "shift-notes" }, rows) : soft(say("noNotes"))];
  }
  function people(each) { return tiles(hand.people.map((one) => each(one.id, one.name, one.whole))); }
  function who() {
    const to = hand.addresses.operator, present = here(), off = present ? form(to, say("aboutWho"), { off: "present" }, button(say("signOff"), present.name)) : null;
    return [head(say("whoHere"), "", stops()), people((id, text, whole) => form(to, say("aboutWho"), {}, button(text, whole, { name: "operator", value: id }))), off ? tiles([off]) : null];
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
    const coming = (one) => outbox.entryOf(form(hand.addresses.operator, say("aboutWho"), { operator: one.id }, button(one.name, "")), null);
    const on = (one) => ask(one.name, one.whole, () => outbox.enter(Object.assign(coming(one), { at: entry.at, order: entry.order - 1 })));
    const without = ask(say("noName"), "", () => { nobody = true; entry.fields.push(["operator", "0"]); return Promise.resolve(); });
    draw([head(say("whoAnswers"), say("onceAShift"), ""), tiles(hand.people.map(on).concat(without))], "");
    return true;
  }

  function elsewhere() { return [head(say("pageNeeds"), "", stops())]; }

  function draw(children, see) {
    const away = h("p", { class: "done without", role: "status" }, say("away"));
    const main = h("main", { class: "panel local", id: "panel", "data-look": see || null }, [away].concat(children));
    desk.replaceChildren(main);
    if (window.htmx) { window.htmx.process(main); }
  }
  function show(address) {
    const url = new URL(address, location.href), query = {};
    url.searchParams.forEach((value, key) => { query[key] = value; });
    if (!hand) { draw([h("h2", {}, say("notSeen")), soft(say("onceNeeded"))], ""); return; }
    const views = {};
    views[hand.addresses.calls] = calls;
    views[hand.addresses.rejects] = rejects;
    views[hand.addresses.runs] = runs;
    views[hand.addresses.operator] = who;
    views[hand.addresses.notes] = notes;
    if (hand.countsByHand) { views[hand.addresses.counts] = counts; }
    views[hand.addresses.stops] = views[location.pathname] = stopPanel;
    const view = views[url.pathname] || elsewhere, writing = view !== stopPanel || ["note", "find", "split", "exclude"].indexOf(query.ask) >= 0;
    draw(view(query), writing ? "" : stops(query));
  }
  /* What a link or a form that only looks asks for. */
  function asked(element, event) {
    if (!element.matches("form")) { return element.getAttribute("hx-get"); }
    const said = new URLSearchParams(new FormData(element)), button = event && event.submitter;
    if (button && button.name) { said.append(button.name, button.value); }
    return element.getAttribute("hx-get") + "?" + said;
  }
  function isLook(element) { return element && element.matches && element.matches("a[hx-get], form[hx-get]") && Boolean(hand); }

  document.body.addEventListener("htmx:confirm", (event) => {
    if (!window.floorlight.isAway() || !isLook(event.detail.elt)) { return; }
    event.preventDefault();
    show(asked(event.detail.elt, event.detail.triggeringEvent));
  });
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((kind) => document.body.addEventListener(kind, (event) => {
    if (isLook(event.detail.elt) && !(event.detail.xhr.status > 0 && event.detail.xhr.status < 500)) { show(asked(event.detail.elt, event.detail.requestConfig.triggeringEvent)); }
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

  /* What the page drew is old as soon as the network is gone; what is drawn here says so, once no finger is on it. */
  function watch() {
    const away = window.floorlight.isAway(), own = desk.querySelector("[data-look]"), free = !window.floorlight.isPressed();
    root.classList.toggle("away", away);
    if (away && free && hand && own && !own.classList.contains("local")) { show(own.getAttribute("data-look")); }
  }
  setInterval(watch, 1000);
  setInterval(() => { if (!window.floorlight.isAway()) { look(); } }, EVERY);
  document.body.addEventListener("changed", () => { if (!window.floorlight.isAway()) { look(); } });
  if (isShell) { window.floorlight.hear(false); }
  if (!isShell) { outbox.keep("words", window.words.spoken()); }
  Promise.all([outbox.see(name), isShell ? outbox.see("words") : null]).then(([told, spoken]) => {
    if (spoken) { window.words.speak(spoken); }
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
