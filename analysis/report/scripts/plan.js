"use strict";
// What `authbench plan` says, for the inputs of this page: analysis/capacity/sizing.py, break_evens.py and plan.py.
// Words and limits come from there. tests/analysis/report/scripts/test_plan.py holds every figure and sentence to them.
const planning = (() => {
  const MONTH_S = 730 * 3600;
  const finite = (value) => (Number.isFinite(value) ? value : null);
  const { decimals, fill } = wording;

  function figure(value, unit) {
    if (value === null) return "?";
    if (unit === "bytes") {
      for (const [power, word] of [[30, "GiB"], [20, "MiB"]]) if (value >= 2 ** power) return `${figure(value / 2 ** power)} ${word}`;
      return `${decimals(value, 0, true)} bytes`;
    }
    if (unit === "nodes" || value >= 100 || Number.isInteger(value)) return decimals(value, 0, true);
    return decimals(value, value < 10 ? 2 : 1, false);
  }

  function withInterval(of, unit) {
    if (of.value === null) return "never";
    const [value, low, high] = [of.value, of.low, of.high].map((end) => figure(end, unit));
    return of.low !== null && !(low === value && high === value) ? `${value} [${low}, ${high}]` : value;
  }

  // -- One scheme -------------------------------------------------------------------------------------------------
  // Every figure rises or falls with its one measured input, so its ends are the figure at that input's ends.
  function through(formula, range, refused = "") {
    const [low, high] = [formula(range.low), formula(range.high)].sort((a, b) => a - b);
    return { value: finite(formula(range.value)), low: finite(low), high: finite(high), refused };
  }
  const exactly = (value) => ({ value, low: value, high: value });

  function beyond(panel, what, planned, highest) {
    const { words, extrapolation: limit } = panel;
    if (highest === null || highest <= 0) return fill(words.unmeasured, { what });
    return planned <= limit * highest ? "" : fill(words.beyond, { planned, what, times: planned / highest, highest, limit });
  }

  function size(panel, scheme, demand) {
    const found = {}, set = panel.settings, rate_rps = demand.peak_rps * demand.growth;
    const refreshed_per_s = scheme.refreshes ? formulas.refreshes_per_s({ ...demand, rate_rps }) : 0;
    if (scheme.app_us) sizeApplication(found, scheme, set, rate_rps + refreshed_per_s);
    if (scheme.store !== "none" && scheme.store !== "memory") sizeStore(found, panel, scheme, demand, rate_rps, refreshed_per_s);
    if (scheme.request_bytes !== null) found.request_mbit = through((bytes_each) => formulas.megabits_per_s({ rate_rps, bytes_each }), exactly(scheme.request_bytes));
    if (demand.per_core_hour !== null) found.month_cost = monthCost(found, scheme, set, demand, rate_rps);
    if (!found.month_cost) delete found.month_cost;
    return found;
  }

  function sizeApplication(found, scheme, set, rate_per_s) {
    const busy = (cpu_us) => formulas.busy_cores({ rate_per_s, cpu_us });
    const needed = (cpu_us) => busy(cpu_us) / set.target_utilisation;
    found.busy_cores = through(busy, scheme.app_us, scheme.core_refused);
    const tooBig = !scheme.grows && found.busy_cores.value > set.target_utilisation;
    const refused = tooBig ? scheme.cannot_grow : scheme.core_refused;
    found.cores = through(needed, scheme.app_us, refused);
    const { cores_per_node } = set, [spare_nodes, zones] = scheme.grows ? [set.spare_nodes, set.zones] : [0, 1];
    found.nodes = through((cpu_us) => formulas.nodes_for({ cores: needed(cpu_us), cores_per_node, spare_nodes, zones }), scheme.app_us, refused);
  }

  function sizeStore(found, panel, scheme, demand, rate_rps, refreshed_per_s) {
    const set = panel.settings, sessions = demand.users * demand.growth;
    const commands = formulas.store_commands_per_s({ ...scheme, rate_rps, refreshed_per_s, logins_per_s: 0, commands_per_login: 0 });
    found.store_commands = through(() => commands, exactly(commands));
    if (scheme.session_bytes) {
      const given = { entries: sessions, fragmentation: set.store_fragmentation, reserve_share: set.store_reserve_share };
      const refused = beyond(panel, panel.words.live_logins, sessions, scheme.tested_sessions);
      found.store_memory = through((bytes_each) => formulas.store_bytes({ ...given, bytes_each }), scheme.session_bytes, refused);
    }
    if (scheme.store !== "redis" || !scheme.command_us) return;
    const threads = (cpu_us) => formulas.busy_cores({ rate_per_s: commands, cpu_us });
    found.store_busy = through(threads, scheme.command_us);
    const memory = found.store_memory, share = set.store_utilisation;
    const bytes_needed = memory ? memory.high : 0, bytes_per_shard = set.store_node_memory_gib * 2 ** 30;
    const each_us = scheme.command_us.value, carries = each_us > 0 ? formulas.core_carries_rps({ cpu_us: each_us, utilisation: share }) : Infinity;
    const tooFast = beyond(panel, panel.words.store_rate, Math.min(commands, carries), panel.store_tested_per_s);
    const refused = tooFast || (bytes_needed > bytes_per_shard ? memory.refused : "");
    const given = { utilisation: share, bytes_needed, bytes_per_shard };
    const copies = 1 + set.store_replicas;
    found.store_nodes = through((cpu_us) => copies * formulas.shards_for({ ...given, busy_threads: threads(cpu_us) }), scheme.command_us, refused);
    const connections = (command_us) => formulas.connections_busy({ commands_per_s: commands, round_trip_ms: demand.store_rtt_ms, command_us });
    found.store_connections = through(connections, scheme.command_us);
  }

  function monthCost({ nodes, store_nodes }, scheme, set, demand, rate_rps) {
    const stores = scheme.store !== "none" && scheme.store !== "memory";
    if (!nodes || (stores && (!store_nodes || demand.per_store_node_hour === null))) return null;
    const transferred = rate_rps * set.mean_share_of_peak * MONTH_S;
    const prices = { per_core_hour: demand.per_core_hour, per_store_node_hour: demand.per_store_node_hour ?? 0, per_gib_transferred: demand.per_gib_transferred ?? 0 };
    const gib_transferred = (transferred * ((scheme.request_bytes ?? 0) + (scheme.reply_bytes ?? 0))) / 2 ** 30;
    const at = (end) => formulas.month_cost({ ...prices, gib_transferred, app_cores: nodes[end] * set.cores_per_node, store_nodes: store_nodes?.[end] ?? 0 });
    return { value: at("value"), low: at("low"), high: at("high"), refused: nodes.refused || store_nodes?.refused || "" };
  }

  // -- Break-evens: { at, own }, or nothing where an input is missing ------------------------------------------------
  function breakEvens(panel, demand) {
    const { pair } = panel, rate = demand.peak_rps * demand.growth;
    const [session, token] = [pair.session, pair.token].map((arm) => panel.schemes.find((one) => one.arm === arm));
    const asked = { ...demand, commands_per_request: session.commands_per_request, commands_per_refresh: token.commands_per_refresh };
    const core = demand.per_core_hour, gib = demand.per_gib_transferred, stores = demand.per_store_node_hour;
    const found = {
      node_rps: () => {
        const dear = session.app_us.value > token.app_us.value ? session : token;
        const node_us = panel.settings.cores_per_node * panel.settings.target_utilisation * 1e6;
        return [through((us) => node_us / us, dear.app_us), rate];
      },
      store_rtt_ms: () => {
        const given = { measured_rtt_ms: pair.measured_rtt_ms, round_trips: session.commands_per_request };
        return [through((difference_ms) => formulas.break_even_store_rtt_ms({ ...given, difference_ms }), pair.difference_ms), demand.store_rtt_ms];
      },
      token_lifetime_s: () => [exactly(formulas.break_even_token_lifetime_s(asked)), demand.token_lifetime_s],
      token_lifetime_by_timer_s: () => [exactly(formulas.break_even_token_lifetime_by_timer_s(asked)), demand.token_lifetime_s],
      revocations_per_s: () => {
        const given = { ...demand, sessions: demand.users * demand.growth, entry_bytes: 1 };
        return [through((session_bytes) => formulas.break_even_revocations_per_s({ ...given, session_bytes }), pair.session_by_entry), null];
      },
      claim_bytes: () =>
        core !== null && gib > 0 && [through((saved_cpu_us) => formulas.break_even_claim_bytes({ ...demand, saved_cpu_us }), pair.saved_us), pair.added_bytes],
      outage_s: () => [exactly(formulas.break_even_outage_s({ ...demand, session_outage_s: demand.store_outage_s })), demand.store_outage_s],
      price_rps: () => {
        if (core === null || stores === null) return null;
        const fixed_per_hour = pair.token_has_store ? 0 : stores * (1 + panel.settings.store_replicas);
        const given = { fixed_per_hour, per_core_hour: core, added_bytes: pair.added_bytes, per_gib_transferred: gib ?? 0 };
        return [through((saved_cpu_us) => formulas.break_even_rate_rps({ ...given, saved_cpu_us }), pair.saved_us), rate];
      },
    };
    const answers = {};
    for (const { name, why_not } of pair.questions) {
      const answer = !why_not && found[name]();
      if (!answer) continue;
      const [at, own] = answer;
      answers[name] = { at, own, distance: at.value > 0 && own > 0 ? at.value / own : null };
    }
    return answers;
  }

  // What else follows for the two, in sentences.
  function consequences(panel, demand) {
    const { pair, words } = panel, told = [];
    if (pair.difference_ms && pair.measured_rtt_ms !== null) {
      const trips = panel.schemes.find((one) => one.arm === pair.session).commands_per_request;
      const far_ms = pair.difference_ms.value + (demand.store_rtt_ms - pair.measured_rtt_ms) * trips;
      told.push(`${pair.session} and ${pair.token}: ${fill(words.farther, { rtt_ms: demand.store_rtt_ms, far_ms })}.`);
    }
    const given = { rate_rps: demand.peak_rps * demand.growth, outage_s: demand.store_outage_s, token_lifetime_s: demand.token_lifetime_s };
    const lost = formulas.lost_by_sessions(given), less = formulas.lost_by_tokens(given);
    told.push(`${fill(words.lost, { outage_s: given.outage_s, session: pair.session, token: pair.token, lost, less })}.`);
    return told;
  }

  // -- What decides -----------------------------------------------------------------------------------------------
  const windowOf = (scheme, demand) => (scheme.until_expiry ? demand.token_lifetime_s : scheme.window_s);

  function whatDecides(panel, demand, sizes, breaks) {
    const { pair, words } = panel, rate = demand.peak_rps * demand.growth;
    const at = fill(words.at, { rate });
    if (!pair) return fill(words.no_pair, { at });
    const [a, b] = [pair.session, pair.token], nodes = [sizes[a].nodes, sizes[b].nodes];
    if (!pair.saved_us || nodes.some((one) => !one || one.refused)) return fill(words.not_compared, { at, a, b });
    const saved = pair.saved_us.value;
    const [cores, from, to] = [saved, pair.saved_low_us, pair.saved_high_us].map((us) => (rate * us) / 1e6);
    let said = fill(words.not_shown, { at, a, b, cores, low: from, high: to });
    if (pair.differ) {
      const [more, less] = saved > 0 ? [a, b] : [b, a];
      const [low, high] = [Math.abs(from), Math.abs(to)].sort((x, y) => x - y);
      said = fill(words.shown, { at, more, less, cores: Math.abs(cores), low, high });
    }
    const rest = whatRemains(panel, demand);
    if (nodes[0].value !== nodes[1].value) {
      const shown = nodes.map((one) => fill(words.nodes, { nodes: one.value, low: one.low, high: one.high }));
      const overlap = Math.max(nodes[0].low, nodes[1].low) <= Math.min(nodes[0].high, nodes[1].high);
      return fill(words.other_nodes, { said, a: shown[0], b: shown[1], decides: overlap ? words.overlap : words.argument, rest });
    }
    const same = fill(nodes[0].value === 1 ? words.one_node : words.same_nodes, { nodes: nodes[0].value });
    const first = breaks.node_rps?.distance ? fill(words.first, { rate: breaks.node_rps.at.value, times: breaks.node_rps.distance }) : "";
    return fill(words.no_argument, { said, same, first, rest });
  }

  function whatRemains({ pair, schemes, words }, demand) {
    const [a_s, b_s] = [pair.session, pair.token].map((arm) => windowOf(schemes.find((one) => one.arm === arm), demand));
    return a_s === b_s ? words.alike : fill(words.revocation, { a: pair.session, a_s, b: pair.token, b_s });
  }

  // -- All of it --------------------------------------------------------------------------------------------------
  // Why the inputs are refused; empty: they are not.
  function refusal(panel, demand) {
    for (const { key, label, value, least, most, asked } of panel.controls) {
      const given = demand[key];
      if (given === null && value === null) continue;
      if (given === null || !Number.isFinite(given)) return `${label}: a number is wanted.`;
      if (least !== null && !(least <= given && given <= most)) return fill(panel.words.implausible, { key, value: given, unit: asked });
      if (given < 0 || (given === 0 && !/^per_(store|gib)/.test(key))) return `${label}: a number above 0 is wanted.`;
    }
    const active = formulas.active_users({ rate_rps: demand.peak_rps, request_gap_s: demand.request_gap_s });
    return active > demand.users ? fill(panel.words.too_many_active, { active, users: demand.users }) : "";
  }

  function plan(panel, demand) {
    const sizes = Object.fromEntries(panel.schemes.map((scheme) => [scheme.arm, size(panel, scheme, demand)]));
    const breaks = panel.pair ? breakEvens(panel, demand) : {};
    return { sizes, breaks, sentence: whatDecides(panel, demand, sizes, breaks), consequences: panel.pair ? consequences(panel, demand) : [] };
  }

  return { plan, refusal, figure, withInterval, windowOf };
})();
