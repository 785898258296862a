// Comfort for the report builder, which works without: finding a number while typing, and looking again by itself.
(() => {
  const field = document.querySelector("[data-find]");
  if (!field) return;
  const list = document.getElementById(field.dataset.find);
  const find = () => {
    const word = field.value.trim().toLowerCase();
    for (const group of list.querySelectorAll("fieldset")) {
      let shown = 0;
      for (const row of group.querySelectorAll("label")) {
        const box = row.querySelector("input");
        const said = `${row.textContent} ${box.value}`.toLowerCase();
        row.hidden = !(box.checked || said.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      group.hidden = shown === 0;
    }
  };
  field.addEventListener("input", find);
})();

(() => {
  const part = document.querySelector("[data-again]");
  if (!part) return;
  const look = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("[data-again] .progress");
      if (answer.ok && !next) {
        location.reload();
        return;
      }
      if (next) part.querySelector(".progress").replaceWith(next);
    } catch {
      // The network is away: the next turn asks again.
    }
    setTimeout(look, Number(part.dataset.again));
  };
  setTimeout(look, Number(part.dataset.again));
})();
