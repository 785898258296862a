/* What people enter is kept on the tablet until the server has it: each entry with its own key and its own time.

   A form with data-entry (what it is about, in words) goes in here first, and then to the server by the page's own
   road. If that fails it waits, is shown as waiting, and is sent in order when the network is back. Whatever has the
   same key is taken once, so sending again is always right. Where nothing can be kept, forms go straight out. */
(function () {
  "use strict";
  const RETRY = 5000, LONGEST_RETRY = 300000, ON_ITS_WAY = 15000, DIRECT = 30000, WITH_PHOTO = 120000;
  const body = document.body;
  const listeners = [], direct = new Map(), pauses = new Map();
  let entries = [], working = false, again = false, count = 0, broken = "", kept = null;
  let by = body.getAttribute("data-by") || "";

  function away() { return Boolean(window.floorlight && window.floorlight.isAway()); }
  function corrected() { return Date.now() + (window.floorlight ? window.floorlight.offset() : 0); }
  function tell() { listeners.forEach((listener) => listener()); }
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* The store. */
  function opened() {
    kept = kept || new Promise((resolve, reject) => {
      if (!window.indexedDB) { reject(new Error("none")); return; }
      const request = indexedDB.open("floorlight", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("entries", { keyPath: "key" });
        request.result.createObjectStore("seen");
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => { request.result.close(); kept = null; };
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => reject(request.error);
    });
    return kept;
  }
  function ask(store, mode, question) {
    return opened().then((database) => new Promise((resolve, reject) => {
      const work = database.transaction(store, mode), request = question(work.objectStore(store));
      work.oncomplete = () => resolve(request.result);
      work.onerror = work.onabort = () => reject(work.error);
    }));
  }
  function fails(error) { broken = (error && error.name) || "Error"; tell(); throw error; }

  function load() {
    return ask("entries", "readonly", (store) => store.getAll()).then((found) => {
      entries = found.sort((one, other) => one.order - other.order);
      broken = "";
      tell();
    });
  }
  function put(entry) { return ask("entries", "readwrite", (store) => store.put(entry)).catch(fails).then(load); }
  function remove(key) {
    pauses.delete(key);
    return ask("entries", "readwrite", (store) => store.delete(key)).then(load);
  }

  /* From a form to an entry. */
  function said(form, submitter) {
    const fields = Array.from(new FormData(form)).filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "next");
    return submitter && submitter.name ? fields.concat([[submitter.name, submitter.value]]) : fields;
  }
  function words(form, submitter) {
    const button = submitter || form.querySelector("button"), note = form.querySelector("textarea");
    const own = button && (button.querySelector("b") || button.firstChild), text = note && note.value.trim();
    const word = form.getAttribute("data-word") || (own ? own.textContent.trim() : "");
    const amounts = Array.from(form.querySelectorAll("input[inputmode]"), (field) => field.value).filter(Boolean);
    return text ? text.slice(0, 80) : amounts.length ? amounts.join(" + ") + " × " + word : word;
  }
  function entryOf(form, submitter) {
    const address = new URL(form.getAttribute("action"), location.href).pathname, fields = said(form, submitter);
    const plain = fields.filter(([, value]) => typeof value === "string");
    count += 1;
    return {
      key: newKey(), at: Math.round(corrected()), order: Date.now() * 1000 + count % 1000, by: by,
      address: address,
      fields: fields.filter(([, value]) => typeof value === "string" || value.size),
      label: words(form, submitter), about: form.getAttribute("data-entry"), same: address + JSON.stringify(plain), state: "waiting",
    };
  }

  /* Sending. */
  function cookie(name) {
    const found = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  function headers(entry) {
    return { "X-Entry-Key": entry.key, "X-Entry-At": String(entry.at), "X-Entry-By": entry.by };
  }
  function post(entry) {
    const form = new FormData(), stop = new AbortController();
    entry.fields.forEach(([name, value]) => typeof value === "string" ? form.append(name, value) : form.append(name, value, "photo.jpg"));
    const photo = entry.fields.some(([, value]) => typeof value !== "string");
    const timer = setTimeout(() => stop.abort(), photo ? WITH_PHOTO : DIRECT);
    const sent = Object.assign({ "X-CSRFToken": cookie("csrftoken") }, headers(entry));
    return fetch(entry.address, { method: "POST", body: form, headers: sent, credentials: "same-origin", redirect: "manual", signal: stop.signal })
      .finally(() => clearTimeout(timer));
  }
  /* Only an answer that says so has stored it: a page of somebody's proxy has not. */
  function judge(entry, answer) {
    const outcome = answer.headers.get("X-Entry");
    if (outcome === "stored") { return remove(entry.key).then(() => "stored"); }
    if (answer.status === 401 && outcome) { return answer.json().then((told) => hold(entry, told.detail)); }
    if (answer.status === 413) { return refuse(entry, { detail: window.words.say("tooLarge") }); }
    if (!outcome) { return answer.status === 403 ? renewed().then(() => hold(entry, "")) : hold(entry, ""); }
    return answer.json().then((told) => refuse(entry, told));
  }
  function refuse(entry, told) {
    return put(Object.assign({}, entry, { state: "refused", problem: told.detail, question: told.question || "", choices: told.choices || [] })).then(() => "refused");
  }
  function hold(entry, problem) {
    const tries = (pauses.get(entry.key) || { tries: 0 }).tries;
    pauses.set(entry.key, { tries: tries + 1, until: Date.now() + Math.min(RETRY * Math.pow(2, tries), LONGEST_RETRY), problem: problem });
    tell();
    return "later";
  }
  /* The token against forgery comes with any page of ours. */
  function renewed() { return fetch(location.pathname, { credentials: "same-origin" }).catch(() => null); }

  /* On its way by the page's own road; if that says nothing for long, it is sent from here. */
  function isDirect(entry) { return direct.get(entry.key) > Date.now(); }
  function lane(address) { return (address.match(/^.*?[0-9a-f-]{36}/) || [address])[0]; }
  /* What it is about: one stop, or the two that are joined. */
  function lanes(entry) {
    return [lane(entry.address)].concat(entry.fields.filter(([name]) => name === "following").map(([, uuid]) => "/stops/" + uuid));
  }
  function due(entry, blocked) {
    const pause = pauses.get(entry.key);
    return !lanes(entry).some((one) => blocked.has(one)) && !isDirect(entry) && !(pause && pause.until > Date.now());
  }
  async function pass() {
    const blocked = new Set(), block = (entry) => lanes(entry).forEach((one) => blocked.add(one));
    await load();
    for (const entry of entries.filter((one) => one.state === "waiting")) {
      if (!entries.some((one) => one.key === entry.key)) { continue; }  /* it arrived by the page's road meanwhile */
      if (!due(entry, blocked)) { block(entry); continue; }
      let answer;
      try { answer = await post(entry); } catch (lost) { return; }
      if (await judge(entry, answer) === "later") { block(entry); }
      else { body.dispatchEvent(new Event("changed")); }
    }
  }
  function flush() {
    if (working) { again = true; return; }
    working = true;
    pass().catch(() => null).then(() => {
      working = false;
      if (again) { again = false; flush(); }
    });
  }

  /* A page's own form: kept first, then sent as any form is. */
  function submitted(event) {
    const form = event.detail.elt, submitter = event.detail.triggeringEvent && event.detail.triggeringEvent.submitter;
    if (!form.matches || !form.matches("form[data-entry]")) { return; }
    event.preventDefault();
    const entry = entryOf(form, submitter);
    if (entries.some((one) => one.same === entry.same && one.state === "waiting")) { flush(); waits(entry); return; }
    if (window.floorlight.askFirst && window.floorlight.askFirst(entry)) { return; }
    enter(entry, form, () => event.detail.issueRequest(true));
  }
  function enter(entry, form, issue) {
    const queued = entries.some((one) => one.state === "waiting" && !isDirect(one)) || away() || !issue;
    entries = entries.concat([entry]);
    if (!queued) { direct.set(entry.key, Date.now() + ON_ITS_WAY); form.entry = entry; }
    return put(entry).then(() => {
      if (queued) { flush(); waits(entry); } else { issue(); }
    }, () => {
      entries = entries.filter((one) => one !== entry);
      if (issue) { form.entry = null; issue(); }
    });
  }
  function isSentence(xhr) { return xhr.getResponseHeader("X-Entry") === "refused" && /json/.test(xhr.getResponseHeader("Content-Type") || ""); }
  function waits(entry) { body.dispatchEvent(new CustomEvent("waits", { detail: entry })); }
  function answered(event) {
    /* A form that the answer replaced is on the page no more: the event comes from what is left around it. */
    const form = event.detail.requestConfig.elt, entry = form.entry, xhr = event.detail.xhr;
    if (!entry) { return; }
    form.entry = null;
    /* Refused or asked for who it was: the page that came says so to whoever stands here. */
    if (xhr.getResponseHeader("X-Entry") && xhr.status !== 401 && !isSentence(xhr)) {
      remove(entry.key).finally(() => direct.delete(entry.key));
      return;
    }
    direct.delete(entry.key);
    if (isSentence(xhr)) { judge(entry, new Response(xhr.responseText, { status: xhr.status, headers: { "X-Entry": "refused" } })).then(tell); return; }
    tell();
    waits(entry);
  }

  body.addEventListener("htmx:confirm", submitted);
  body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.entry) { Object.assign(event.detail.headers, headers(event.detail.elt.entry)); }
  });
  body.addEventListener("htmx:beforeSwap", (event) => { if (isSentence(event.detail.xhr)) { event.detail.shouldSwap = false; } });
  body.addEventListener("htmx:afterRequest", answered);
  body.addEventListener("heard", flush);
  window.addEventListener("online", () => { pauses.clear(); flush(); });
  setInterval(() => { if (entries.some((entry) => entry.state === "waiting")) { flush(); } }, RETRY);
  load().catch((error) => { broken = error.name || "Error"; tell(); }).then(flush);

  window.outbox = {
    entries: () => entries.filter((entry) => !isDirect(entry)),
    problemOf: (entry) => (pauses.get(entry.key) || { problem: "" }).problem,
    broken: () => broken,
    listen: (listener) => { listeners.push(listener); listener(); },
    enter: (entry) => enter(entry, null, null),
    by: (name) => { by = by || name; },
    entryOf: entryOf, newKey: newKey, now: corrected,
    drop: remove,
    /* A part of what was said goes out, and the rest is asked on: both, or neither. */
    part: (entry, changes, rest) => ask("entries", "readwrite", (store) => {
      store.put(Object.assign({}, entry, { state: "waiting", key: newKey() }, changes));
      return store.put(Object.assign({}, entry, { choices: rest }));
    }).catch(fails).then(load).then(flush),
    repeat: (entry, changes) => put(Object.assign({}, entry, { state: "waiting" }, changes)).then(flush),
    see: (name) => ask("seen", "readonly", (store) => name ? store.get(name) : store.getAll()).catch(() => name ? null : []),
    forget: () => ask("seen", "readwrite", (store) => store.clear()).catch(() => null),
    keep: (name, value) => ask("seen", "readwrite", (store) => store.put(value, name)).catch(() => null),
  };
})();
