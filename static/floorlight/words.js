/* The words that scripts show, in the language of the page: it brings them, they carry none of their own.

   The page that is kept without anybody's data takes those that the tablet spoke last. */
(function () {
  "use strict";
  const SAMPLES = [1, 2, 5];
  const own = document.getElementById("words"), root = document.documentElement;
  let said = Object.assign({}, own.dataset);

  function filled(text, values) {
    return (text || "").replace(/\{(\w+)\}/g, (whole, name) => values && name in values ? values[name] : whole);
  }
  /* Each number of the samples stands for those that a language counts alike. */
  function like(number) {
    const rules = new Intl.PluralRules(root.lang);
    return SAMPLES.find((one) => rules.select(one) === rules.select(number)) || SAMPLES[SAMPLES.length - 1];
  }
  window.words = {
    say: (name, values) => filled(said[name], values),
    count: (name, number, values) => filled(said[name + like(number)], Object.assign({ n: number }, values)),
    spoken: () => ({ language: root.lang, said: said }),
    speak: (kept) => {
      root.lang = kept.language;
      said = Object.assign({}, said, kept.said);
      document.querySelectorAll("[data-say]").forEach((element) => { element.textContent = said[element.getAttribute("data-say")]; });
    },
  };
})();
