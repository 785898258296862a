/* Keys as large as gloves: digits go where a finger last was, and the tablet's own keyboard stays away.

   Without it the fields are filled as any others. */
(function () {
  "use strict";
  var MOST = 9;

  function aim(form, field) {
    form.querySelectorAll(".amount").forEach(function (label) {
      label.classList.toggle("aimed", label.contains(field));
    });
    form.padField = field;
  }
  /* The button says what it will do, and so does what waits for the network. */
  function say(form) {
    var button = form.querySelector("[data-says] b"), said = [];
    form.querySelectorAll(".amount input").forEach(function (field) {
      if (Number(field.value)) { said.push(field.value + " " + field.getAttribute("data-called")); }
    });
    button.verb = button.verb || button.textContent;
    button.textContent = [button.verb, said.join(", ")].join(" ").trim();
  }
  function ready(root) {
    (root.querySelectorAll ? root : document).querySelectorAll("form[data-pad]").forEach(function (form) {
      form.querySelectorAll(".amount input").forEach(function (field) {
        field.inputMode = "none";
        field.untouched = true;
      });
      aim(form, form.elements.good);
      say(form);
    });
  }
  function press(field, key) {
    var text = field.untouched && key ? "" : field.value;
    field.untouched = false;
    if (key === "." && text.indexOf(".") >= 0) { return; }
    text = key ? text + key : text.slice(0, -1);
    field.value = text.replace(/^0+(?=\d)/, "").replace(/^\./, "0.").slice(0, MOST);
  }
  document.addEventListener("focusin", function (event) {
    var form = event.target.closest && event.target.closest("form[data-pad]");
    if (form && event.target.closest(".amount")) { aim(form, event.target); }
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-digit]"), form = button && button.closest("form[data-pad]");
    if (form) { press(form.padField || form.elements.good, button.getAttribute("data-digit")); say(form); }
  });
  document.addEventListener("input", function (event) {
    var form = event.target.closest && event.target.closest("form[data-pad]");
    if (form) { say(form); }
  });
  document.addEventListener("htmx:load", function (event) { ready(event.target); });
  ready(document);
})();
