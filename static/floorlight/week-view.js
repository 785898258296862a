/* Draws a cycle: a row for each day, and in it the shifts, each a button that the Tab key reaches. */
(function (floorlight) {
  "use strict";
  const week = floorlight.week;

  function made(tag, name, text) {
    const element = document.createElement(tag);
    element.className = name;
    if (text) { element.textContent = text; }
    return element;
  }

  floorlight.WeekView = class {
    constructor(hours, days) {
      this.days = days;
      this.rows = [];
      this.buttons = new Map();
      this.tails = new Map();
      for (let hour = 0; hour <= 24; hour += 1) {
        const mark = made("span", "week-hour" + (hour % 2 ? " week-odd" : ""), String(hour));
        mark.style.setProperty("--from", hour * 60);
        hours.append(mark);
      }
    }

    /* `cycle` is {days, weekday}; shifts beyond its end are drawn on days of their own. */
    draw(shifts, cycle, selected, clashes) {
      const last = Math.max(0, ...shifts.map((shift) => shift.day + 1));
      this.names = week.names(cycle.days, cycle.weekday);
      this.head(Math.max(cycle.days, last), cycle);
      const clashing = new Map(), lanes = this.rows.map(() => []), teams = [...new Set(shifts.map((shift) => shift.team))].sort();
      for (const [one, other] of clashes) {
        clashing.set(one.key, other);
        clashing.set(other.key, one);
      }
      for (const shift of shifts) {
        for (const piece of week.pieces(shift, cycle.days)) {
          const element = piece.first ? this.button(shift) : this.tail(shift);
          this.place(element, shift, piece, teams);
          element.classList.toggle("week-chosen", shift.key === selected);
          element.classList.toggle("week-clash", clashing.has(shift.key) || shift.day >= cycle.days);
          if (piece.first) { this.tell(element, shift, clashing.get(shift.key), cycle); }
          if (lanes[piece.day]) { lanes[piece.day].push([piece.from, element]); }
        }
      }
      this.fill(lanes);
    }

    head(number, cycle) {
      while (this.rows.length > number) { this.rows.pop().row.remove(); }
      while (this.rows.length < number) { this.rows.push(this.row(this.rows.length)); }
      this.rows.forEach(({ row, label, add }, day) => {
        const inside = day < cycle.days, name = inside ? this.names.long[day] : words.say("dayAfter", { n: day + 1 });
        row.setAttribute("aria-label", name);
        label.textContent = inside ? this.names.short[day] : week.numbered(day);
        add.setAttribute("aria-label", words.say("addOn", { day: name }));
        add.disabled = !inside;
        row.classList.toggle("week-resting", inside && this.names.resting(day));
        row.classList.toggle("week-outside", !inside);
      });
    }

    row(day) {
      const row = made("div", "week-day"), head = made("div", "week-head"), label = made("span", "week-label");
      const add = made("button", "week-add", "+"), lane = made("div", "week-lane");
      row.setAttribute("role", "group");
      add.type = "button";
      add.dataset.add = day;
      lane.dataset.day = day;
      head.append(label, add);
      row.append(head, lane);
      this.days.append(row);
      return { row, label, add, lane };
    }

    button(shift) {
      if (!this.buttons.has(shift.key)) {
        const button = made("button", "week-shift");
        button.type = "button";
        button.dataset.key = shift.key;
        this.buttons.set(shift.key, this.ends(button));
      }
      return this.buttons.get(shift.key);
    }

    tail(shift) {
      if (!this.tails.has(shift.key)) {
        const tail = made("div", "week-shift week-tail");
        tail.dataset.key = shift.key;
        tail.setAttribute("aria-hidden", "true");
        this.tails.set(shift.key, this.ends(tail));
      }
      return this.tails.get(shift.key);
    }

    ends(element) {
      const start = made("span", "week-end week-start"), end = made("span", "week-end week-stop");
      element.append(start, made("b", "week-name"), made("span", "week-time"), end);
      return element;
    }

    place(element, shift, piece, teams) {
      element.style.setProperty("--from", piece.from);
      element.style.setProperty("--to", piece.to);
      element.classList.toggle("week-goes-on", !piece.last);
      element.dataset.attendance = shift.attendance;
      element.dataset.team = shift.team ? String(teams.filter(Boolean).indexOf(shift.team) % 6) : "";
      element.querySelector(".week-name").textContent = shift.name + (shift.team ? " " + shift.team : "");
      element.querySelector(".week-time").textContent = this.times(shift);
      element.title = `${shift.name} ${this.times(shift)}`;
    }

    times(shift) {
      return `${week.clock(shift.start)}–${week.clock(shift.start + shift.minutes)}`;
    }

    brief(shift) {
      return `${shift.name} ${this.names.long[shift.day]} ${this.times(shift)}`;
    }

    /* A shift in words, as it is read out. */
    words(shift, cycle) {
      const end = shift.start + shift.minutes, next = this.names.long[(shift.day + 1) % cycle.days];
      const name = [shift.name || words.say("noName"), shift.team && words.say("team", { team: shift.team })].filter(Boolean).join(", ");
      const until = end > week.DAY ? `${next} ${week.clock(end)}` : end === week.DAY ? "24:00" : week.clock(end);
      const from = `${this.names.long[shift.day] || week.numbered(shift.day)} ${week.clock(shift.start)}`;
      const attendance = shift.attendance === "attended" ? "" : words.say(shift.attendance);
      return [name, words.say("fromTo", { from, until }), week.length(shift.minutes), attendance].filter(Boolean).join(", ");
    }

    tell(button, shift, other, cycle) {
      const said = this.words(shift, cycle);
      button.setAttribute("aria-label", other ? words.say("clashing", { one: said, other: this.words(other, cycle) }) : said);
    }

    /* Each lane gets its elements in the order of time; what has the focus keeps it. */
    fill(lanes) {
      const focused = document.activeElement;
      lanes.forEach((elements, day) => {
        const wanted = elements.sort((one, other) => one[0] - other[0]).map(([, element]) => element);
        const lane = this.rows[day].lane, there = [...lane.children];
        if (wanted.length !== there.length || wanted.some((element, n) => element !== there[n])) { lane.replaceChildren(...wanted); }
      });
      if (focused !== document.activeElement && focused.isConnected && this.days.contains(focused)) {
        focused.focus({ preventScroll: true });
      }
    }
  };
})(window.floorlight);
