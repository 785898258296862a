/* The schedule screen: runs are moved by mouse, finger and keyboard, and details open beside them.

   Nothing is drawn as planned before the server has stored it: what is carried is a shadow, and the bar stays where it
   is until the answer has come. The server judges each place on the way, and says why where it cannot be done. */
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const plan = byId("plan"), sheet = byId("sheet"), over = byId("over"), ghost = byId("ghost"), says = byId("says"), panel = byId("panel");
  const MINUTE = 60000, STEP = Number(plan.dataset.step) * MINUTE, mayPlan = "mayPlan" in plan.dataset;
  const FIRST_GUESS = 2 * 60 * MINUTE, STILL = 4, EDGE = 48, PATIENCE = 120, WORDS = plan.dataset;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, { timeZone: plan.dataset.zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

  /* Where things are */

  const span = () => ({ from: Number(byId("rows").dataset.from) * 1000, until: Number(byId("rows").dataset.until) * 1000 });
  const rows = () => [...document.querySelectorAll(".row")];
  const laneOf = (station) => { const row = byId("s-" + station); return row && row.querySelector(".lane"); };
  const snapped = (at) => Math.round(at / STEP) * STEP;
  const when = (at) => clock.format(new Date(at)).replace(",", "");

  function timeAt(lane, x) {
    const box = lane.getBoundingClientRect(), { from, until } = span();
    return from + (x - box.left) / box.width * (until - from);
  }

  function rowAt(y) {
    const all = rows();
    return all.find((row) => y < row.getBoundingClientRect().bottom) || all[all.length - 1];
  }

  /* What is said */

  function say(text, { wrong = false, undo = null } = {}) {
    says.textContent = text;
    says.classList.toggle("wrong", wrong);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = WORDS.undo;
      button.addEventListener("click", undo);
      says.append(button);
    }
    lastUndo = undo;
  }
  let lastUndo = null;

  /* What is asked of the server */

  async function post(run, values) {
    const body = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
    const answer = await fetch(`/schedule/runs/${run}/move/`, { method: "POST", body, headers: { "X-CSRFToken": plan.dataset.token, "HX-Request": "true" } });
    if (![200, 409, 422].includes(answer.status)) {
      throw new Error(answer.status === 401 || answer.status === 403 ? WORDS.mayNot : WORDS.lost);
    }
    return { done: answer.status === 200, ...await answer.json() };
  }

  async function refresh(focus = null) {
    const answer = await fetch(location.href, { headers: { "X-Part": "rows" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || carried) { return; }
    const active = document.activeElement, run = focus || (active && active.closest(".rows, .waits") && active.dataset.run);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("rows");
    if (!fresh || carried) { return; }
    byId("rows").replaceWith(document.importNode(fresh, true));
    mark(panel.dataset.run);
    const again = run && byId("rows").querySelector(`[data-run="${run}"]`);
    if (again) { again.focus({ preventScroll: true }); }
  }

  async function settle(run, to, seen) {
    try {
      const answer = await post(run, { station: to.station, start: to.start, end: to.end, seen_station: seen.station, seen_start: seen.start });
      const undo = answer.back && (() => settle(run, answer.back, { station: to.station, start: to.start }));
      say(answer.said, { wrong: !answer.done, undo });
    } catch (error) {
      say(error instanceof TypeError ? WORDS.lost : error.message, { wrong: true });
    }
    carried = null;
    letGo();
    await refresh(run);
  }

  /* What is carried: a shadow of a run, on its way to another place */

  let carried = null;

  function take(element) {
    const { run, start, end } = element.dataset, row = element.closest(".row");
    const seen = { station: row ? row.dataset.station : element.dataset.station, start: start ? Number(start) : null };
    carried = { run, element, seen, to: { ...seen }, length: end ? Number(end) - Number(start) : FIRST_GUESS, timer: 0, asked: 0 };
    element.classList.add("held");
    over.classList.add("on");
    over.classList.remove("cannot");
  }

  function letGo() {
    over.classList.remove("on", "cannot");
    for (const element of document.querySelectorAll(".held, .asking")) { element.classList.remove("held", "asking"); }
  }

  function cancel() {
    if (!carried || carried.saving) { return; }
    clearTimeout(carried.timer);
    carried = null;
    letGo();
    say(WORDS.notMoved);
  }

  function carry(station, start) {
    const { to } = carried;
    if (String(to.station) === String(station) && to.start === start && over.classList.contains("drawn")) { return; }
    carried.to = { station, start };
    draw();
    clearTimeout(carried.timer);
    carried.timer = setTimeout(ask, PATIENCE);
  }

  function draw() {
    const { to, length } = carried, lane = laneOf(to.station);
    if (!lane || to.start === null) { return; }
    const box = lane.getBoundingClientRect(), around = sheet.getBoundingClientRect(), { from, until } = span();
    const scale = box.width / (until - from), left = Math.max(0, (to.start - from) * scale), right = Math.min(box.width, (to.start + length - from) * scale);
    ghost.setAttribute("x", box.left - around.left + left);
    ghost.setAttribute("y", box.top - around.top + sheet.scrollTop + 4);
    ghost.setAttribute("width", Math.max(3, right - left));
    ghost.setAttribute("height", 28);
    over.classList.add("drawn");
  }

  async function ask() {
    const mine = carried, { to } = mine, number = ++mine.asked;
    const answer = await post(mine.run, { station: to.station, start: to.start, check: 1, seen_station: mine.seen.station }).catch(() => null);
    if (carried !== mine || mine.asked !== number || !answer) { return; }
    const faults = answer.done ? answer.faults : [answer.said];
    if (answer.end) { mine.length = answer.end - to.start; }
    draw();
    over.classList.toggle("cannot", faults.length > 0);
    const row = byId("s-" + to.station), place = answer.end ? WORDS.placeUntil : WORDS.place;
    const said = place.replace("{start}", when(to.start)).replace("{end}", answer.end ? when(answer.end) : "").replace("{station}", row.dataset.name);
    say([said, ...faults].join(" "), { wrong: faults.length > 0 });
  }

  function drop() {
    const { run, to, seen, element, timer } = carried;
    clearTimeout(timer);
    if (String(to.station) === String(seen.station) && to.start === seen.start) { return cancel(); }
    carried.saving = true;
    element.classList.add("asking");
    say("Storing…");
    return settle(run, to, seen);
  }

  /* Mouse, pen and finger */

  let grip = null;

  sheet.addEventListener("pointerdown", (event) => {
    const element = event.target.closest(".moves");
    if (!mayPlan || !element || event.button !== 0 || carried) { return; }
    grip = { element, x: event.clientX, y: event.clientY, pointer: event.pointerId };
    event.preventDefault();
    element.focus({ preventScroll: true });
  });
  sheet.addEventListener("dragstart", (event) => { if (event.target.closest(".moves")) { event.preventDefault(); } });
  document.addEventListener("pointermove", (event) => {
    if (!grip || event.pointerId !== grip.pointer) { return; }
    if (!carried) {
      if (Math.hypot(event.clientX - grip.x, event.clientY - grip.y) < STILL) { return; }
      take(grip.element);
      sheet.setPointerCapture(event.pointerId);
    }
    roll(event.clientY);
    const row = rowAt(event.clientY), lane = row.querySelector(".lane"), { seen } = carried;
    const by = timeAt(lane, event.clientX) - timeAt(lane, grip.x);
    const start = seen.start === null ? snapped(timeAt(lane, event.clientX)) : Math.abs(event.clientX - grip.x) < 8 ? seen.start : snapped(seen.start + by);
    carry(row.dataset.station, start);
  });
  document.addEventListener("pointerup", (event) => {
    if (!grip || event.pointerId !== grip.pointer) { return; }
    const moved = carried;
    grip = null;
    if (moved) {
      dragged = true;
      setTimeout(() => { dragged = false; });
      drop();
    }
  });
  document.addEventListener("pointercancel", () => { grip = null; cancel(); });
  let dragged = false;

  function roll(y) {
    const box = sheet.getBoundingClientRect();
    sheet.scrollTop += y < box.top + EDGE ? -12 : y > box.bottom - EDGE ? 12 : 0;
  }

  /* Keys: arrows carry, Enter stores, Escape leaves it where it was */

  function key(event) {
    const element = event.target.closest && event.target.closest(".moves");
    if (event.key === "Escape") { return carried ? cancel() : close(); }
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && lastUndo && !event.target.closest("input")) {
      event.preventDefault();
      return lastUndo();
    }
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key], down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!element || !mayPlan || grip || (carried && carried.saving)) { return null; }
    if (event.key === "Enter" && carried) {
      event.preventDefault();
      return drop();
    }
    if (!across && !down) { return null; }
    event.preventDefault();
    if (!carried) { take(element); }
    const { to } = carried, all = rows(), here = all.findIndex((row) => row.dataset.station === String(to.station));
    const next = all[Math.min(all.length - 1, Math.max(0, here + (down || 0)))], start = to.start === null ? snapped(Date.now() + STEP) : to.start;
    const by = (across || 0) * (event.shiftKey ? 60 * MINUTE : STEP);
    next.scrollIntoView({ block: "nearest" });
    return carry(next.dataset.station, by ? snapped(start + by) : start);
  }
  document.addEventListener("keydown", key);
  sheet.addEventListener("focusout", () => { if (carried && !grip && !carried.saving) { cancel(); } });

  /* Details */

  function mark(run) {
    for (const bar of document.querySelectorAll(".chosen")) { bar.classList.remove("chosen"); }
    if (run) { for (const bar of document.querySelectorAll(`.bar[data-run="${run}"]`)) { bar.classList.add("chosen"); } }
  }

  function open(address, run = "") {
    panel.dataset.run = run;
    mark(run);
    window.htmx.ajax("GET", address, { target: "#panel", swap: "innerHTML" });
  }

  function close() {
    if (!panel.hasChildNodes()) { return; }
    const bar = byId("rows").querySelector(`[data-run="${panel.dataset.run}"]`);
    panel.replaceChildren();
    panel.dataset.run = "";
    mark("");
    if (bar) { bar.focus({ preventScroll: true }); }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-run], a[data-panel]"), lane = event.target.closest(".lane");
    if (event.target.closest("[data-print]")) { return window.print(); }
    if (event.target.closest("[data-close]")) { event.preventDefault(); return close(); }
    if (event.ctrlKey || event.metaKey || event.shiftKey) { return null; }
    if (link) {
      event.preventDefault();
      return dragged ? null : open(link.getAttribute("href"), link.dataset.run);
    }
    if (lane && mayPlan && !dragged && !carried) {
      const start = Math.floor(timeAt(lane, event.clientX) / STEP) * STEP, row = lane.closest(".row");
      return open(`/schedule/runs/new/?station=${row.dataset.station}&start=${start}`);
    }
    return null;
  });
  panel.addEventListener("htmx:afterSwap", () => { const first = panel.querySelector("[autofocus], input:not([type=hidden]), a"); if (first) { first.focus(); } });
  document.addEventListener("planned", (event) => {
    const said = event.detail && event.detail.said;
    if (said) { say(said); }
    if (event.detail && event.detail.close) { close(); }
    refresh();
  });
  for (const select of document.querySelectorAll(".filters select")) { select.addEventListener("change", () => byId("filters").submit()); }
  document.documentElement.classList.add("scripted");
  setInterval(() => { if (!document.hidden && !carried && !grip) { refresh(); } }, MINUTE);
})();
