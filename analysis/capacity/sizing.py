"""Size one scheme for a demand: application, store, network and cost, each with formula and inputs."""

import math
from collections.abc import Callable

from analysis.capacity import formulas
from analysis.capacity.demand import Demand, Prices
from analysis.capacity.measured import ArmCosts, StoreTested
from analysis.capacity.plan_record import Quantity, SchemePlan
from analysis.capacity.requirements import NEAR, requirements
from analysis.capacity.uncertain import Uncertain, exact, measured, quantity
from analysis.data.store_sizes import Entry, StoreSizes
from analysis.validity.decimals import decimals
from analysis.validity.extrapolation import beyond
from authbench.contracts.card import Operation, StoreEmptied
from authbench.contracts.store_size.report import Added
from authbench.words.counting import counted

FILL = "[owner to fill]"
CORE_RATE, LIVE_LOGINS, STORE_RATE = "requests/s of one core", "live logins", "store commands/s of one thread"
"""What is refused where it lies too far beyond what was measured."""
_MONTH_S = 730 * 3600
_STATELESS = ("none", "memory")


class SchemeSizing:
    """One scheme at one demand. `plan` has everything; `missing` names what cannot be given."""

    def __init__(
        self, costs: ArmCosts, store: StoreTested, demand: Demand, sizes: StoreSizes | None = None
    ) -> None:
        """`demand`: with its growth, which everything in it is multiplied by. `sizes`: what logins take in a
        store, as authbench size-store measured it; None: nobody did, and the run's own slope counts.
        """
        self.costs, self.store, self.demand, self.sizes = costs, store, demand, sizes
        self.found: dict[str, Quantity] = {}
        self.missing: dict[str, str] = {}
        self.notes: list[str] = []

    def plan(self) -> SchemePlan:
        """Size application, store, network and cost, in the order in which each needs the one before."""
        self._application()
        if self.costs.arm.store not in _STATELESS:
            self._store()
        self._network()
        if self.demand.prices is not None:
            self._price(self.demand.prices)
        self._note_what_differs()
        return SchemePlan(
            arm=self.costs.arm.arm,
            scheme=self.costs.arm.scheme,
            quantities=list(self.found.values()),
            missing=self.missing,
            requirements=requirements(self.costs, self.store, self.demand, self.found.get("relogin_s")),
            notes=self.notes,
        )

    # -- inputs ----------------------------------------------------------------------------------------------

    def _asked(self, key: str, name: str, unit: str, *, grows: bool = True) -> Uncertain | None:
        """A value of the demand, grown if it grows with the load; None: it is left out."""
        value = getattr(self.demand, key)
        if value is None:
            return None
        growth = self.demand.growth if grows else 1
        by = f" x {growth:g}" if growth != 1 else ""
        return exact(name, value * growth, unit, f"demand: {key}{by}")

    def _rate(self) -> Uncertain:
        return self._asked("peak_rps", "requests/s at the peak", "requests/s") or exact("", 0, "", "")

    def _logins(self) -> Uncertain:
        asked = self._asked("logins_per_s", "logins/s at the peak", "logins/s")
        return asked or exact("logins/s at the peak", 0, "logins/s", "not in the demand: none")

    def _refreshes(self) -> Uncertain:
        """Refreshes a second: the demand's own, or from gap and lifetime; 0 without refreshing."""
        name, unit = "refreshes/s at the peak", "refreshes/s"
        if self.costs.card is None or not self.costs.card.refreshes:
            return exact(name, 0, unit, "the scheme needs none")
        demand = self.demand
        asked = self._asked("refreshes_per_s", name, unit)
        if asked is not None:
            return asked
        if demand.request_gap_s is None or demand.token_lifetime_s is None:
            self.missing["refreshes"] = (
                "refreshes: the demand has no refreshes_per_s, and not both of request_gap_s "
            )
            self.missing["refreshes"] += "and token_lifetime_s"
            return exact(name, 0, unit, "not in the demand: none")
        rate = formulas.refreshes_per_s(demand.planned_rps, demand.request_gap_s, demand.token_lifetime_s)
        return exact(name, float(rate), unit, "demand: rate x gap / (token_lifetime_s + gap)")

    def _sessions(self) -> Uncertain | None:
        """Live logins: the demand's users, or logins times lifetime."""
        demand, name = self.demand, "live logins"
        if demand.users is not None:
            return exact(
                name,
                demand.users * demand.sessions_per_user * demand.growth,
                "",
                "demand: users x sessions_per_user x growth",
            )
        if demand.logins_per_s is not None and demand.session_lifetime_s is not None:
            number = formulas.live_sessions(demand.logins_per_s * demand.growth, demand.session_lifetime_s)
            return exact(name, float(number), "", "demand: logins_per_s x session_lifetime_s x growth")
        return None

    def _login_us(self) -> Uncertain | None:
        """CPU of one login: hashing alone, by the demand's parameters or as the run measured it."""
        if self.demand.password_hash_ms is not None:
            value_us = self.demand.password_hash_ms * 1000
            return exact("CPU of hashing one password", value_us, "us", "demand: password_hash_ms")
        return self.costs.password_us

    def _add(
        self,
        name: str,
        label: str,
        unit: str,
        formula: Callable[..., object],
        inputs: dict[str, Uncertain],
        words: str,
        refused: str = "",
    ) -> Quantity:
        self.found[name] = quantity(name, label, unit, formula, inputs, words=words, refused=refused)
        return self.found[name]

    # -- application -----------------------------------------------------------------------------------------

    def _application(self) -> None:
        app_us, demand = self.costs.app_us, self.demand
        if app_us is None:
            self.missing["cores"] = "CPU per request has no interval in this run: more generations are needed"
            return
        logins, login_us = self._logins(), self._login_us()
        if login_us is None:
            if logins.value:
                self.missing["logins"] = (
                    "CPU of logins: neither the run nor the demand (password_hash_ms) has it"
                )
            login_us = exact("CPU of hashing one password", 0, "us", "not known: left out")
        inputs = {
            "rate": self._rate(),
            "refreshes": self._refreshes(),
            "app_us": app_us,
            "logins": logins,
            "login_us": login_us,
        }
        core_rps = float(formulas.core_carries_rps(app_us.value, demand.target_utilisation))
        refused = beyond(CORE_RATE, core_rps, self.costs.tested_rps)
        words = "(rate + refreshes) x CPU per request + logins x CPU of hashing"
        busy = self._add("busy_cores", "cores busy", "cores", _busy, inputs, words, refused)
        share = demand.target_utilisation
        if not self.costs.grows and (busy.value or 0) > share:
            refused = cannot_grow(app_us.value, share)
        cores = self._add(
            "cores",
            "cores to provide",
            "cores",
            lambda **given: _busy(**given) / share,
            inputs,
            f"cores busy / {share:g}",
            refused,
        )
        spares, zones, per_node = demand.spare_nodes, demand.zones, demand.cores_per_node
        if not self.costs.grows:
            spares, zones = 0, 1
            note = "one process only: one core, no spare node, and its loss logs everybody out"
            self.notes.append(note)
        nodes = self._add(
            "nodes",
            "nodes",
            "nodes",
            lambda **given: formulas.nodes_for(_busy(**given) / share, per_node, spares, zones),
            inputs,
            f"cores / {per_node} up to the next whole, and enough without "
            f"{counted(spares, 'spare node')}"
            + (f" or one of {counted(zones, 'zone')}" if zones > 1 else ""),
            refused,
        )
        self._relogin(inputs, cores, nodes, login_us)

    def _relogin(
        self, inputs: dict[str, Uncertain], cores: Quantity, nodes: Quantity, login_us: Uncertain
    ) -> None:
        """After the store has lost everything: how long until all have logged in again, and cores for it."""
        demand, sessions = self.demand, self._sessions()
        if not login_us.value or not self._stores_logins():
            return
        if sessions is None:
            self.missing["relogin"] = (
                "logins after the store is emptied: the demand has neither users nor logins_per_s and "
                "session_lifetime_s"
            )
            return
        if not self.costs.commands(Operation.READ).value:
            self.notes.append("after the store is emptied logins end at the next refresh, not all at once")
        provided = (nodes.value or 0) * demand.cores_per_node
        more = {**inputs, "sessions": sessions}
        self._add(
            "relogin_s",
            "store emptied: everybody in again after",
            "s",
            lambda sessions, **given: formulas.relogin_s(
                sessions, given["login_us"], provided, _busy(**given)
            ),
            more,
            f"live logins x CPU of hashing / ({counted(provided, 'core', form=',.0f')} - cores busy)",
            cores.refused,
        )
        if demand.relogin_within_s is not None:
            within_s = demand.relogin_within_s
            self._add(
                "relogin_cores",
                f"cores for that within {within_s:.9g} s",
                "cores",
                lambda sessions, **given: formulas.cores_for_relogin(
                    sessions, given["login_us"], within_s, _busy(**given)
                ),
                more,
                f"cores busy + live logins x CPU of hashing / {within_s:.9g} s, all cores full",
                cores.refused,
            )

    def _stores_logins(self) -> bool:
        """Whether logins are lost with the store: as the card says, else where a login writes to one."""
        card = self.costs.card
        if card is not None and card.store_emptied is not None:
            return card.store_emptied is not StoreEmptied.KEEPS_SERVING
        return self.costs.arm.store != "memory" and self.costs.commands(Operation.LOGIN).value > 0

    # -- store -----------------------------------------------------------------------------------------------

    def _store(self) -> None:
        costs, demand = self.costs, self.demand
        commands = {
            "rate_rps": self._rate(),
            "commands_per_request": costs.commands(Operation.READ),
            "logins_per_s": self._logins(),
            "commands_per_login": costs.commands(Operation.LOGIN),
            "refreshed_per_s": self._refreshes(),
            "commands_per_refresh": costs.commands(Operation.REFRESH),
        }
        words = "sum over requests, logins and refreshes of rate x commands"
        total = self._add(
            "store_commands", "store commands", "/s", formulas.store_commands_per_s, commands, words
        )
        memory = self._memory()
        if costs.arm.store != "redis":
            self.missing["shards"] = (
                f"a store of kind {costs.arm.store} was not sized: its threads are others"
            )
            return
        if costs.command_us is None:
            self.missing["shards"] = "the store's CPU could not be read in this run"
            return
        each, share = {**commands, "command_us": costs.command_us}, demand.store_utilisation

        def threads(command_us: formulas.Number, **given: formulas.Number) -> formulas.Number:
            return formulas.busy_cores(formulas.store_commands_per_s(**given), command_us)

        self._add(
            "store_busy",
            "store main threads busy",
            "cores",
            threads,
            each,
            "store commands x CPU per command",
        )
        needs = memory.high if memory and memory.high is not None else 0.0
        per_shard = demand.store_node_memory_gib * 2**30
        # The load grows, and with it the shards: what is asked of one of them falls again with each. So it is
        # what a thread is planned to carry that has to have been measured, and no more load ends a refusal.
        each_us = costs.command_us.value
        carries = float(formulas.core_carries_rps(each_us, share)) if each_us > 0 else math.inf
        refused = beyond(STORE_RATE, min(total.value or 0, carries), self.store.commands_per_s)
        # Memory beyond what was measured still fills nodes: more logins never need fewer of them. A load that
        # needs more shards makes it no better known: it is refused as soon as one shard cannot hold it.
        if memory and memory.refused and needs > per_shard:
            refused = refused or memory.refused
        elif memory is None or memory.refused:
            self.notes.append("shards are for commands alone: the memory of logins is not known")
        node_words = (
            f"max(threads busy / {share:g}, memory / {demand.store_node_memory_gib:g} GiB), next whole"
        )
        self._add(
            "shards",
            "store shards",
            "shards",
            lambda **given: formulas.shards_for(threads(**given), share, needs, per_shard),
            each,
            node_words,
            refused,
        )
        copies = 1 + demand.store_replicas
        self._add(
            "store_nodes",
            "store nodes",
            "nodes",
            lambda **given: copies * formulas.shards_for(threads(**given), share, needs, per_shard),
            each,
            f"shards x {copies}: each with {counted(demand.store_replicas, 'replica')}",
            refused,
        )
        if demand.store_rtt_ms is not None:
            rtt_ms = demand.store_rtt_ms
            self._add(
                "store_connections",
                "store connections busy at once",
                "connections",
                lambda command_us, **given: formulas.connections_busy(
                    formulas.store_commands_per_s(**given), rtt_ms, command_us
                ),
                each,
                f"store commands x ({rtt_ms:g} ms + CPU per command), without pipelining",
            )

    def _memory(self) -> Quantity | None:
        sessions = self._sessions()
        login = self.entry(Added.LOGIN)
        if login is None and self.costs.session_bytes is None:
            self.missing["store_memory"] = (
                f"memory of a login: {self.costs.arm.store_memory_bytes.reason or 'it has no interval'}"
            )
            return None
        if sessions is None:
            self.missing["store_memory"] = (
                "memory of logins: the demand has neither users nor logins_per_s and session_lifetime_s"
            )
            return None
        if login is not None:
            return self._measured_memory(sessions, login)
        return self._memory_by_the_run(sessions)

    def entry(self, added: Added) -> Entry | None:
        """What authbench size-store measured of this scheme, on a store as the run's; None: it did not."""
        if self.sizes is None or self.costs.arm.store != "redis":
            return None
        asked = self.demand.payload_bytes
        payload = self.costs.payload_bytes if asked is None else asked
        found = self.sizes.entry(self.costs.arm.scheme, payload, added)
        if found is not None and found.store != self.store.described:
            note = f"store sizes of {found.run_id} are not used: {found.store} was measured there"
            if note not in self.notes:
                self.notes.append(note)
            return None
        return found

    def _measured_memory(self, sessions: Uncertain, login: Entry) -> Quantity:
        """First and further logins of users, and entries for logins that were ended, by their slopes."""
        demand = self.demand
        other, ended = self.entry(Added.ANOTHER_LOGIN), self.entry(Added.ENDED)
        known = demand.users is not None and demand.sessions_per_user > 1 and other is not None
        first = demand.users * demand.growth if known and demand.users else sessions.value
        inputs = {
            "logins": exact("users with a login", first, "", sessions.shown.source),
            "login_bytes": bytes_of(Added.LOGIN, login),
            "other_logins": exact(
                "further logins of users", sessions.value - first, "", "live logins - users"
            ),
            "other_login_bytes": bytes_of(Added.ANOTHER_LOGIN, other),
            "ended": self._ended(ended),
            "ended_bytes": bytes_of(Added.ENDED, ended),
        }
        refused = beyond(LIVE_LOGINS, first, login.counted_to)
        if other is not None and not refused:
            refused = beyond("further logins", sessions.value - first, other.counted_to)
        if ended is not None and not refused:
            refused = beyond("ended logins", inputs["ended"].value, ended.counted_to)
        fragmentation, reserve = demand.store_fragmentation, demand.store_reserve_share
        return self._add(
            "store_memory",
            "store memory",
            "bytes",
            lambda **given: formulas.store_bytes(1.0, formulas.held_bytes(**given), fragmentation, reserve),
            inputs,
            "(first logins, further logins, ended logins, each x its bytes) x "
            f"{1 + fragmentation:g} / {1 - reserve:g}",
            refused,
        )

    def _ended(self, entry: Entry | None) -> Uncertain:
        """Entries of a deny list: revocations times token lifetime (Little's law); 0 without such a list."""
        name = "logins ended within a token's lifetime"
        demand = self.demand
        if entry is None:
            return exact(name, 0, "", "the scheme keeps no list of them")
        if demand.revocations_per_s is None or demand.token_lifetime_s is None:
            self.missing["deny_list"] = (
                "memory of the deny list: the demand has not both of revocations_per_s and token_lifetime_s"
            )
            return exact(name, 0, "", "not in the demand: none")
        number = formulas.live_sessions(demand.revocations_per_s * demand.growth, demand.token_lifetime_s)
        return exact(name, float(number), "", "demand: revocations_per_s x token_lifetime_s x growth")

    def _memory_by_the_run(self, sessions: Uncertain) -> Quantity | None:
        """Live logins by the slope of the run's own seeding."""
        costs, demand = self.costs, self.demand
        if costs.session_bytes is None:
            return None
        refused = beyond(LIVE_LOGINS, sessions.value, costs.tested_sessions)
        asked = demand.payload_bytes
        if asked is not None and asked != costs.payload_bytes:
            refused = (
                f"measured with {costs.payload_bytes} bytes of data in a login, and {asked} are asked for: "
                f"authbench size-store {costs.arm.scheme} --payload {asked} measures it"
            )
        fragmentation, reserve = demand.store_fragmentation, demand.store_reserve_share
        return self._add(
            "store_memory",
            "store memory",
            "bytes",
            lambda sessions, each: formulas.store_bytes(sessions, each, fragmentation, reserve),
            {"sessions": sessions, "each": costs.session_bytes},
            f"live logins x bytes of one x {1 + fragmentation:g} / {1 - reserve:g}",
            refused,
        )

    # -- network and cost ------------------------------------------------------------------------------------

    def _network(self) -> None:
        arm = self.costs.arm
        for name, label, each in (
            ("request_mbit", "requests on the wire", arm.request_bytes),
            ("reply_mbit", "replies on the wire", arm.reply_bytes),
        ):
            if each is not None:
                size = exact("bytes of one", each, "bytes", f"run {self.costs.run_id}, mean on the wire")
                inputs = {"rate_rps": self._rate(), "bytes_each": size}
                self._add(name, label, "Mbit/s", formulas.megabits_per_s, inputs, "rate x bytes x 8")

    def _price(self, prices: Prices) -> None:
        nodes, store_nodes = self.found.get("nodes"), self.found.get("store_nodes")
        refused = next((one.refused for one in (nodes, store_nodes) if one and one.refused), "")
        if nodes is None or (store_nodes is None and self.costs.arm.store not in _STATELESS):
            self.missing["month_cost"] = "nodes of application or store are missing"
            return
        arm, demand = self.costs.arm, self.demand
        transferred = demand.planned_rps * demand.mean_share_of_peak * _MONTH_S
        gib = transferred * ((arm.request_bytes or 0) + (arm.reply_bytes or 0)) / 2**30
        cost = prices.per_core_hour, prices.per_store_node_hour, prices.per_gib_transferred
        low_high = [
            None
            if (value := getattr(nodes, end)) is None
            else formulas.month_cost(
                value * demand.cores_per_node,
                cost[0],
                (getattr(store_nodes, end) or 0) if store_nodes else 0,
                cost[1],
                gib,
                cost[2],
            )
            for end in ("value", "low", "high")
        ]
        value, low, high = (None if end is None else float(end) for end in low_high)
        source = f"prices of {prices.date} ({prices.source})"
        self.found["month_cost"] = Quantity(
            name="month_cost",
            label="cost of a month",
            unit=prices.currency,
            value=value,
            low=low,
            high=high,
            formula=f"730 h x (nodes x {counted(demand.cores_per_node, 'core')}, store nodes, x prices) "
            f"+ GiB x price",
            inputs=[
                exact("one core for an hour", cost[0], prices.currency, source).shown,
                exact("one store node for an hour", cost[1], prices.currency, source).shown,
                exact("one GiB transferred", cost[2], prices.currency, source).shown,
                exact("GiB in a month", gib, "GiB", "mean rate x bytes of request and reply").shown,
            ],
            refused=refused,
        )

    def _note_what_differs(self) -> None:
        costs, asked = self.costs, self.demand.payload_bytes
        if asked is not None and asked != costs.payload_bytes:
            self.notes.append(
                f"CPU and bytes were measured with {costs.payload_bytes} bytes of data in a login, not "
                f"{asked}: authbench run payload measures what size costs"
            )
        if costs.busy_share is not None and costs.busy_share < NEAR * self.demand.target_utilisation:
            self.notes.append(
                f"measured at {costs.busy_share:.0%} busy, planned for {self.demand.target_utilisation:.0%}: "
                "a request costs less on a busier core, so the cores are an upper bound"
            )
        if costs.one_sided:
            self.notes.append("every read was a hit, or every one a miss: yours lies between the two arms")
        if costs.arm.offered_rps is not None:
            self.notes.append(
                f"measured at {decimals(costs.arm.offered_rps)} requests/s, lower than the others: not paired"
            )


def cannot_grow(app_us: float, share: float) -> str:
    """Why a scheme whose logins are in one process's memory is refused, once that process is too small."""
    most = float(formulas.core_carries_rps(app_us, share))
    return (
        f"it cannot grow: logins live in the memory of one process, which carries about {decimals(most)} "
        f"requests/s on its one core at {share:.0%} busy, and cannot be spread over nodes"
    )


def bytes_of(added: Added, entry: Entry | None) -> Uncertain:
    """Bytes of one entry with their interval; 0 where there is none."""
    name = f"bytes of {'' if added is Added.ANOTHER_LOGIN else 'a '}{added}"
    found = (
        measured(name, entry.bytes_each, "bytes", f"run {entry.run_id}, to {entry.counted_to:,}", key=name)
        if entry is not None
        else None
    )
    return found or exact(name, 0, "bytes", "not measured: none")


def _busy(
    rate: formulas.Number,
    refreshes: formulas.Number,
    app_us: formulas.Number,
    logins: formulas.Number,
    login_us: formulas.Number,
) -> formulas.Number:
    """Cores that requests, refreshes (taken to cost what a request does) and hashing keep busy."""
    return formulas.busy_cores(rate + refreshes, app_us) + formulas.busy_cores(logins, login_us)
