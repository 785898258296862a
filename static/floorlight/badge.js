/* A badge that is read anywhere on the page signs its owner on: readers type fast, and end with Enter.

   Whoever types into a field is left alone. */
(function () {
  "use strict";
  const FAST = 60, SHORTEST = 3;
  const form = document.getElementById("badge");
  let typed = "", last = 0;

  function isField(element) { return element.matches && element.matches("input, textarea, select"); }
  document.addEventListener("keydown", (event) => {
    /* When the key was pressed: a busy page hears of it later. */
    const fast = event.timeStamp - last < FAST;
    last = event.timeStamp;
    if (!fast) { typed = ""; }
    if (!form || isField(event.target) || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key === "Enter" && typed.length >= SHORTEST) {
      event.preventDefault();
      form.elements.badge.value = typed;
      typed = "";
      form.requestSubmit();
    } else if (event.key.length === 1) { typed += event.key; }
  });
})();
