/* The page of a shift pattern: a grid of its cycle over the table of its shifts, with a past that can be undone. */
(function (floorlight) {
  "use strict";
  const week = floorlight.week, MONDAY = "1970-01-05", ZOOMS = [1, 2, 4];
  const byId = (id) => document.getElementById(id);

  class Desk {
    constructor(section, group) {
      this.section = section;
      this.table = new floorlight.WeekTable(group);
      this.view = new floorlight.WeekView(byId("week-hours"), byId("week-days"));
      this.days = byId("id_days");
      this.anchor = byId("id_anchor");
      this.past = [];
      this.future = [];
      this.zoom = 0;
      this.selected = null;
      this.shifts = this.table.read();
      this.drag = new floorlight.WeekDrag(byId("week-days"), byId("week-scroll"), this);
      this.listen();
      this.draw();
      byId("week-step").textContent = words.say("steps", { n: this.step });
    }

    get cycle() {
      const days = parseInt(this.days.value, 10), found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(this.anchor.value.trim());
      const day = found ? new Date(Date.UTC(found[1], found[2] - 1, found[3])).getUTCDay() : 1;
      return { days: week.clamp(days || 7, 1, 366), weekday: (day + 6) % 7 };
    }

    get step() { return this.zoom ? 5 : 15; }

    find(key) { return this.shifts.find((shift) => shift.key === key); }

    words(shift) { return this.view.words(shift, this.cycle); }

    say(text) { byId("week-says").textContent = text; }

    /* What happens */

    change(shifts, said, { cycle = null, focus = null } = {}) {
      this.past.push(this.moment());
      this.future = [];
      this.take({ shifts, cycle: cycle || this.moment().cycle });
      if (focus) { this.focus(focus); }
      const clash = week.clashes(shifts, this.cycle.days).length;
      this.say(said + (clash ? ". " + byId("week-problem").textContent : ""));
    }

    moment() {
      return { shifts: this.shifts, cycle: [this.days.value, this.anchor.value] };
    }

    take({ shifts, cycle }) {
      this.shifts = shifts;
      [this.days.value, this.anchor.value] = cycle;
      this.table.write(shifts);
      this.draw();
    }

    back(from, to, said) {
      if (!from.length) { return; }
      to.push(this.moment());
      this.take(from.pop());
      this.say(said);
    }

    undo() { this.back(this.past, this.future, words.say("undone")); }

    redo() { this.back(this.future, this.past, words.say("redone")); }

    /* One shift as it is now, in place of what it was; where it meets its like at 00:00 they become one. */
    put(shift, said, focus = true) {
      const rest = this.shifts.filter((one) => one.key !== shift.key);
      const one = week.joined([...rest, shift], shift.key, this.cycle.days) || { shifts: [...rest, shift], key: shift.key };
      const whole = one.shifts.find((other) => other.key === one.key);
      this.selected = one.key;
      const told = words.say(said, { shift: this.words(whole) }), joined = one.shifts.length > rest.length ? "" : ". " + words.say("joined");
      this.change(one.shifts, told + joined, { focus: focus && one.key });
    }

    add(minute, minutes) {
      const at = week.begunAt({}, minute, this.cycle.days);
      const shift = { key: this.table.fresh(), ...at, minutes, ...week.proposal(this.shifts, at.start, minutes) };
      this.put(shift, "added");
    }

    addOn(day) {
      const room = week.room(this.shifts, day, this.cycle.days);
      if (room) { this.add(day * week.DAY + room.start, room.minutes); } else { this.say(words.say("noRoom")); }
    }

    remove(key) {
      const gone = this.find(key);
      if (!gone) { return; }
      const ordered = [...this.shifts].sort((one, other) => week.begin(one) - week.begin(other));
      const rest = ordered.filter((shift) => shift !== gone), next = rest[Math.min(ordered.indexOf(gone), rest.length - 1)];
      this.selected = next ? next.key : null;
      this.change(this.shifts.filter((shift) => shift !== gone), words.say("removed", { shift: this.words(gone) }), { focus: this.selected });
    }

    /* By keyboard: later or longer by so many minutes. */
    nudge(shift, { by = 0, start = 0, end = 0 }) {
      const minutes = shift.minutes - start + end;
      if (minutes < week.LEAST || minutes > week.MOST) { return this.say(words.say("limits")); }
      const moved = week.begunAt(shift, week.begin(shift) + by + start, this.cycle.days);
      return this.put({ ...moved, minutes }, by ? "moved" : "now");
    }

    copy() {
      const shift = this.find(this.selected), whole = byId("week-what").value === "day", to = this.targets(shift.day);
      const fresh = () => this.table.fresh(), day = this.view.names.long[shift.day];
      const shifts = whole ? week.copiedDay(this.shifts, shift.day, to, fresh) : week.copiedShift(this.shifts, shift, to, fresh);
      const where = to.length > 3 ? words.count("days", to.length) : to.map((one) => this.view.names.long[one]).join(", ");
      this.change(shifts, to.length ? words.say("copied", { what: whole ? day : this.words(shift), where }) : words.say("noOther"));
    }

    targets(from) {
      const where = byId("week-where").value, days = [...Array(this.cycle.days).keys()].filter((day) => day !== from);
      if (where === "weekdays") { return days.filter((day) => !this.view.names.resting(day)); }
      if (where === "next") { return this.cycle.days > 1 ? [(from + 1) % this.cycle.days] : []; }
      return where === "all" ? days : days.filter((day) => day === Number(where));
    }

    /* What the pointer does */

    preview(shift) {
      if (!shift) { return this.draw(); }
      const rest = this.shifts.filter((one) => one.key !== shift.key);
      const name = shift.name === undefined ? week.proposal(this.shifts, shift.start, shift.minutes) : {};
      return this.draw([...rest, { ...name, ...shift, key: shift.key || "new" }]);
    }

    done(shift, mode) {
      if (!shift.key) { return this.add(week.begin(shift), shift.minutes); }
      return this.put(shift, mode === "move" ? "moved" : "now");
    }

    click(minute, on) {
      if (on) { return this.choose(null); }
      const rest = (Math.floor(minute / week.DAY) + 1) * week.DAY - minute;
      const next = this.shifts.map((shift) => week.mod(week.begin(shift) - minute, this.cycle.days * week.DAY)).filter(Boolean);
      return this.add(minute, Math.min(480, Math.max(rest, 480), ...next));
    }

    choose(key) {
      if (key === this.selected) { return; }
      this.selected = key;
      this.draw();
    }

    focus(key) {
      const button = this.view.buttons.get(key);
      if (button && button.isConnected) { button.focus({ preventScroll: false }); }
    }

    /* How it looks */

    draw(shifts = this.shifts) {
      const cycle = this.cycle, clashes = week.clashes(shifts, cycle.days), minutes = shifts.reduce((sum, one) => sum + one.minutes, 0);
      this.view.draw(shifts, cycle, this.selected, clashes);
      const outside = shifts.filter((shift) => shift.day >= cycle.days).length, problem = byId("week-problem");
      const text = clashes.length ? words.say("overlap", { one: this.view.brief(clashes[0][0]), other: this.view.brief(clashes[0][1]) })
        : outside ? words.count("outside", outside) : "";
      if (problem.textContent !== text) { problem.textContent = text; }
      problem.hidden = !text;
      byId("week-empty").hidden = shifts.length > 0;
      byId("week-sum").textContent = [words.count("shifts", shifts.length), week.length(minutes), words.count("days", cycle.days)].join(" · ");
      this.section.querySelector("[data-do=undo]").disabled = !this.past.length;
      this.section.querySelector("[data-do=redo]").disabled = !this.future.length;
      this.panel(shifts.find((shift) => shift.key === this.selected), cycle);
    }

    panel(shift, cycle) {
      byId("week-none").hidden = Boolean(shift);
      byId("week-edit").hidden = !shift;
      if (!shift) { return; }
      const values = { ...shift, start: week.clock(shift.start), end: week.clock(shift.start + shift.minutes) };
      for (const field of this.section.querySelectorAll("[data-edit]")) {
        const value = values[field.dataset.edit];
        if (field.value !== value && field !== document.activeElement) { field.value = value; }
      }
      this.where(cycle);
    }

    where(cycle) {
      const select = byId("week-where"), shape = JSON.stringify(cycle), chosen = select.value;
      if (select.dataset.shape === shape) { return; }
      select.dataset.shape = shape;
      const days = this.view.names.long.map((name, day) => [String(day), name]).slice(0, 62);
      const options = [["all", words.say("everyDay")], ["next", words.say("nextDay")], ...days];
      if (this.view.names.weekly) { options.unshift(["weekdays", words.say("workdays")]); }
      select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
      if (options.some(([value]) => value === chosen)) { select.value = chosen; }
    }

    scale(by) {
      const scroll = byId("week-scroll"), hour = 6 / 24;
      this.zoom = week.clamp(this.zoom + by, 0, ZOOMS.length - 1);
      this.section.style.setProperty("--zoom", ZOOMS[this.zoom]);
      if (this.zoom) { scroll.scrollLeft = scroll.scrollWidth * hour; }
      byId("week-step").textContent = words.say("steps", { n: this.step });
      this.section.querySelector("[data-do=zoom-out]").disabled = this.zoom === 0;
      this.section.querySelector("[data-do=zoom-in]").disabled = this.zoom === ZOOMS.length - 1;
      this.say(words.say("steps", { n: this.step }));
    }

    /* What is listened to */

    listen() {
      const grid = byId("week-days"), edit = byId("week-edit");
      this.section.addEventListener("click", (event) => this.press(event));
      this.section.addEventListener("keydown", (event) => this.key(event));
      grid.addEventListener("focusin", (event) => { if (event.target.dataset.key) { this.choose(event.target.dataset.key); } });
      edit.addEventListener("change", (event) => this.edit(event.target));
      this.table.group.addEventListener("change", () => this.reread());
      document.addEventListener("formset:removed", () => this.reread());
      for (const field of [this.days, this.anchor]) { field.addEventListener("change", () => this.draw()); }
      this.anchor.addEventListener("focus", () => this.draw());
    }

    /* The table was changed by hand. */
    reread() {
      this.past.push(this.moment());
      this.future = [];
      this.shifts = this.table.read();
      this.draw();
    }

    press(event) {
      const button = event.target.closest("button");
      if (!button) { return; }
      if (button.dataset.add) { return this.addOn(Number(button.dataset.add)); }
      const does = {
        undo: () => this.undo(), redo: () => this.redo(), remove: () => this.remove(this.selected), copy: () => this.copy(),
        "zoom-in": () => this.scale(1), "zoom-out": () => this.scale(-1),
      }[button.dataset.do];
      return does && does();
    }

    /* The focus stays: the change of a field is often told while the next thing is being clicked. */
    edit(field) {
      const shift = this.find(this.selected), name = field.dataset.edit;
      if (!shift || !name) { return; }
      const times = { start: shift.start, end: (shift.start + shift.minutes) % week.DAY };
      if (name in times) {
        times[name] = week.typed(field.value) ?? times[name];
        field.value = week.clock(times[name]);
      }
      const changed = { ...shift, start: times.start, minutes: week.span(times.start, times.end) };
      if (!(name in times)) { changed[name] = field.value.trim(); }
      if (["start", "minutes", name].some((one) => one in shift && changed[one] !== shift[one])) { this.put(changed, "now", false); }
    }

    key(event) {
      const inside = event.target.closest("input, select"), fine = event.ctrlKey || event.metaKey, letter = event.key.toLowerCase();
      if (fine && !inside && (letter === "z" || letter === "y")) {
        event.preventDefault();
        return letter === "y" || event.shiftKey ? this.redo() : this.undo();
      }
      if (inside) { return this.keyInPanel(event); }
      const shift = this.find(event.target.dataset.key);
      return shift ? this.keyOnShift(event, shift, fine) : null;
    }

    keyInPanel(event) {
      if (event.key !== "Enter" && event.key !== "Escape") { return; }
      if (event.target.tagName === "SELECT" && event.key === "Enter") { return; }
      event.preventDefault();
      if (event.key === "Enter") { this.edit(event.target); }
      this.focus(this.selected);
    }

    keyOnShift(event, shift, fine) {
      const step = fine ? 5 : this.step, sign = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
      const across = event.key === "ArrowLeft" || event.key === "ArrowRight";
      if (sign) {
        event.preventDefault();
        if (event.shiftKey) { return this.nudge(shift, across ? { end: sign * step } : { start: sign * step }); }
        return this.nudge(shift, { by: across ? sign * step : sign * week.DAY });
      }
      const does = {
        Delete: () => this.remove(shift.key), Backspace: () => this.remove(shift.key),
        Enter: () => this.section.querySelector("[data-edit=name]").select(), Escape: () => this.choose(null),
      }[event.key];
      if (does) {
        event.preventDefault();
        does();
      }
      return null;
    }
  }

  /* A template fills the grid before anything is saved. */
  class Templates {
    constructor(desk, select) {
      this.desk = desk;
      this.select = select;
      this.all = JSON.parse(byId("week-templates").textContent);
      this.about = document.createElement("p");
      this.about.className = "help week-about";
      this.about.setAttribute("aria-live", "polite");
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "button week-fill";
      this.button.textContent = words.say("showInGrid");
      select.closest(".form-row").append(this.about, this.button);
      this.button.addEventListener("click", () => this.fill());
      select.addEventListener("change", () => this.tell());
      this.tell();
    }

    tell() {
      const made = this.all[this.select.value];
      this.button.hidden = !made;
      byId("id_starts").placeholder = made ? made.hours.map((hour) => week.clock(hour[1])).join(", ") : words.say("asUsual");
      this.about.textContent = made ? made.about : "";
    }

    fill() {
      const made = this.all[this.select.value], starts = byId("id_starts").value.split(/[,;\s]+/).filter(Boolean);
      const begins = byId("id_begins").value, shifts = week.filled(made, starts.map(week.minuteOf), () => this.desk.table.fresh());
      const complaint = typeof shifts === "string" ? shifts : !made.weekly && !begins ? words.say("begins") : "";
      if (complaint) { this.about.textContent = complaint; return; }
      this.desk.selected = null;
      this.desk.change(shifts, words.say("inGrid", made), { cycle: [made.days, made.weekly ? MONDAY : begins] });
      this.select.value = "";
      byId("id_starts").value = "";
      this.tell();
      this.about.textContent = words.say("below", made);
      this.desk.section.scrollIntoView({ block: "nearest" });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const section = byId("week"), group = byId("shifts-group"), table = byId("week-table");
    if (!section || !group) { return; }
    section.hidden = false;
    section.after(...group.querySelectorAll(".errorlist.nonform"));
    table.open = Boolean(group.querySelector(".errorlist"));
    const desk = new Desk(section, group), select = byId("id_template");
    if (select && byId("week-templates")) { new Templates(desk, select); }
  });
})(window.floorlight);
