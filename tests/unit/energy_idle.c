/* Idle power: measured in samples, interpolated, taken off; and the share that is ours.
 * SPDX-License-Identifier: MIT */
#include "energy/accounting.h"

#include <unistd.h>

#include "unit.h"

#include "energy_edges.h"

static void idle_is_taken_off(void **state)
{
	EdgeReply begin = edge(0, 1), end = edge(10 * S, 1);
	IdlePower idle;
	Joules gross, net;

	(void)state;
	begin.domain[0].unit_j = end.domain[0].unit_j = 0;
	begin.reading[0].read_ns = end.reading[0].read_ns = 0;
	end.reading[0].energy_j = 30;
	edge_idle(&begin, &end, &idle);
	near(idle.watts, 3, 1e-12);
	near(idle.u_watts, 3 * 1e-3 / 10 / sqrt(6), 1e-9);
	near(idle.time_s, 10, 1e-12);
	assert_true(idle.noise == 0 && idle.freedom == 0);
	assert_true(idle.at_ns == 5 * S);
	end.reading[0].energy_j = 100;
	gross = between(&begin, &end);
	idle.u_watts = 0.4;
	joules_minus_idle(&gross, &idle, 10, &net);
	near(net.value, 70, 1e-9);
	near(net.u.idle_j, 4, 1e-9);
	/* (10 W · 1 ms)²/6 + (10 s · 0.4 W)² + (0.05 · 70)²: the scale error is of the
	 * difference */
	near(net.high - 70, 1.959964 * sqrt(1.667e-5 + 16 + 12.25), 1e-5);
	assert_int_equal(net.prov, ENERGY_MEASURED);
	/* Noise of 0.9 W²·s: 9 J² more in 10 s; of 11 degrees of freedom, 1.11 times as much. */
	idle.noise = 0.9;
	idle.freedom = 11;
	joules_minus_idle(&gross, &idle, 10, &net);
	near(net.u.idle_j, 1.11 * 5, 1e-9);
	idle.watts = NAN;
	joules_minus_idle(&gross, &idle, 10, &net);
	assert_true(isnan(net.value) && isnan(net.low));
	assert_int_equal(net.prov, ENERGY_NONE);
}

static void idle_is_measured_in_samples(void **state)
{
	static const double sample_j[] = { 11, 9, 11, 9, 11, 9, 11, 9 };
	EdgeReply reply = edge(S, 1);
	IdleSpan span;
	IdlePower idle;

	(void)state;
	reply.domain[0].unit_j = reply.domain[0].update_s = 0;
	reply.reading[0].read_ns = 0;
	idle_begin(&span, &reply);
	for (int i = 0; i < 8; i++) {
		reply.reading[0].t_ns += S;
		reply.reading[0].energy_j += sample_j[i];
		idle_sample(&span, &reply);
	}
	idle_end(&span, &idle);
	near(idle.watts, 10, 1e-12);
	near(idle.time_s, 8, 1e-12);
	near(idle.freedom, 6, 0);
	assert_true(idle.at_ns == 5 * S);
	/* Squares 8, of which the line through them takes 8/42·… : 1 s samples, so W² are W²·s. */
	near(idle.noise, (8 - 16.0 / 42) / 6, 1e-9);
	near(idle.u_watts, sqrt(idle.noise / 8), 1e-9);
	/* A steady climb is no noise. */
	reply = edge(S, 1);
	reply.domain[0].unit_j = reply.domain[0].update_s = 0;
	reply.reading[0].read_ns = 0;
	idle_begin(&span, &reply);
	for (int i = 0; i < 8; i++) {
		reply.reading[0].t_ns += S;
		reply.reading[0].energy_j += 10 + i;
		idle_sample(&span, &reply);
	}
	idle_end(&span, &idle);
	near(idle.watts, 13.5, 1e-9);
	near(idle.noise, 0, 1e-9);
	/* A sensor that goes away, or none, is no idle power. */
	reply.reading[0].resets++;
	idle_sample(&span, &reply);
	idle_end(&span, &idle);
	assert_true(isnan(idle.watts));
	reply.headline = -1;
	idle_begin(&span, &reply);
	idle_sample(&span, &reply);
	idle_end(&span, &idle);
	assert_true(isnan(idle.watts));
	assert_int_equal(idle_samples(0.01), IDLE_SAMPLES_MIN);
	assert_int_equal(idle_samples(10), 20);
	assert_int_equal(idle_samples(1e6), IDLE_SAMPLES_MAX);
	for (int i = 1; i <= 20; i++)
		assert_true(idle_sample_end(i, 20) > idle_sample_end(i - 1, 20));
	near(idle_sample_end(20, 20), 1, 0);
}

static void drift_is_interpolated(void **state)
{
	IdlePower a = { .watts = 10, .u_watts = 0.3, .time_s = 10, .at_ns = 10 * S };
	IdlePower b = { .watts = 14, .u_watts = 0.4, .time_s = 10, .at_ns = 50 * S };
	IdlePower none = { .watts = NAN }, now;

	(void)state;
	idle_between(&a, &b, 20 * S, &now);
	near(now.watts, 11, 1e-12);
	near(now.u_watts, hypot(0.75 * 0.3, 0.25 * 0.4), 1e-12);
	idle_between(&a, &b, 60 * S, &now); /* no further than what was seen */
	near(now.watts, 14, 1e-12);
	near(now.u_watts, 0.4, 1e-12);
	a.noise = 0.1; /* 0.01 of the 0.09 W² */
	a.freedom = 18;
	b.noise = 0.3; /* 0.03 of the 0.16 */
	b.freedom = 6;
	idle_between(&a, &b, 30 * S, &now);
	near(now.noise, 0.15, 1e-12);
	near(now.freedom, 24, 0);
	near(now.u_watts, sqrt(0.25 * (0.08 + 0.015) + 0.25 * (0.13 + 0.015)), 1e-12);
	idle_between(&a, &none, 30 * S, &now);
	assert_true(now.watts == 10 && now.u_watts == 0.3);
	idle_between(&none, &b, 30 * S, &now);
	assert_true(now.watts == 14);
	idle_between(&none, &none, 30 * S, &now);
	assert_true(isnan(now.watts));
}

static void our_share_is_by_cpu_time(void **state)
{
	Joules net = { .value = 70, .u = { .idle_j = 4 }, .prov = ENERGY_MEASURED }, ours;
	double tick = 52.5 / ((double)sysconf(_SC_CLK_TCK) * 4); /* busy time counts in ticks */

	(void)state;
	joules_attributed(&net, 3, 4, &ours);
	near(ours.value, 52.5, 1e-9);
	near(ours.u.edges_j, tick, 1e-9);
	near(ours.low, 52.5 - 1.959964 * hypot(3, tick), 1e-9);
	near(ours.high, 52.5 + 1.959964 * hypot(3, tick), 1e-9);
	assert_int_equal(ours.prov, ENERGY_ATTRIBUTED);
	joules_attributed(&net, 5, 4, &ours); /* ticks are coarser than our clock */
	near(ours.value, 70, 0);
	joules_attributed(&net, 3, 0, &ours);
	assert_true(isnan(ours.value));
	assert_int_equal(ours.prov, ENERGY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_is_taken_off),
		cmocka_unit_test(idle_is_measured_in_samples),
		cmocka_unit_test(drift_is_interpolated),
		cmocka_unit_test(our_share_is_by_cpu_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
