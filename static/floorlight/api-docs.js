// The description of the API, browsable. Everything comes from this server; a key stays in the page.
(function () {
  "use strict";
  var place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.getAttribute("data-description"),
    validatorUrl: null,
    docExpansion: "none",
    filter: true,
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: -1,
    persistAuthorization: false
  });
})();
