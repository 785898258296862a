// Comfort for the report builder, which works without: finding a number while typing.
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
  // Enter finds; what is chosen is shown by the button below.
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
})();
