/* Drags over the timeline lead to the part that was chosen; + - 0 and the arrows on it press the buttons above. */
(function () {
  "use strict";
  const box = document.querySelector("[data-zoom]"), svg = box && box.querySelector(".chart svg");
  if (!svg) { return; }
  const from = Number(box.dataset.from), length = Number(box.dataset.length), LEAST = 4;
  const width = svg.viewBox.baseVal.width, left = Number(box.dataset.left), right = width - Number(box.dataset.right);
  let begun = null, mark = null, dragged = false;

  function place(event) {
    const seen = svg.getBoundingClientRect();
    const x = ((event.clientX - seen.left) / seen.width) * width;
    return Math.min(Math.max(x, left), right);
  }
  function instant(x) {
    return new Date((from + ((x - left) / (right - left)) * length) * 1000).toISOString();
  }
  function draw(x) {
    if (!mark) {
      mark = document.createElementNS(svg.namespaceURI, "rect");
      mark.setAttribute("class", "chosen");
      mark.setAttribute("y", "0");
      mark.setAttribute("height", String(svg.viewBox.baseVal.height));
      svg.appendChild(mark);
    }
    mark.setAttribute("x", String(Math.min(begun, x)));
    mark.setAttribute("width", String(Math.abs(x - begun)));
  }
  function leave() {
    begun = null;
    if (mark) { mark.remove(); mark = null; }
  }

  svg.addEventListener("pointerdown", function (event) {
    if (event.button === 0 && event.isPrimary && event.pointerType !== "touch") { begun = place(event); dragged = false; }
  });
  window.addEventListener("pointermove", function (event) {
    if (begun !== null && (dragged || Math.abs(place(event) - begun) > LEAST)) { dragged = true; draw(place(event)); }
  });
  window.addEventListener("pointerup", function (event) {
    if (begun === null) { return; }
    const other = place(event), edges = [Math.min(begun, other), Math.max(begun, other)];
    const wants = dragged;
    leave();
    if (wants) {
      location.assign("?from=" + encodeURIComponent(instant(edges[0])) + "&to=" + encodeURIComponent(instant(edges[1])));
    }
  });
  window.addEventListener("pointercancel", leave);
  /* The end of a drag is no click on what lies there; and a link is not to be dragged away. */
  svg.addEventListener("click", function (event) { if (dragged) { event.preventDefault(); dragged = false; } }, true);
  svg.addEventListener("dragstart", function (event) { event.preventDefault(); });

  window.addEventListener("keydown", function (event) { if (event.key === "Escape") { leave(); } });
  /* Keys only where the timeline has the focus, which it keeps on the next page. */
  const section = box.closest("section"), seen = box.querySelector("[tabindex]");
  section.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    const way = section.querySelector('[data-key="' + CSS.escape(event.key) + '"]');
    if (way) { event.preventDefault(); sessionStorage.setItem("zoomed", "1"); way.click(); }
  });
  if (sessionStorage.getItem("zoomed")) { sessionStorage.removeItem("zoomed"); seen.focus(); }
})();
