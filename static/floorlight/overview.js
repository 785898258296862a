/* What lives is drawn anew; whoever walks through it by keyboard stays where he was. */
(function () {
  "use strict";
  let at = "";
  document.addEventListener("focusin", function (event) { at = event.target.id; });
  document.body.addEventListener("drawn", function () {
    const again = at && document.activeElement === document.body && document.getElementById(at);
    if (again) { again.focus({ preventScroll: true }); }
  });
})();
