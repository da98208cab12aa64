"use strict";
// The formulas of analysis/capacity/formulas.py that this page needs, under the same names and with the same inputs.
// tests/analysis/capacity/vectors.json holds both to the same results.
const formulas = {
  busy_cores: ({ rate_per_s, cpu_us }) => (rate_per_s * cpu_us) / 1e6,

  core_carries_rps: ({ cpu_us, utilisation }) => (utilisation * 1e6) / cpu_us,

  nodes_for({ cores, cores_per_node, spare_nodes, zones }) {
    const needed = Math.max(1, Math.ceil(cores / cores_per_node - 1e-9));
    const withSpares = needed + spare_nodes;
    if (zones <= 1) return withSpares;
    return Math.max(Math.ceil(withSpares / zones) * zones, Math.ceil(needed / (zones - 1)) * zones);
  },

  active_users: ({ rate_rps, request_gap_s }) => rate_rps * request_gap_s,

  refreshes_per_s: ({ rate_rps, request_gap_s, token_lifetime_s }) =>
    (rate_rps * request_gap_s) / (token_lifetime_s + request_gap_s),

  store_commands_per_s: ({ rate_rps, commands_per_request, logins_per_s, commands_per_login, refreshed_per_s, commands_per_refresh }) =>
    rate_rps * commands_per_request + logins_per_s * commands_per_login + refreshed_per_s * commands_per_refresh,

  store_bytes: ({ entries, bytes_each, fragmentation, reserve_share }) =>
    (entries * bytes_each * (1 + fragmentation)) / (1 - reserve_share),

  shards_for({ busy_threads, utilisation, bytes_needed, bytes_per_shard }) {
    const forCommands = Math.ceil(busy_threads / utilisation - 1e-9);
    return Math.max(1, forCommands, Math.ceil(bytes_needed / bytes_per_shard - 1e-9));
  },

  connections_busy: ({ commands_per_s, round_trip_ms, command_us }) => commands_per_s * (round_trip_ms / 1e3 + command_us / 1e6),

  megabits_per_s: ({ rate_rps, bytes_each }) => (rate_rps * bytes_each * 8) / 1e6,

  lost_by_sessions: ({ rate_rps, outage_s }) => rate_rps * outage_s,

  lost_by_tokens({ rate_rps, outage_s, token_lifetime_s }) {
    const within = Math.min(outage_s, token_lifetime_s);
    return rate_rps * (within ** 2 / (2 * token_lifetime_s) + Math.max(0, outage_s - token_lifetime_s));
  },

  month_cost: ({ app_cores, per_core_hour, store_nodes, per_store_node_hour, gib_transferred, per_gib_transferred }) =>
    730 * (app_cores * per_core_hour + store_nodes * per_store_node_hour) + gib_transferred * per_gib_transferred,

  break_even_store_rtt_ms: ({ difference_ms, measured_rtt_ms, round_trips }) => measured_rtt_ms - difference_ms / round_trips,

  break_even_token_lifetime_s: ({ request_gap_s, commands_per_request, commands_per_refresh }) =>
    request_gap_s * (commands_per_refresh / commands_per_request - 1),

  break_even_token_lifetime_by_timer_s: ({ request_gap_s, commands_per_request, commands_per_refresh }) =>
    (request_gap_s * commands_per_refresh) / commands_per_request,

  break_even_revocations_per_s: ({ sessions, session_bytes, token_lifetime_s, entry_bytes }) =>
    (sessions * session_bytes) / (token_lifetime_s * entry_bytes),

  break_even_claim_bytes: ({ saved_cpu_us, per_core_hour, per_gib_transferred }) =>
    (((saved_cpu_us / 1e6 / 3600) * per_core_hour) / per_gib_transferred) * 2 ** 30,

  break_even_outage_s({ session_outage_s, token_lifetime_s }) {
    const below = Math.sqrt(2 * token_lifetime_s * session_outage_s);
    return below <= token_lifetime_s ? below : session_outage_s + token_lifetime_s / 2;
  },

  break_even_rate_rps({ fixed_per_hour, saved_cpu_us, per_core_hour, added_bytes, per_gib_transferred }) {
    const each = (-saved_cpu_us / 1e6 / 3600) * per_core_hour + (added_bytes / 2 ** 30) * per_gib_transferred;
    return each > 0 ? fixed_per_hour / 3600 / each : Infinity;
  },
};
