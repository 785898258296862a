/* The list of what waits to be sent and of what was not taken, and the line that says how many there are.

   Nothing goes from it by itself but what the server has stored. */
(function () {
  "use strict";
  const SOON = 2000, say = window.words.say, count = window.words.count, root = document.documentElement;
  const outbox = window.outbox, line = document.getElementById("outbox"), desk = document.getElementById("desk");
  const words = line.querySelector("[data-words]"), open = line.querySelector("button");

  function h(tag, attributes, children) {
    const element = document.createElement(tag);
    Object.keys(attributes).forEach((key) => element.setAttribute(key, attributes[key]));
    [].concat(children || []).forEach((child) => { if (child) { element.append(child); } });
    return element;
  }
  function ago(ms) {
    const s = Math.max(0, Math.floor(ms / 1000)), m = Math.floor(s / 60);
    return s < 60 ? s + " s" : m < 60 ? m + " min" : Math.floor(m / 60) + ":" + ("0" + m % 60).slice(-2) + " h";
  }
  function of(state) { return outbox.entries().filter((entry) => entry.state === state); }
  function waiting() {
    const away = window.floorlight.isAway();
    return of("waiting").filter((entry) => away || outbox.now() - entry.at > SOON);
  }

  function sentence() {
    const wait = waiting(), refused = of("refused"), said = [];
    if (wait.length) { said.push(count("waits", wait.length, { time: ago(outbox.now() - wait[0].at) })); }
    if (refused.length) { said.push(count("refused", refused.length)); }
    if (outbox.broken()) { said.push(say("broken", { why: outbox.broken() })); }
    return said.join(". ");
  }
  function tell() {
    const text = sentence();
    line.hidden = !text;
    if (words.textContent !== text) { words.textContent = text; }
    line.classList.toggle("refused", of("refused").length > 0);
    open.hidden = !outbox.entries().length;
    document.querySelectorAll("[data-entered]").forEach((element) => {
      element.textContent = say("waitsFor", { time: ago(outbox.now() - Number(element.getAttribute("data-entered"))) });
    });
    root.classList.toggle("keeps-none", Boolean(outbox.broken()));
  }

  function button(label, done, kind, hint) {
    const element = h("button", { type: "button", class: kind || "plain" }, [label, hint ? h("small", {}, hint) : null]);
    element.addEventListener("click", () => { element.disabled = true; done(); });
    return element;
  }
  function clock(ms) { return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: window.floorlight.zone() }).format(new Date(ms)); }
  /* The choice is another entry, given now for then; the one it stands for goes with it, unless more of it may hold. */
  function chosen(entry, choice) {
    if (choice.leave) { return outbox.drop(entry.key); }
    const named = Object.keys(choice.fields), kept = entry.fields.filter(([name]) => named.indexOf(name) < 0);
    const fields = kept.concat(named.map((name) => [name, choice.fields[name]]));
    const changes = { address: choice.address || entry.address, fields: fields, problem: "", question: "", choices: [] };
    const of = (one) => one.address.split("/")[2], rest = choice.also ? entry.choices.filter((one) => of(one) !== of(choice)) : [];
    return rest.every((one) => one.leave) ? outbox.repeat(entry, changes) : outbox.part(entry, changes, rest);
  }
  function row(entry) {
    const title = h("b", {}, entry.label), about = h("small", {}, " " + say("entered", { about: entry.about, time: clock(entry.at) }));
    const what = h("div", { class: "what" }, [title, about]);
    if (entry.state === "waiting") {
      const problem = outbox.problemOf(entry);
      return h("li", {}, [what, h("span", { class: "standing amber", "data-entered": String(entry.at) }), problem ? h("p", {}, problem) : null]);
    }
    const asks = entry.choices.length > 0;
    what.append(h("p", { class: "told" }, entry.problem + (asks ? " " + entry.question : "")));
    const ways = asks ? entry.choices.map((choice) => button(choice.label, () => chosen(entry, choice), "tile", choice.hint)) : [];
    const rest = asks
      ? [entry.choices.some((choice) => choice.leave) ? null : button(say("drop"), () => outbox.drop(entry.key))]
      : [button(say("tryAgain"), () => outbox.repeat(entry, { problem: "" })), button(say("dismiss"), () => outbox.drop(entry.key))];
    return h("li", { class: "refused" }, [what, ways.length ? h("div", { class: "tiles" }, ways) : null, h("div", { class: "ways" }, rest)]);
  }
  function list() {
    const entries = outbox.entries().slice().sort((one, other) => (one.state === "refused" ? 0 : 1) - (other.state === "refused" ? 0 : 1) || one.order - other.order);
    const back = window.floorlight.stops() || location.pathname, link = h("a", { class: "plain", href: location.pathname, "hx-get": back, "hx-target": "#panel", "hx-swap": "outerHTML" }, say("back"));
    window.floorlight.draw([h("div", { class: "panel-head" }, [link, h("h2", {}, say(entries.length ? "notStored" : "allStored"))]), h("ul", { class: "outbox-list" }, entries.map(row))], "");
    tell();
  }
  open.addEventListener("click", list);
  outbox.listen(() => {
    tell();
    if (desk.querySelector(".outbox-list")) { list(); }
  });
  setInterval(tell, 1000);
})();
