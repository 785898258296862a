/* What a tablet does beside the pages' own forms: a slider that says where it stands, and photos made small.

   All of it works without: then buttons ask the server, and a photo is sent as it was taken. */
(function () {
  "use strict";
  var LONGEST = 1600, QUALITY = 0.85;

  function two(n) { return (n < 10 ? "0" : "") + n; }
  function lasting(seconds) {
    if (seconds >= 3600) { return Math.floor(seconds / 3600) + ":" + two(Math.floor(seconds / 60) % 60) + " h"; }
    return seconds >= 60 || !seconds ? Math.floor(seconds / 60) + " min" : seconds + " s";
  }
  function clock(form, seconds) {
    var how = { timeZone: form.getAttribute("data-zone"), hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    if (Number(form.elements.at.step) < 60) { how.second = "2-digit"; }
    return new Intl.DateTimeFormat("en-GB", how).format(new Date(seconds * 1000));
  }

  function tell(form) {
    var at = Number(form.elements.at.value);
    form.querySelector("[data-at]").textContent = clock(form, at);
    form.elements.at.setAttribute("aria-valuetext", clock(form, at));
    form.querySelector("[data-before]").textContent = lasting(Math.max(at - Number(form.getAttribute("data-starts")), 0));
    form.querySelector("[data-after]").textContent = lasting(Math.max(Number(form.getAttribute("data-ends")) - at, 0));
  }
  function slider(element) { return element.closest && element.closest("form[data-slider]"); }
  document.addEventListener("input", function (event) {
    var form = slider(event.target);
    if (form) { tell(form); }
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-move]"), form = button && slider(button);
    if (!form) { return; }
    event.preventDefault();
    form.elements.at.value = Number(form.elements.at.value) + Number(button.getAttribute("data-move"));
    tell(form);
  });
  document.addEventListener("htmx:load", function (event) {
    var form = event.target.querySelector && event.target.querySelector("form[data-slider]");
    if (form) { tell(form); }
  });

  /* Whoever signs on is spoken to in his language: the page is loaded anew in it, unless somebody writes. */
  setInterval(function () {
    var spoken = document.querySelector(".state[lang]"), writing = document.querySelector("#desk textarea, #desk input[type=number]");
    if (spoken && spoken.lang !== document.documentElement.lang && !writing) { location.reload(); }
  }, 1000);

  /* A telephone's photo is 5 MB, and a hall's Wi-Fi is slow: what is sent is what will be kept. */
  function shrunk(file, done) {
    if (!window.createImageBitmap || !window.DataTransfer) { return; }
    createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      canvas.toBlob(function (blob) { if (blob) { done(blob, canvas.toDataURL("image/jpeg", 0.5)); } }, "image/jpeg", QUALITY);
    }).catch(function () { /* the server says what is wrong with it */ });
  }
  document.addEventListener("change", function (event) {
    var field = event.target, file = field.files && field.files[0], taken;
    if (!field.hasAttribute("data-photo")) { return; }
    taken = field.form.querySelector(".taken");
    taken.hidden = true;
    if (!file) { return; }
    shrunk(file, function (blob, shown) {
      var files = new DataTransfer();
      files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
      field.files = files.files;
      taken.src = shown;
      taken.hidden = false;
    });
  });
})();
