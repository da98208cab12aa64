"use strict";
// Sentences and numbers as Python formats them: the words come from there, with places such as {rate:,.0f}.
const wording = (() => {
  const decimals = (value, digits, useGrouping) =>
    value.toLocaleString("en-US", { useGrouping, minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven" });
  function general(value) {
    const short = Number(value.toPrecision(6)), size = Math.abs(short);
    if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(short);
    return short.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }

  function formatted(value, spec) {
    if (!spec) return String(value);
    const [, sign, comma, digits, kind] = /^(\+?)(,?)(?:\.(\d))?([fg])$/.exec(spec);
    if (kind === "g") return general(value);
    return (sign && value >= 0 ? "+" : "") + decimals(value, Number(digits), comma === ",");
  }

  const fill = (template, values) => template.replace(/\{(\w+)(?::([^}]+))?\}/g, (_, name, spec) => formatted(values[name], spec));

  return { decimals, general, fill };
})();
