/* The rows of the form: read as shifts, and written so that what is drawn is what is posted.

   A row that is saved already and no longer wanted is ticked for deletion; a new one is emptied, which the server
   passes over, and used again for the next new shift. */
(function (floorlight) {
  "use strict";
  const week = floorlight.week, FIELDS = ["name", "day", "start", "end", "attendance", "team"];

  floorlight.WeekTable = class {
    constructor(group) {
      this.group = group;
      this.prefix = group.id.replace(/-group$/, "");
      this.rows = new Map();
      this.count = 0;
    }

    fresh() {
      this.count += 1;
      return "s" + this.count;
    }

    field(row, name) {
      return row.querySelector(`[name^="${this.prefix}-"][name$="-${name}"]`);
    }

    all() {
      return [...this.group.querySelectorAll("tr.form-row:not(.empty-form)")];
    }

    /* The shifts that would be posted now; rows keep their keys. */
    read() {
      for (const [key, row] of this.rows) {
        if (!row.isConnected) { this.rows.delete(key); }
      }
      const keys = new Map([...this.rows].map(([key, row]) => [row, key])), shifts = [];
      for (const row of this.all()) {
        const shift = this.shiftOf(row);
        if (!shift) { continue; }
        shift.key = keys.get(row) || this.fresh();
        this.rows.set(shift.key, row);
        shifts.push(shift);
      }
      return shifts;
    }

    shiftOf(row) {
      const value = (name) => (this.field(row, name) || { value: "" }).value, gone = this.field(row, "DELETE");
      const start = week.minuteOf(value("start")), end = week.minuteOf(value("end")), day = parseInt(value("day"), 10);
      if ((gone && gone.checked) || start === null || end === null || !(day >= 0)) { return null; }
      return { name: value("name"), day, start, minutes: week.span(start, end), attendance: value("attendance"), team: value("team") };
    }

    write(shifts) {
      const wanted = new Set(shifts.map((shift) => shift.key));
      for (const [key, row] of this.rows) {
        if (!wanted.has(key)) { this.drop(key, row); }
      }
      const free = this.all().filter((row) => row.hidden);
      for (const shift of shifts) {
        let row = this.rows.get(shift.key);
        if (!row) {
          row = free.pop() || this.added();
          this.rows.set(shift.key, row);
        }
        this.fill(row, shift);
      }
    }

    fill(row, shift) {
      const values = { ...shift, start: week.clock(shift.start), end: week.clock(shift.start + shift.minutes) };
      const gone = this.field(row, "DELETE");
      for (const name of FIELDS) {
        const field = this.field(row, name);
        if (field.value !== String(values[name])) { field.value = values[name]; }
      }
      if (gone) { gone.checked = false; }
      row.hidden = false;
    }

    drop(key, row) {
      const gone = this.field(row, "DELETE");
      if (gone) {
        gone.checked = true;
        return;
      }
      for (const name of FIELDS) { this.field(row, name).value = name === "attendance" ? "attended" : ""; }
      row.hidden = true;
      this.rows.delete(key);
    }

    added() {
      const template = document.getElementById(this.prefix + "-empty"), row = template.cloneNode(true);
      const total = document.getElementById(`id_${this.prefix}-TOTAL_FORMS`), number = Number(total.value);
      for (const element of [row, ...row.querySelectorAll("*")]) {
        for (const name of ["id", "name", "for"]) {
          const text = element.getAttribute(name);
          if (text) { element.setAttribute(name, text.replace("__prefix__", number)); }
        }
      }
      row.id = `${this.prefix}-${number}`;
      row.classList.remove("empty-form");
      row.classList.add(`dynamic-${this.prefix}`);
      template.before(row);
      total.value = number + 1;
      return row;
    }
  };
})(window.floorlight);
