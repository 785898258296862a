/* The shifts of a cycle as plain data, and what can be done with them. Knows nothing of the page.

   A shift is {key, name, day, start, minutes, attendance, team}: it begins at a minute of a day and lasts at most a day.
   The cycle is a ring: its last day is followed by its first. */
(function (floorlight) {
  "use strict";
  const DAY = 1440, MOST = DAY, LEAST = 5;

  const mod = (number, base) => ((number % base) + base) % base;
  const begin = (shift) => shift.day * DAY + shift.start;
  const two = (number) => String(number).padStart(2, "0");
  const clock = (minute) => two(Math.floor(mod(minute, DAY) / 60)) + ":" + two(mod(minute, 60));
  const clamp = (number, least, most) => Math.min(Math.max(number, least), most);

  function minuteOf(text) {
    const found = /^(\d{1,2}):(\d\d)/.exec(text);
    return found ? (Number(found[1]) * 60 + Number(found[2])) % DAY : null;
  }

  /* As people type a time: 5:30, 530, 5. Null for what is none. */
  function typed(text) {
    const found = /^\s*(\d{1,2})[:.h]?(\d\d)?\s*$/.exec(text), hour = found ? Number(found[1]) : 25, minute = found ? Number(found[2] || 0) : 0;
    return hour * 60 + minute > DAY || minute > 59 ? null : (Math.round((hour * 60 + minute) / 5) * 5) % DAY;
  }

  /* The minutes from one time of day to the next; the same time is a whole day. */
  const span = (start, end) => mod(end - start, DAY) || DAY;

  function length(minutes) {
    const hours = Math.floor(minutes / 60), rest = minutes % 60;
    return [hours ? hours + " h" : "", rest ? rest + " min" : ""].filter(Boolean).join(" ") || "0 h";
  }

  /* How a day is called that is no weekday. */
  const numbered = (day) => words.say("day", { n: day + 1 });

  /* How the days of a cycle are called. `weekday` is that of its first day. */
  function names(days, weekday) {
    const weekly = days % 7 === 0, long = [], short = [], full = words.say("weekdays").split("|"), brief = words.say("weekdaysShort").split("|");
    for (let day = 0; day < days; day += 1) {
      const name = full[(weekday + day) % 7], few = brief[(weekday + day) % 7];
      long.push(days === 7 ? name : weekly ? words.say("dayNamed", { n: day + 1, name }) : numbered(day));
      short.push(days === 7 ? few : weekly ? few + " " + (day + 1) : numbered(day));
    }
    const resting = (day) => weekly && (weekday + day) % 7 > 4;
    return { long, short, weekly, resting };
  }

  /* The same shift, begun at a minute counted from the beginning of the cycle. */
  function begunAt(shift, minute, days) {
    const at = mod(minute, days * DAY);
    return { ...shift, day: Math.floor(at / DAY), start: at % DAY };
  }

  /* `minute` or its like in the cycle before or after: whichever is nearest to `to`. */
  function near(minute, to, days) {
    const ring = days * DAY, ahead = mod(minute - to, ring);
    return to + (ahead > ring / 2 ? ahead - ring : ahead);
  }

  /* Pairs of shifts that share time. */
  function clashes(shifts, days) {
    const ring = days * DAY, found = [];
    const ordered = shifts.filter((shift) => shift.day < days).sort((one, other) => begin(one) - begin(other));
    ordered.forEach((shift, number) => {
      for (let n = 1; n < ordered.length; n += 1) {
        const after = ordered[(number + n) % ordered.length];
        if (mod(begin(after) - begin(shift), ring) >= shift.minutes) { break; }
        found.push([shift, after]);
      }
    });
    return found;
  }

  /* Where it is drawn: on its own day and, past midnight, on the next one. */
  function pieces(shift, days) {
    const end = shift.start + shift.minutes;
    const own = { day: shift.day, from: shift.start, to: Math.min(end, DAY), first: true, last: end <= DAY };
    if (own.last) { return [own]; }
    const next = shift.day < days ? (shift.day + 1) % days : shift.day + 1;
    return [own, { day: next, from: 0, to: end - DAY, first: false, last: true }];
  }

  /* The first free place of a day: of eight hours, or as long as there is room. */
  function room(shifts, day, days) {
    const taken = shifts.flatMap((shift) => pieces(shift, days)).filter((piece) => piece.day === day);
    taken.sort((one, other) => one.from - other.from);
    const tries = [6 * 60, ...taken.map((piece) => piece.to % DAY), 0];
    const free = tries.map((from) => ({ from, to: freeUntil(taken, from) })).filter((gap) => gap.to - gap.from >= 15);
    const long = free.find((gap) => gap.to - gap.from >= 480) || free[0];
    return long ? { start: long.from, minutes: Math.min(long.to - long.from, 480) } : null;
  }

  function freeUntil(taken, from) {
    if (taken.some((piece) => piece.from <= from && from < piece.to)) { return from; }
    return Math.min(DAY, ...taken.filter((piece) => piece.from > from).map((piece) => piece.from));
  }

  /* What a new shift is probably called: as others that begin at that time, else after the time of day. */
  function proposal(shifts, start, minutes) {
    const like = shifts.filter((shift) => shift.start === start);
    const teams = new Set(like.map((shift) => shift.team));
    const hour = start / 60, long = minutes > 600 && hour >= 4 && hour < 12;
    const name = words.say(long ? "nameDay" : hour >= 4 && hour < 12 ? "nameEarly" : hour >= 12 && hour < 20 ? "nameLate" : "nameNight");
    if (!like.length) { return { name, attendance: "attended", team: "" }; }
    return { name: like[0].name, attendance: like[0].attendance, team: teams.size === 1 ? like[0].team : "" };
  }

  /* A shift that ends at 00:00 and one like it that begins there are one. Null where there is nothing to join. */
  function joined(shifts, key, days) {
    const shift = shifts.find((one) => one.key === key), ring = days * DAY;
    const fits = (first, second) => first !== second
      && mod(begin(second) - begin(first), ring) === first.minutes && second.start === 0
      && first.minutes + second.minutes <= MOST
      && ["name", "attendance", "team"].every((field) => first[field] === second[field]);
    for (const other of shifts) {
      for (const [first, second] of [[shift, other], [other, shift]]) {
        if (fits(first, second)) {
          const whole = { ...first, minutes: first.minutes + second.minutes };
          const rest = shifts.filter((one) => one !== first && one !== second);
          return { shifts: [...rest, whole], key: whole.key };
        }
      }
    }
    return null;
  }

  const same = (one, other) => one.day === other.day && one.start === other.start && one.minutes === other.minutes;

  /* One shift, also on other days; where it is already, nothing comes. */
  function copiedShift(shifts, shift, to, fresh) {
    const copies = to.map((day) => ({ ...shift, day, key: fresh() }));
    return [...shifts, ...copies.filter((copy) => !shifts.some((other) => same(other, copy)))];
  }

  /* All shifts that begin on a day, also on other days: there they come instead of what was. */
  function copiedDay(shifts, from, to, fresh) {
    const pattern = shifts.filter((shift) => shift.day === from), others = to.filter((day) => day !== from);
    const kept = shifts.filter((shift) => !others.includes(shift.day));
    return [...kept, ...others.flatMap((day) => pattern.map((shift) => ({ ...shift, day, key: fresh() })))];
  }

  /* The shifts of a template; `starts` are minutes of the day, or empty for the usual ones. A string is a complaint. */
  function filled(made, starts, fresh) {
    const begins = starts.length ? starts : made.hours.map((hour) => hour[1]);
    const usual = made.hours.map((hour) => clock(hour[1])).join(", ");
    if (begins.length !== made.hours.length) { return words.say("startsMany", { usual }); }
    if (begins.some((minute) => minute === null || minute % 5)) { return words.say("startsLike", { usual }); }
    const gaps = begins.map((start, n) => span(start, begins[(n + 1) % begins.length]));
    if (gaps.reduce((sum, gap) => sum + gap, 0) !== DAY) { return words.say("startsOrder"); }
    return made.places.map(([hour, day, team]) => ({
      key: fresh(), name: made.hours[hour][0], day, start: begins[hour], attendance: "attended", team,
      minutes: made.whole ? gaps[hour] : Math.min(gaps[hour], made.hours[hour][2]),
    }));
  }

  floorlight.week = {
    DAY, MOST, LEAST, mod, begin, clock, clamp, minuteOf, typed, span, length, numbered, names, begunAt, near, clashes, pieces, room,
    proposal, joined, copiedShift, copiedDay, filled,
  };
})(window.floorlight = window.floorlight || {});
