/* Counters that wrap, joules between edges and their error, gates, and the badge.
 * SPDX-License-Identifier: MIT */
#include "energy/accounting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#include "energy_edges.h"

/* --- counters --------------------------------------------------------------------------------- */

static const EnergyDomain small = {
	.id = "package-0",
	.scope = ENERGY_PKG,
	.parent = -1,
	.unit_j = 1e-6,
	.range_j = 99e-6,
	.update_s = 1e-3,
	.max_w = 40e-6,
};

static void a_wrap_goes_on(void **state)
{
	EnergyCount count;

	(void)state;
	energy_count_start(&count, 90, 99, 1, 1e-6, 0); /* counts modulo 100 */
	energy_count_step(&count, &small, 99, S);
	assert_int_equal(count.sum, 9);
	assert_int_equal(count.wraps, 0);
	energy_count_step(&count, &small, 0, 2 * S);
	assert_int_equal(count.sum, 10);
	energy_count_step(&count, &small, 20, 3 * S);
	assert_int_equal(count.sum, 30);
	assert_int_equal(count.wraps, 1);
	assert_int_equal(count.resets + count.multiwraps, 0);
}

static void a_possible_second_wrap_is_told(void **state)
{
	EnergyCount count;

	(void)state;
	energy_count_start(&count, 90, 99, 1, 1e-6, 0);
	energy_count_step(&count, &small, 95, 5 * S / 2); /* 40 µW for 2.5 s: a whole round */
	assert_int_equal(count.multiwraps, 1);
	assert_int_equal(count.sum, 0);
	energy_count_step(&count, &small, 5, 3 * S);
	assert_int_equal(count.sum, 10);
	assert_int_equal(count.multiwraps, 1);
}

static void resets_add_nothing(void **state)
{
	EnergyDomain unknown = small;
	EnergyCount count;

	(void)state;
	/* 61 units in 1 s is over 1.5 · 40 · 1.001. */
	energy_count_start(&count, 10, 99, 1, 1e-6, 0);
	energy_count_step(&count, &small, 71, S);
	assert_int_equal(count.resets, 1);
	assert_int_equal(count.sum, 0);
	energy_count_step(&count, &small, 81, 2 * S);
	assert_int_equal(count.sum, 10);
	/* Backwards, with no range known. */
	unknown.range_j = 0;
	energy_count_start(&count, 50, 0, 1, 1e-6, 0);
	energy_count_step(&count, &unknown, 49, S);
	assert_int_equal(count.resets, 1);
	assert_int_equal(count.sum, 0);
	/* A value beyond its own range, then back. */
	energy_count_start(&count, 500, 99, 1, 1e-6, 0);
	energy_count_step(&count, &small, 1, S);
	assert_int_equal(count.resets, 1);
}

static void polls_in_time(void **state)
{
	EnergyDomain domain = { .range_j = 65536, .max_w = 1000 };

	(void)state;
	near(energy_poll_s(&domain), 16.384, 1e-9);
	domain.range_j = 262144;
	near(energy_poll_s(&domain), 60, 0);
	domain.range_j = 1e-6; /* a range that nobody could follow must not keep the meter busy */
	near(energy_poll_s(&domain), 0.01, 0);
	domain.range_j = 0;
	near(energy_poll_s(&domain), 60, 0);
}

/* --- joules ----------------------------------------------------------------------------------- */

static void the_error_is_the_formula(void **state)
{
	EdgeReply begin = edge(S, 1), end = edge(3 * S, 1);
	Joules joules;

	(void)state;
	begin.domain[0].unit_j = end.domain[0].unit_j = 0.6;
	begin.domain[0].update_s = end.domain[0].update_s = 0.1;
	end.reading[0].energy_j = 40;
	joules = between(&begin, &end);
	near(joules.value, 40, 0);
	/* unit²/6 = 0.06; (20 W · 0.1 s)²/6 = 0.6667; (0.05 · 40)² = 4; u = √4.726667 = 2.174090 */
	near(joules.u.unit_j, sqrt(0.06), 1e-9);
	near(joules.u.edges_j, 20 * 0.1 / sqrt(6), 1e-6);
	near(joules.u.scale_j, 2, 1e-12);
	near(joules.u.idle_j, 0, 0);
	near(joules.u.lag_j, 0, 0);
	near(joules.high - 40, 1.959964 * 2.174090, 1e-5);
	near(40 - joules.low, 1.959964 * 2.174090, 1e-5);
	/* From 4 W to 28 W: 1.6 − √(0.05 · 0.4 · 2.8) = 1.363357, by 1.901767; (28 − 4)·0.1/2 =
	 * 1.2 J were left out. */
	begin.edge_w[0] = 4;
	end.edge_w[0] = 28;
	joules = between(&begin, &end);
	near(joules.value, 40, 0);
	near(joules.u.edges_j, 1.363357 / 1.901767, 1e-6);
	near(joules.u.lag_j, 1.2, 1e-12);
	near(joules.high - 41.2, 41.2 - joules.low, 1e-12);
	begin.edge_w[0] = 1; /* 0.1 J of 2.8: as good as a box */
	near(between(&begin, &end).u.edges_j, 0.475 * 2.8 / 1.901767, 1e-6);
	begin.edge_w[0] = end.edge_w[0] = 0;
	/* A power that was integrated brings what its samples missed meanwhile. */
	begin.reading[0].u_j = 3;
	end.reading[0].u_j = 5;
	joules = between(&begin, &end);
	near(joules.u.edges_j, sqrt(16 + 4.0 / 6), 1e-6);
	near(joules.scale_err, 0.05, 1e-12);
	assert_int_equal(joules.prov, ENERGY_MEASURED);
	assert_int_equal(joules.scope, ENERGY_PKG);
	assert_int_equal(joules.flags, 0);
	assert_string_equal(joules.source, "powercap");
}

static void packages_add_up(void **state)
{
	EdgeReply begin = edge(0, 2), end = edge(10 * S, 2);
	Joules joules;

	(void)state;
	end.reading[0].energy_j = 500;
	end.reading[1].energy_j = 300;
	joules = between(&begin, &end);
	near(joules.value, 800, 0);
	near(joules.scale_err, 0.05, 1e-12);
	/* (50 W · 1 ms)²/6 + (30 W · 1 ms)²/6 + 2 · unit²/6 + (0.05 · 800)² */
	near(joules.high - 800, 1.959964 * sqrt(4.1667e-4 + 1.5e-4 + 1.24e-9 + 1600), 1e-6);
}

static void nothing_is_added_to_what_holds_it(void **state)
{
	EdgeReply begin = edge(0, 3), end = edge(10 * S, 3);
	Joules joules;

	(void)state;
	/* Domain 0 holds domain 1, which holds domain 2. */
	begin.domain[1].parent = end.domain[1].parent = 0;
	begin.domain[2].parent = end.domain[2].parent = 1;
	end.reading[0].energy_j = 100;
	end.reading[1].energy_j = 60;
	end.reading[2].energy_j = 20;
	joules = between(&begin, &end);
	near(joules.value, 100, 0);
	/* A headline of the inner two counts the outer of them. */
	begin.headline = end.headline = 1;
	begin.headline_count = end.headline_count = 2;
	joules = between(&begin, &end);
	near(joules.value, 60, 0);
}

static void twins_count_once(void **state)
{
	EdgeReply begin = edge(0, 3), end = edge(10 * S, 3);
	Joules joules;

	(void)state;
	begin.reading[1].energy_j = 7;
	end.reading[0].energy_j = 680;
	end.reading[1].energy_j = 687;
	end.reading[2].energy_j = 500;
	joules = between(&begin, &end);
	near(joules.value, 1180, 0);
	assert_int_equal(joules.flags, ENERGY_DUPLICATE);
	/* A wall counter of another name may well agree. */
	strcpy(begin.domain[1].id, "die-1");
	strcpy(end.domain[1].id, "die-1");
	near(between(&begin, &end).value, 1860, 0);
	/* Known to be a duplicate, though this window differs. */
	end.reading[1].energy_j = 650;
	end.reading[1].flags = ENERGY_DUPLICATE;
	joules = between(&begin, &end);
	near(joules.value, 1180, 0);
	assert_int_equal(joules.flags, ENERGY_DUPLICATE);
	/* Two at rest are not twins. */
	assert_int_equal(edge_twins(begin.domain, begin.reading, begin.reading, 3), 0);
}

static void check_void(const EdgeReply *begin, const EdgeReply *end, uint32_t flag)
{
	Joules joules = between(begin, end);
	IdlePower idle;

	assert_true(isnan(joules.value) && isnan(joules.low) && isnan(joules.high));
	assert_int_equal(joules.prov, ENERGY_NONE);
	assert_true(joules.flags & flag);
	edge_idle(begin, end, &idle);
	assert_true(isnan(idle.watts) && isnan(idle.u_watts));
}

static void events_void_the_window(void **state)
{
	EdgeReply begin = edge(S, 2), good = edge(11 * S, 2), end;

	(void)state;
	good.reading[0].energy_j = 100;
	good.reading[1].energy_j = 90;
	assert_int_equal(between(&begin, &good).flags, 0);
	end = good;
	end.reading[1].resets = 1;
	check_void(&begin, &end, ENERGY_RESET);
	end = good;
	end.reading[1].multiwraps = 1;
	check_void(&begin, &end, ENERGY_MULTIWRAP);
	end = good;
	end.reading[0].energy_j = -1;
	check_void(&begin, &end, ENERGY_RESET);
	end = good;
	end.reading[0].energy_j = NAN;
	end.reading[0].flags = ENERGY_LOST;
	check_void(&begin, &end, ENERGY_LOST);
	end = good;
	end.machine.boot_minus_mono_ns += 1000001;
	check_void(&begin, &end, ENERGY_SUSPENDED);
	end = good;
	end.reading[0].gaps = 1;
	check_void(&begin, &end, ENERGY_LOST);
	end = good;
	end.machine.ac_changes = 1;
	check_void(&begin, &end, ENERGY_AC_CHANGED);
	end = good;
	end.headline = -1; /* the source has gone */
	check_void(&begin, &end, ENERGY_LOST);
	end = good;
	strcpy(end.source, "rapl-perf"); /* or was switched */
	check_void(&begin, &end, ENERGY_LOST);
	end = good;
	end.reading[0].t_ns = end.reading[1].t_ns = S;
	check_void(&begin, &end, ENERGY_LOST);
}

/* Behind some hypervisors a counter is there and never counts: that is no measured 0. */
static void a_counter_that_stands_still_is_lost(void **state)
{
	EdgeReply begin = edge(S, 2), end = edge(2 * S, 2);

	(void)state;
	end.reading[0].energy_j = 10;
	check_void(&begin, &end, ENERGY_LOST);
	end.reading[1].energy_j = 61e-6;
	assert_int_equal(between(&begin, &end).flags, 0);
	end = edge(S + S / 200, 2); /* 5 ms: there may have been no whole unit */
	end.reading[0].energy_j = 1;
	near(between(&begin, &end).value, 1, 0);
	end.reading[0].energy_j = 0;
	check_void(&begin, &end, ENERGY_LOST);
	Joules part;
	edge_step(&begin, &end, &part);
	near(part.value, 0, 0);
}

static void a_wrap_is_only_told(void **state)
{
	EdgeReply begin = edge(S, 1), end = edge(11 * S, 1);
	Joules joules;

	(void)state;
	begin.reading[0].wraps = 3;
	end.reading[0].wraps = 4;
	end.reading[0].energy_j = 10;
	joules = between(&begin, &end);
	near(joules.value, 10, 0);
	assert_int_equal(joules.flags, ENERGY_WRAPPED);
}

static void slow_edges_are_stale(void **state)
{
	EdgeReply begin = edge(S, 1), good = edge(2 * S, 1), end = good;

	(void)state;
	good.reading[0].energy_j = end.reading[0].energy_j = 10;
	begin.received_ns = S + 900000;
	end.sent_ns = 2 * S - 900000;
	assert_int_equal(between(&begin, &end).flags, 0);
	end.sent_ns = 2 * S - 1100000;
	assert_int_equal(between(&begin, &end).flags, ENERGY_STALE);
	begin.received_ns = S + 1100000;
	assert_int_equal(between(&begin, &good).flags, ENERGY_STALE);
	begin.received_ns = 0;
	assert_int_equal(between(&begin, &good).flags, 0);
	good.reading[0].read_ns = 1100000;
	assert_int_equal(between(&begin, &good).flags, ENERGY_STALE);
}

static void provenance_never_rises(void **state)
{
	static const EnergyProv all[] = { ENERGY_NONE, ENERGY_MODELLED, ENERGY_ATTRIBUTED,
					  ENERGY_MEASURED };
	IdlePower idle = { .watts = 1, .u_watts = 0.1, .time_s = 10 };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			EdgeReply begin = edge(0, 2), end = edge(10 * S, 2);
			EnergyProv lowest = all[i] < all[j] ? all[i] : all[j];
			Joules gross, net, ours;

			end.reading[0].energy_j = 100;
			end.reading[1].energy_j = 90;
			begin.reading[0].prov = all[i];
			end.reading[1].prov = all[j];
			gross = between(&begin, &end);
			assert_int_equal(gross.prov, lowest);
			joules_minus_idle(&gross, &idle, 10, &net);
			assert_true(net.prov <= gross.prov);
			joules_attributed(&net, 1, 2, &ours);
			assert_true(ours.prov <= net.prov && ours.prov <= ENERGY_ATTRIBUTED);
		}
}

static void without_a_meter_there_is_none(void **state)
{
	EdgeReply begin, end;
	Joules joules;
	Err err = { 0 };
	char badge[48];

	(void)state;
	assert_true(edge_ask(-1, 1, 0, &begin, &err));
	assert_true(edge_ask(-1, 2, 0, &end, &err));
	assert_true(end.received_ns >= begin.received_ns && begin.received_ns > 0);
	assert_int_equal(end.id, 2);
	joules = between(&begin, &end);
	assert_true(isnan(joules.value));
	assert_int_equal(joules.prov, ENERGY_NONE);
	assert_int_equal(joules.flags, 0);
	assert_string_equal(joules_badge(&joules, badge), "NONE: time only");
}

/* --- the power before an edge, gates ---------------------------------------------------------- */

static void the_power_before_an_edge(void **state)
{
	const EnergyDomain domain = { .update_s = 1e-3 };
	Reading reading = { .t_ns = S };
	EdgeWatts watts = { .watts = 0 };

	(void)state;
	assert_true(edge_watts(&watts, &domain, &reading) == 0);
	reading.t_ns += S / 10;
	reading.energy_j += 2;
	near(edge_watts(&watts, &domain, &reading), 20, 1e-9);
	reading.t_ns += S / 250; /* 4 updates, but less than 5 ms: the one before stands */
	reading.energy_j += 1;
	near(edge_watts(&watts, &domain, &reading), 20, 1e-9);
	reading.t_ns += S / 500;
	near(edge_watts(&watts, &domain, &reading), 1 / 0.006, 1e-6);
	reading.t_ns += S;
	reading.resets++;
	assert_true(edge_watts(&watts, &domain, &reading) == 0);
	reading.t_ns += 3 * S;
	reading.energy_j += 30;
	assert_true(edge_watts(&watts, &domain, &reading) == 0); /* too long ago */
	reading.t_ns += S;
	reading.energy_j = NAN;
	assert_true(edge_watts(&watts, &domain, &reading) == 0);
}

static void a_busy_machine_is_contended(void **state)
{
	EdgeMachine begin = { .busy_ns = 50 * S, .steal_ns = S, .capacity_ns = 100 * S };
	EdgeMachine end = { .busy_ns = 55 * S, .steal_ns = S, .capacity_ns = 120 * S };
	EdgeMachine unknown = { .busy_ns = -1, .steal_ns = -1, .capacity_ns = -1 };

	(void)state;
	assert_int_equal(edge_gates(&begin, &end, 4.1), 0); /* 0.9 of 20 s foreign: 4.5 % */
	assert_int_equal(edge_gates(&begin, &end, 3.9), ENERGY_CONTENDED);
	end.steal_ns += 190000000;
	assert_int_equal(edge_gates(&begin, &end, 5), 0);
	end.steal_ns += 20000000;
	assert_int_equal(edge_gates(&begin, &end, 5), ENERGY_CONTENDED);
	end.boot_minus_mono_ns = 2000000;
	assert_int_equal(edge_gates(&begin, &end, 5), ENERGY_CONTENDED | ENERGY_SUSPENDED);
	assert_int_equal(edge_gates(&unknown, &unknown, 5), 0);
	assert_false(edge_judged(&unknown, &unknown));
}

static void a_warmer_or_slower_machine_is_contended(void **state)
{
	EdgeMachine begin = { .temperature_cs = 1000, .frequency_hzs = 1e12, .held_ns = 5 * S };
	EdgeMachine end = begin, unknown = begin;
	EdgeClimate first, now;

	(void)state;
	end.held_ns += 10 * S;
	end.temperature_cs += 500;
	end.frequency_hzs += 30e9;
	edge_climate(&begin, &end, &first);
	near(first.temperature_c, 50, 1e-9);
	near(first.frequency_hz, 3e9, 1);
	end.temperature_cs += 29;
	end.frequency_hzs -= 0.59e9;
	edge_climate(&begin, &end, &now);
	assert_int_equal(edge_drift(&first, &now), 0);
	now.temperature_c = 46.9;
	assert_int_equal(edge_drift(&first, &now), ENERGY_CONTENDED);
	now.temperature_c = 53.1;
	assert_int_equal(edge_drift(&first, &now), ENERGY_CONTENDED);
	now.temperature_c = NAN; /* unknown is not judged */
	assert_int_equal(edge_drift(&first, &now), 0);
	now.frequency_hz = 2.93e9;
	assert_int_equal(edge_drift(&first, &now), ENERGY_CONTENDED);
	unknown.temperature_cs = NAN;
	edge_climate(&unknown, &end, &now);
	assert_true(isnan(now.temperature_c) && isfinite(now.frequency_hz));
	edge_climate(&begin, &begin, &now);
	assert_true(isnan(now.temperature_c) && isnan(now.frequency_hz));
	end.ac_changes++;
	assert_int_equal(edge_gates(&begin, &end, 0), ENERGY_AC_CHANGED);
}

/* One tick is 1 % of a window of 100: below that, rounding alone would call it contended. */
static void short_windows_are_not_judged(void **state)
{
	int64_t tick_ns = S / sysconf(_SC_CLK_TCK);
	EdgeMachine begin = { 0 }, end = { .capacity_ns = 99 * tick_ns };

	(void)state;
	end.steal_ns = 2 * tick_ns;
	end.busy_ns = 20 * tick_ns;
	assert_false(edge_judged(&begin, &end));
	assert_int_equal(edge_gates(&begin, &end, 0), 0);
	end.boot_minus_mono_ns = 2000000;
	assert_int_equal(edge_gates(&begin, &end, 0), ENERGY_SUSPENDED);
	end.capacity_ns = 100 * tick_ns;
	assert_true(edge_judged(&begin, &end));
	assert_int_equal(edge_gates(&begin, &end, 0), ENERGY_SUSPENDED | ENERGY_CONTENDED);
}

/* --- the socket ------------------------------------------------------------------------------- */

static void answer_with(const void *message, size_t size, int id, ErrCode code)
{
	EdgeReply reply;
	Err err = { 0 };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	if (message)
		assert_int_equal(send(pair[1], message, size, 0), (ssize_t)size);
	else
		close(pair[1]);
	assert_int_equal(edge_ask(pair[0], (uint32_t)id, 0, &reply, &err), code == ERR_NONE);
	assert_int_equal(err.code, code);
	close(pair[0]);
	if (message)
		close(pair[1]);
}

static void answers_are_not_trusted(void **state)
{
	EdgeReply good = edge(0, 2), bad;

	(void)state;
	good.id = 7;
	answer_with(&good, sizeof good, 7, ERR_NONE);
	answer_with(&good, sizeof good, 8, ERR_DIED); /* of another edge, then nothing */
	answer_with(&good, sizeof good - 1, 7, ERR_DIED);
	answer_with(NULL, 0, 7, ERR_DIED);
	bad = good;
	bad.magic++;
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
	bad = good;
	bad.domains = ENERGY_DOMAINS_MAX + 1;
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
	bad = good;
	bad.headline = 2;
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
	bad.headline = -2;
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
	bad = good;
	bad.headline = 1;
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
	bad = good;
	bad.domain[1].parent = 2;
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
	bad = good;
	memset(&bad.domain[1].scope, 0x7f, sizeof bad.domain[1].scope);
	answer_with(&bad, sizeof bad, 7, ERR_DIED);
}

/* --- records and badges ----------------------------------------------------------------------- */

static void joules_travel(void **state)
{
	Joules in = { .value = 40,
		      .low = 36,
		      .high = 44,
		      .scale_err = 0.05,
		      .prov = ENERGY_MEASURED,
		      .scope = ENERGY_PKG,
		      .source = "rapl-perf",
		      .flags = ENERGY_WRAPPED | ENERGY_LOST };
	Joules out;
	json_t *json = joules_json(&in);

	(void)state;
	assert_true(joules_from_json(&out, json));
	assert_true(out.value == in.value && out.low == in.low && out.high == in.high);
	assert_true(out.scale_err == in.scale_err);
	assert_int_equal(out.prov, in.prov);
	assert_int_equal(out.scope, in.scope);
	assert_int_equal(out.flags, in.flags);
	assert_string_equal(out.source, in.source);
	json_object_set_new(json, "provenance", json_string("certain"));
	assert_false(joules_from_json(&out, json));
	assert_true(isnan(out.value));
	json_decref(json);
	in.value = in.low = in.high = NAN;
	json = joules_json(&in);
	assert_true(json_is_null(json_object_get(json, "value")));
	assert_true(joules_from_json(&out, json));
	assert_true(isnan(out.value));
	json_decref(json);
	assert_false(joules_from_json(&out, NULL));
}

static void badges_say_where_from(void **state)
{
	Joules joules = { .value = 100,
			  .low = 100 - 9.8,
			  .high = 100 + 9.8,
			  .prov = ENERGY_MEASURED,
			  .scope = ENERGY_PKG };
	char badge[48];

	(void)state;
	assert_string_equal(joules_badge(&joules, badge), "MEASURED pkg ±5 %");
	joules.prov = ENERGY_ATTRIBUTED;
	assert_string_equal(joules_badge(&joules, badge), "ATTRIBUTED");
	joules.low = 60;
	joules.high = 140;
	joules.prov = ENERGY_MODELLED;
	assert_string_equal(joules_badge(&joules, badge), "MODELLED ±40 %");
	joules.flags = ENERGY_REPLAYED;
	assert_string_equal(joules_badge(&joules, badge), "MODELLED ±40 % REPLAYED");
	joules.value = NAN;
	assert_string_equal(joules_badge(&joules, badge), "NONE: time only");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrap_goes_on),
		cmocka_unit_test(a_possible_second_wrap_is_told),
		cmocka_unit_test(resets_add_nothing),
		cmocka_unit_test(polls_in_time),
		cmocka_unit_test(the_error_is_the_formula),
		cmocka_unit_test(packages_add_up),
		cmocka_unit_test(nothing_is_added_to_what_holds_it),
		cmocka_unit_test(twins_count_once),
		cmocka_unit_test(events_void_the_window),
		cmocka_unit_test(a_counter_that_stands_still_is_lost),
		cmocka_unit_test(a_wrap_is_only_told),
		cmocka_unit_test(slow_edges_are_stale),
		cmocka_unit_test(provenance_never_rises),
		cmocka_unit_test(without_a_meter_there_is_none),
		cmocka_unit_test(the_power_before_an_edge),
		cmocka_unit_test(a_busy_machine_is_contended),
		cmocka_unit_test(a_warmer_or_slower_machine_is_contended),
		cmocka_unit_test(short_windows_are_not_judged),
		cmocka_unit_test(answers_are_not_trusted),
		cmocka_unit_test(joules_travel),
		cmocka_unit_test(badges_say_where_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
