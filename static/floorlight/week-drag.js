/* Mouse, pen and finger on the grid: draw on an empty place, move a shift by its body, resize it by its ends.

   A finger scrolls the page up and down; across a day it draws, and a chosen shift it moves anywhere. */
(function (floorlight) {
  "use strict";
  const week = floorlight.week, STILL = 4, JITTER = 10, EDGE = 28;

  floorlight.WeekDrag = class {
    /* `desk` is asked for shifts, cycle and step, and is told of previews, of what is done, and of clicks. */
    constructor(element, scroll, desk) {
      this.element = element;
      this.scroll = scroll;
      this.desk = desk;
      this.drag = null;
      element.addEventListener("pointerdown", (event) => this.begin(event));
      element.addEventListener("pointermove", (event) => this.move(event));
      element.addEventListener("pointerup", (event) => this.end(event));
      element.addEventListener("pointercancel", () => this.cancel());
      document.addEventListener("keydown", (event) => { if (event.key === "Escape") { this.cancel(); } });
      element.addEventListener("contextmenu", (event) => this.menu(event));
    }

    begin(event) {
      const shift = event.target.closest("[data-key]"), lane = event.target.closest(".week-lane");
      if (event.button !== 0 || this.drag || !lane) { return; }
      this.drag = {
        at: this.place(event), x: event.clientX, y: event.clientY, mode: shift ? this.grip(event, shift) : "draw", moved: false,
        shift: shift ? this.desk.shifts.find((one) => one.key === shift.dataset.key) : null,
        on: Boolean(this.desk.selected),
      };
      if (shift) { this.desk.choose(shift.dataset.key); }
      this.element.setPointerCapture(event.pointerId);
    }

    /* Which part of a shift is held. A finger finds the ends only of the chosen one. */
    grip(event, element) {
      const box = element.getBoundingClientRect(), finger = event.pointerType === "touch";
      const reach = Math.min(finger ? 24 : 9, box.width / 3);
      if (finger && element.dataset.key !== this.desk.selected) { return "move"; }
      if (!element.classList.contains("week-goes-on") && box.right - event.clientX <= reach) { return "end"; }
      return !element.classList.contains("week-tail") && event.clientX - box.left <= reach ? "start" : "move";
    }

    move(event) {
      const drag = this.drag;
      if (!drag || (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STILL)) { return; }
      drag.moved = true;
      this.roll(event);
      drag.result = this.shape(event);
      this.desk.preview(drag.result);
    }

    end(event) {
      const drag = this.drag;
      this.drag = null;
      if (!drag) { return; }
      if (drag.moved) {
        this.desk.preview(null);
        this.desk.done(drag.result, drag.mode);
      } else if (!drag.shift) {
        this.desk.click(Math.floor(drag.at.minute / 60) * 60 + drag.at.day * week.DAY, drag.on);
      } else {
        this.desk.focus(drag.shift.key);
      }
      event.preventDefault();
    }

    cancel() {
      if (this.drag) {
        this.drag = null;
        this.desk.preview(null);
      }
    }

    /* Where the page itself offers a menu, on a finger's long press, nothing is removed. */
    menu(event) {
      const shift = event.target.closest("[data-key]");
      if (!shift || (event.pointerType && event.pointerType !== "mouse")) { return; }
      event.preventDefault();
      this.cancel();
      this.desk.remove(shift.dataset.key);
    }

    /* The day and minute under the pointer; past the edges of a day the minute goes on. */
    place(event) {
      const lanes = [...this.element.querySelectorAll(".week-lane")], box = lanes[0].getBoundingClientRect();
      const day = lanes.findIndex((lane) => event.clientY < lane.getBoundingClientRect().bottom);
      const minute = (event.clientX - box.left) / box.width * week.DAY;
      return { day: day < 0 ? lanes.length - 1 : day, minute };
    }

    shape(event) {
      const { mode, shift, at } = this.drag, to = this.place(event), step = event.shiftKey ? 5 : this.desk.step;
      const round = (minute) => Math.round(minute / step) * step;
      if (mode === "move") {
        const still = Math.abs(event.clientX - this.drag.x) < JITTER;
        const by = still ? 0 : to.minute - at.minute;
        const start = still ? shift.start : round(shift.start + by);
        return { ...week.begunAt(shift, (shift.day + to.day - at.day) * week.DAY + start, this.desk.cycle.days), key: shift.key };
      }
      if (mode === "draw") {
        const from = round(week.clamp(at.minute, 0, week.DAY)) + at.day * week.DAY;
        return this.between(null, from, this.against(from, to, at.day, round), step);
      }
      const start = week.begin(shift), stop = start + shift.minutes;
      if (mode === "start") {
        const from = this.against(stop, to, at.day, round);
        return this.between(shift, Math.min(from, stop - step), stop, step);
      }
      return this.between(shift, start, Math.max(this.against(start, to, at.day, round), start + step), step);
    }

    /* Where the pointer is, as near as can be to a fixed end of the shift. A pointer that has slipped onto a neighbouring
       day, where the shift would last longer than a day, is taken for one on the day where it began. */
    against(fixed, to, day, round) {
      const days = this.desk.cycle.days, minute = round(week.clamp(to.minute, 0, week.DAY + 12 * 60));
      const exact = to.day * week.DAY + minute;
      const free = to.day === day && Math.abs(exact - fixed) <= week.MOST ? exact : week.near(exact, fixed, days);
      if (Math.abs(free - fixed) <= week.MOST) { return free; }
      const slipped = day * week.DAY + minute;
      return week.clamp(week.near(slipped, fixed, days), fixed - week.MOST, fixed + week.MOST);
    }

    between(shift, one, other, step) {
      const from = Math.min(one, other), minutes = week.clamp(Math.abs(other - one), step, week.MOST);
      return { ...week.begunAt(shift || {}, from, this.desk.cycle.days), minutes, key: shift ? shift.key : null };
    }

    /* A long cycle scrolls along when the pointer comes to its edge. */
    roll(event) {
      const box = this.scroll.getBoundingClientRect();
      const past = (place, least, most) => place < least + EDGE ? -12 : place > most - EDGE ? 12 : 0;
      this.scroll.scrollTop += past(event.clientY, box.top + EDGE, box.bottom);
      if (this.scroll.scrollWidth > this.scroll.clientWidth) { this.scroll.scrollLeft += past(event.clientX, box.left, box.right); }
    }
  };
})(window.floorlight);
