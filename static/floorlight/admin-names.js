/* Names for what Django's admin draws by script: who does not see a field's label must hear it all the same.
   Deferred, so that it comes after the scripts that draw. */
(function () {
  "use strict";

  /* The label of a field; in a table the head of its column. */
  function labelOf(field) {
    var label = document.querySelector('label[for="' + field.id + '"]'), table = field.closest("table");
    if (!label && table) { label = table.querySelector("th.column-" + field.name.split("-").pop()); }
    if (label && !label.id) { label.id = "name-of-" + field.id; }
    return label;
  }

  function nameSearch(field) {
    var label = labelOf(field), drawn = field.nextElementSibling;
    if (!label || !drawn || !drawn.classList.contains("select2")) { return; }
    drawn.querySelectorAll(".select2-selection--single").forEach(function (box) {
      var value = box.querySelector(".select2-selection__rendered");
      box.setAttribute("aria-labelledby", label.id + " " + value.id);
      value.setAttribute("aria-labelledby", label.id + " " + value.id);
    });
    drawn.querySelectorAll(".select2-search__field").forEach(function (box) {
      box.setAttribute("aria-labelledby", label.id);
    });
  }

  function nameAll() {
    document.querySelectorAll("select.admin-autocomplete").forEach(nameSearch);
    document.querySelectorAll("span.help-tooltip[aria-label]").forEach(function (mark) { mark.setAttribute("role", "img"); });
  }

  document.addEventListener("formset:added", nameAll);
  window.addEventListener("load", function () {
    var jQuery = window.django && window.django.jQuery;
    if (!jQuery) { nameAll(); return; }
    jQuery(nameAll);
    /* What is searched in is drawn when it is opened. */
    jQuery(document).on("select2:open", function (event) {
      var box = document.querySelector(".select2-container--open .select2-dropdown .select2-search__field");
      var label = labelOf(event.target);
      if (box && label) { box.setAttribute("aria-labelledby", label.id); }
    });
  });
})();
