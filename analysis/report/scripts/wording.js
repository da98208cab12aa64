"use strict";
// Sentences and numbers as Python formats them: the words come from there, with places such as {rate:,.0f}. A number
// that rounds to zero has no minus, as with Python's option z.
const wording = (() => {
  const fixed = (value, digits, useGrouping) =>
    value.toLocaleString("en-US", { useGrouping, minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven", signDisplay: "negative" });
  function general(value, digits = 6) {
    const short = Number(value.toPrecision(digits)), size = Math.abs(short);
    if (size === 0 || (size >= 1e-4 && size < 10 ** digits)) return String(short);
    return short.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }

  // No number reads 0 unless it is 0: the rule of analysis/validity/decimals.py.
  function decimals(value, digits, useGrouping) {
    const text = fixed(value, digits, useGrouping), few = digits === 0 && Math.abs(value) < 10;
    return value !== 0 && (few || !/[1-9]/.test(text)) ? general(value, 2) : text;
  }

  function formatted(value, spec) {
    if (!spec) return String(value);
    const [, sign, comma, digits, kind] = /^(\+?)z?(,?)(?:\.(\d))?([fg])$/.exec(spec);
    if (kind === "g") return general(value, digits && Number(digits));
    const text = decimals(value, Number(digits), comma === ",");
    return (sign && !text.startsWith("-") ? "+" : "") + text;
  }

  const fill = (template, values) => template.replace(/\{(\w+)(?::([^}]+))?\}/g, (_, name, spec) => formatted(values[name], spec));

  return { decimals, general, fill };
})();
