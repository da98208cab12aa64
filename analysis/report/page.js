"use strict";
// Everything here adds to a page that is complete without it: pictures, tables and links stand without a script.
const data = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
const specs = data("specs"), themes = data("themes"), run = document.body.dataset.run;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const views = new Map(), hidden = new Map();

function draw() {
  const theme = dark.matches ? "dark" : "light";
  for (const plot of document.querySelectorAll("[data-figure]")) {
    const name = plot.dataset.figure, live = plot.querySelector(".live");
    vegaEmbed(live, specs[name], { actions: false, renderer: "svg", config: themes[theme], ast: false, tooltip: { theme } })
      .then((drawn) => {
        live.querySelector("svg")?.setAttribute("aria-hidden", "true");
        views.set(name, drawn.view);
        show(name);
      })
      .catch((error) => console.error(name, error));
  }
}

function show(name) {
  if (hidden.has(name)) views.get(name)?.signal("hidden", [...hidden.get(name)]).runAsync();
}

function button(words, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function group(kind, label) {
  const made = document.createElement("div");
  made.className = kind;
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  return made;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${run}-${name}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const text = (words, kind) => new Blob([words], { type: `${kind};charset=utf-8` });

// Lines: a button for each, with the line's own colour and dashes.
function addLines(figure, name) {
  const lines = specs[name].usermeta?.lines || [];
  if (lines.length < 2) return;
  hidden.set(name, new Set(specs[name].params[0].value));
  const place = group("lines", "Show or hide lines");
  for (const line of lines) {
    const one = button("", "", () => {
      const now = hidden.get(name);
      if (!now.delete(line.name)) now.add(line.name);
      one.setAttribute("aria-pressed", String(!now.has(line.name)));
      show(name);
    });
    one.innerHTML = `<svg width="26" height="8" aria-hidden="true"><path d="M0 4H26" fill="none" style="stroke: var(--c${line.color})" stroke-width="2.5" stroke-dasharray="${line.dash[1] ? line.dash : "none"}"/></svg>`;
    one.append(line.name);
    one.setAttribute("aria-pressed", String(!hidden.get(name).has(line.name)));
    place.append(one);
  }
  figure.querySelector(".plot").after(place);
}

// Pictures: the drawn SVG that is in the page, and the same as PNG at twice its size.
function addPictures(figure, name) {
  const picture = figure.querySelector(".static");
  const svg = () => decodeURIComponent(picture.src.slice(picture.src.indexOf(",") + 1));
  const place = group("tools", "Get this figure");
  place.append(
    button("SVG", `SVG of ${name}`, () => save(text(svg(), "image/svg+xml"), `${name}.svg`)),
    button("PNG", `PNG of ${name}`, async () => {
      const image = new Image();
      image.src = picture.src;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = 2 * image.naturalWidth;
      canvas.height = 2 * image.naturalHeight;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
    }),
  );
  figure.append(place);
}

// Tables: sorting by a click on a heading, CSV and Markdown.
const words = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
const rowsOf = (table) => [...table.rows].map((row) => [...row.cells].map(words));
const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function number(cell) {
  const given = cell.dataset.sort ?? words(cell);
  const found = /-?\d[\d,]*\.?\d*/.exec(given.replace(/^[^\d-]+(?=[\d-]*\d)/, ""));
  return found ? Number(found[0].replaceAll(",", "")) : NaN;
}

function sortBy(table, column, heading) {
  const rising = heading.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
  const body = table.tBodies[0], sign = rising ? 1 : -1;
  const rows = [...body.rows].map((row) => ({ row, cell: row.cells[column], value: column ? number(row.cells[column]) : NaN }));
  const numbers = rows.some(({ value }) => !Number.isNaN(value));
  rows.sort((a, b) => {
    if (!numbers) return sign * words(a.cell).localeCompare(words(b.cell), undefined, { numeric: true });
    if (Number.isNaN(a.value) || Number.isNaN(b.value)) return Number.isNaN(a.value) - Number.isNaN(b.value);
    return sign * (a.value - b.value);
  });
  body.append(...rows.map(({ row }) => row));
}

function addTable(table) {
  const box = table.closest(".scroll"), name = box.dataset.table;
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const sorter = button(heading.textContent, "", () => sortBy(table, column, heading));
    sorter.title = "Sort by this column";
    heading.replaceChildren(sorter);
  });
  const place = group("tools", "Get this table");
  place.append(
    button("CSV", `CSV of ${name}`, () => {
      const lines = rowsOf(table).map((row) => row.map(quoted).join(","));
      save(text(lines.join("\n") + "\n", "text/csv"), `${name}.csv`);
    }),
    button("Markdown", `Markdown of ${name}`, () => {
      const lines = rowsOf(table).map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
      lines.splice(1, 0, `|${" --- |".repeat(table.tHead.rows[0].cells.length)}`);
      save(text(lines.join("\n") + "\n", "text/markdown"), `${name}.md`);
    }),
  );
  box.after(place);
  const look = () => box.parentElement.classList.toggle("more", box.scrollWidth > box.clientWidth + 1);
  new ResizeObserver(look).observe(box);
}

// A cached scheme at the reader's own gap: the share of misses is 1 / (1 + window / gap).
function mix(input) {
  const gap = Number(input.value);
  for (const place of document.querySelectorAll("[data-window]")) {
    const { window: lives, hit, miss } = place.dataset;
    const share = 1 / (1 + Number(lives) / gap), percent = (100 * share).toFixed(1);
    place.textContent = gap > 0 ? `${((1 - share) * Number(hit) + share * Number(miss)).toFixed(0)} us, ${percent === "0.0" ? (100 * share).toPrecision(2) : percent}% misses` : "-";
  }
}

document.documentElement.classList.add("js");
for (const figure of document.querySelectorAll("figure[id]")) {
  addLines(figure, figure.id);
  addPictures(figure, figure.id);
}
document.querySelectorAll("table.data").forEach(addTable);
for (const input of document.querySelectorAll("#gap")) {
  input.addEventListener("input", () => mix(input));
  mix(input);
}
if (window.vegaEmbed) {
  dark.addEventListener("change", draw);
  draw();
}
