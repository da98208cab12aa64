"use strict";
// The panel: reads its inputs, plans with them (plan.js), and writes what follows into the tables.
{
  const panel = JSON.parse(document.getElementById("panel").textContent);
  const place = document.querySelector("[data-panel]"), form = place.querySelector("form");
  const find = (selector) => place.querySelector(selector);
  const units = { nodes: "nodes", store_nodes: "nodes", store_memory: "bytes" };
  const missingAs = { cores: "cores", nodes: "cores", store_nodes: "shards", store_memory: "store_memory", store_connections: "shards" };

  // A slider's steps are equal factors: from 10 to 100 is as far as from 100 to 1000.
  const sliders = [...form.querySelectorAll("[type=range]")];
  const spans = new Map(sliders.map((slider) => [slider, [Math.log(slider.dataset.low), Math.log(slider.dataset.high)]]));
  const fieldOf = (key) => form.elements[key];

  function moveSlider(slider) {
    const [low, high] = spans.get(slider), value = Number(fieldOf(slider.dataset.of).value);
    if (value > 0) slider.value = Math.round((slider.max * (Math.log(value) - low)) / (high - low));
    slider.setAttribute("aria-valuetext", fieldOf(slider.dataset.of).value);
  }

  function readSlider(slider) {
    const [low, high] = spans.get(slider), value = Math.exp(low + ((high - low) * slider.value) / slider.max);
    const whole = slider.dataset.of === "users", digits = slider.value === slider.max ? 6 : 3;
    fieldOf(slider.dataset.of).value = whole ? Math.round(value.toPrecision(digits)) : Number(value.toPrecision(digits));
    slider.setAttribute("aria-valuetext", fieldOf(slider.dataset.of).value);
  }

  function demand() {
    const read = ({ key }) => [key, fieldOf(key).value === "" ? null : Number(fieldOf(key).value)];
    return Object.fromEntries(panel.controls.map(read));
  }

  function listOf(list, sentences) {
    list.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
  }

  function show() {
    const asked = demand(), refusal = planning.refusal(panel, asked);
    find("[data-refusal]").hidden = !refusal;
    find("[data-refusal]").textContent = refusal && `${refusal} Nothing is planned until the inputs agree.`;
    const told = refusal ? { sizes: {}, breaks: {}, sentence: "-", consequences: [] } : planning.plan(panel, asked);
    find("[data-sentence]").textContent = told.sentence;
    listOf(find("[data-consequences]"), told.consequences);
    const reasons = new Map();
    for (const scheme of panel.schemes) for (const reason of showScheme(scheme, told.sizes[scheme.arm], asked)) reasons.set(reason, [...(reasons.get(reason) || []), scheme.arm]);
    find("[data-refused]").hidden = reasons.size === 0;
    listOf(find("[data-refused] ul"), [...reasons].map(([reason, arms]) => `${arms.join(", ")}: ${reason}`));
    for (const { name, unit } of panel.pair?.questions || []) showBreak(find(`[data-question=${name}]`), told.breaks[name], unit, refusal);
  }

  // Fills a scheme's row; gives the reasons for what is refused or missing in it.
  function showScheme(scheme, found, asked) {
    const reasons = new Set();
    for (const cell of find(`[data-arm="${CSS.escape(scheme.arm)}"]`).querySelectorAll("td")) {
      const name = cell.dataset.of, one = found?.[name];
      if (name === "window") cell.textContent = found ? `${wording.general(planning.windowOf(scheme, asked))} s` : "-";
      else if (!one) {
        const why = found && scheme.missing[missingAs[name]];
        cell.textContent = why ? "not measured" : "-";
        if (why) reasons.add(why);
      } else {
        cell.textContent = one.refused ? "refused" : planning.withInterval(one, units[name]);
        if (one.refused) reasons.add(one.refused);
      }
    }
    return reasons;
  }

  function showBreak(row, answer, unit, refusal) {
    const write = (name, words) => (row.querySelector(`[data-of=${name}]`).textContent = words);
    write("at", answer ? `${planning.withInterval(answer.at)}${answer.at.value === null ? "" : ` ${unit}`}` : refusal ? "-" : row.dataset.without);
    write("own", answer && answer.own !== null ? planning.figure(answer.own) : "-");
    write("distance", answer?.distance ? `${wording.general(Number(answer.distance.toPrecision(3)))} times` : "-");
  }

  form.addEventListener("input", ({ target }) => {
    if (target.type === "range") readSlider(target);
    else sliders.filter((slider) => slider.dataset.of === target.name).forEach(moveSlider);
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { sliders.forEach(moveSlider); show(); }));
  sliders.forEach(moveSlider);
  show();
}
