"use strict";
// Which schemes remain: the answers given are looked up in a table that analysis/advice/choices.py made. No rule is here.
{
  const choices = JSON.parse(document.getElementById("choices").textContent);
  const place = document.querySelector("[data-choices]"), form = place.querySelector("form");
  const rows = choices.schemes.map(({ scheme }) => place.querySelector(`[data-scheme="${CSS.escape(scheme)}"]`));
  const because = { excludes: "because", reservation: "but", meets: "meets:" };

  function answerTo({ name }) {
    const field = form.elements[name];
    return field.type === "checkbox" ? Number(field.checked) : Number(field.value);
  }

  // The place of the answers in the group's table: the last question's answer changes fastest.
  const combination = (group) => group.choices.reduce((place, choice) => place * choice.answers.length + answerTo(choice), 0);

  function reasonsOf(scheme) {
    const numbers = choices.groups.flatMap((group) => group.reasons[combination(group)][scheme]);
    return numbers.map((number) => choices.reasons[number]);
  }

  function write(row, reasons) {
    const remains = !reasons.some(({ effect }) => effect === "excludes");
    const told = remains ? reasons : reasons.filter(({ effect }) => effect === "excludes");
    row.classList.toggle("apart", !remains);
    row.querySelector("[data-of=remains]").textContent = remains ? "remains" : "excluded";
    const list = document.createElement("ul");
    for (const { effect, source, by, words } of told) {
      const line = document.createElement("li"), tag = document.createElement("span");
      tag.className = `source ${source}`;
      tag.textContent = source;
      if (source === "measured") tag.title = by;
      line.append(`${because[effect]} ${words} `, tag);
      list.append(line);
    }
    row.querySelector("[data-of=why]").replaceChildren(told.length ? list : "-");
    return remains;
  }

  function show() {
    const remain = rows.map((row, scheme) => write(row, reasonsOf(scheme)));
    const left = rows.filter((_, scheme) => remain[scheme]), out = rows.filter((_, scheme) => !remain[scheme]);
    rows[0].parentElement.append(...left, ...out);
    const asked = choices.groups.some((group) => combination(group) > 0);
    const which = !asked && out.length === 0 ? (left.length === 1 ? "only" : "nothing") : { 0: "none", 1: "one" }[left.length] || "some";
    const names = left.map((row) => row.dataset.scheme).join(", ");
    place.querySelector("[data-sentence]").textContent = wording.fill(choices.sentences[which], { left: left.length, schemes: rows.length, names });
  }

  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  show();
}
