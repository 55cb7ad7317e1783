/* Every source that hands its counters to the worker: what the worker reads by them is what the meter
 * reads, and its windows hold what was used between its own readings, whatever happens to the counter.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "energy_bench.h"

/* A window of the worker's: what it asked the meter, and what it read itself. */
typedef struct Own {
	EdgeHandles handles;
	EdgeReply begin, end;
	EdgeSample first, last;
} Own;

/* The machine goes on, between the worker and the meter. */
static void on_the_way(Bench *bench)
{
	fake.now_ns += 300000;
	bench->joules += 0.03;
	bench->machine->show(&fake, bench->joules, 100);
}

static void own_begin(Bench *bench, Own *own)
{
	panel_handles(bench->panel, &own->handles);
	assert_true(own->handles.count > 0);
	own->begin = edge(bench);
	on_the_way(bench);
	edge_sample(&own->handles, EDGE_BEGIN, &own->first);
	edge_settle(&own->begin, &own->first);
}

static Joules own_end(Bench *bench, Own *own)
{
	edge_sample(&own->handles, EDGE_END, &own->last);
	on_the_way(bench);
	own->end = edge(bench);
	edge_settle(&own->end, &own->last);
	return between(&own->begin, &own->end);
}

/* The worker's reading is the meter's, whoever reads first, and whether they wrap between. */
static void handles_read_what_the_meter_reads(void **state)
{
	int handed = 0;

	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench = bench_open(&machines[k], 5000);
		EdgeHandles handles;
		EdgeSample before, after;
		EdgeReply meter, early, late;

		work(&bench, 3, 100);
		panel_handles(bench.panel, &handles);
		edge_sample(&handles, EDGE_END, &before);
		meter = early = late = edge(&bench);
		edge_sample(&handles, EDGE_BEGIN, &after);
		edge_settle(&early, &before);
		edge_settle(&late, &after);
		handed += handles.count > 0;
		assert_true((handles.count > 0) == (source_of(&machines[k])->handle != NULL));
		if (handles.count > 0)
			assert_int_equal(handles.count, meter.headline_count);
		for (int i = 0; i < handles.count; i++) {
			const Reading *m = &meter.reading[i];
			assert_true(early.reading[i].energy_j == m->energy_j && m->energy_j > 0);
			assert_true(late.reading[i].energy_j == m->energy_j);
			assert_true(early.reading[i].t_ns < m->t_ns);
			assert_true(late.reading[i].t_ns > m->t_ns);
			assert_int_equal(late.reading[i].prov, m->prov);
			assert_int_equal(late.reading[i].flags, m->flags);
		}
		if (handles.count == 0)
			assert_memory_equal(&late, &meter, sizeof meter);
		bench_close(&bench);
	}
	assert_int_equal(handed, 3);
	/* By an MSR file every register of the processor can be read. */
	assert_null(energy_source_find("msr")->handle);
}

/* Only what lies between its own readings is in a window of the worker's. */
static void own_windows_hold_what_was_used(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench;
		Joules joules;
		Own own;

		if (!source_of(&machines[k])->handle)
			continue;
		bench = bench_open(&machines[k], 5000);
		work(&bench, 3, 100);
		own_begin(&bench, &own);
		work(&bench, 20, 100);
		joules = own_end(&bench, &own);
		assert_true(fabs(joules.value - 2000) < 1e-3);
		assert_int_equal(joules.prov, machines[k].prov);
		assert_int_equal(joules.flags, 0);
		fake.slept_ns += 2000000;
		work(&bench, 1, 100);
		joules = own_end(&bench, &own);
		assert_int_equal(joules.flags, ENERGY_SUSPENDED);
		assert_true(isnan(joules.value));
		bench_close(&bench);
	}
}

/* Wherever in it the counter goes round: in the window, or between the meter and the worker. */
static void own_windows_follow_wraps(void **state)
{
	const double before_j[] = { 500, 0.015, 1000.045 };

	(void)state;
	for (size_t k = 0; k < MACHINES * 3; k++) {
		const Machine *m = &machines[k / 3];
		Bench bench;
		Joules joules;
		Own own;

		if (m->range_j == 0 || !source_of(m)->handle)
			continue;
		bench = bench_open(m, m->range_j - 100 - before_j[k % 3]);
		work(&bench, 1, 100);
		own_begin(&bench, &own);
		work(&bench, 10, 100);
		joules = own_end(&bench, &own);
		assert_true(fabs(joules.value - 1000) < 1e-3);
		assert_int_equal(joules.flags, k % 3 == 0 ? ENERGY_WRAPPED : 0);
		/* Longer than a round, followed by the meter alone. */
		own_begin(&bench, &own);
		work(&bench, 300, 900);
		assert_true(300 * 900 > m->range_j);
		joules = own_end(&bench, &own);
		assert_true(fabs(joules.value - 270000) < 1e-3);
		assert_int_equal(joules.flags, ENERGY_WRAPPED);
		/* It could have gone round twice while nobody looked. */
		own_begin(&bench, &own);
		fake.now_ns += (int64_t)(1.01e9 * m->range_j / own.begin.domain[0].max_w);
		joules = own_end(&bench, &own);
		assert_true(isnan(joules.value) && joules.flags & ENERGY_MULTIWRAP);
		bench_close(&bench);
	}
}

static void own_windows_see_a_restart(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench;
		Joules joules;
		Own own;

		if (!source_of(&machines[k])->handle)
			continue;
		bench = bench_open(&machines[k], 9000);
		work(&bench, 1, 100);
		own_begin(&bench, &own);
		bench.joules = 0;
		work(&bench, 1, 100);
		joules = own_end(&bench, &own);
		assert_true(isnan(joules.value));
		assert_int_equal(joules.flags, ENERGY_RESET);
		/* Between the meter and the worker: the meter meets it in the window. */
		work(&bench, 90, 100);
		panel_handles(bench.panel, &own.handles);
		own.begin = edge(&bench);
		bench.joules = 0;
		on_the_way(&bench);
		edge_sample(&own.handles, EDGE_BEGIN, &own.first);
		edge_settle(&own.begin, &own.first);
		work(&bench, 1, 100);
		joules = own_end(&bench, &own);
		assert_true(isnan(joules.value));
		assert_int_equal(joules.flags, ENERGY_RESET);
		/* Just behind the window, before the meter looked: nobody can tell. */
		work(&bench, 90, 100);
		own_begin(&bench, &own);
		work(&bench, 1, 100);
		edge_sample(&own.handles, EDGE_END, &own.last);
		bench.machine->show(&fake, 0, 100);
		own.end = edge(&bench);
		edge_settle(&own.end, &own.last);
		joules = between(&own.begin, &own.end);
		assert_true(isnan(joules.value));
		assert_int_equal(joules.flags, ENERGY_RESET);
		bench_close(&bench);
	}
}

/* A descriptor that dies marks the window, also where the meter can still read. */
static void own_descriptors_may_die(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench;
		Joules joules;
		Own own;

		if (!source_of(&machines[k])->handle)
			continue;
		bench = bench_open(&machines[k], 9000);
		work(&bench, 1, 100);
		own_begin(&bench, &own);
		work(&bench, 1, 100);
		assert_int_equal(own_end(&bench, &own).flags, 0);
		own.last.of[0].lost = true;
		edge_settle(&own.end, &own.last);
		joules = between(&own.begin, &own.end);
		assert_true(isnan(joules.value) && joules.flags & ENERGY_LOST);
		machines[k].unplug(&fake);
		edge_sample(&own.handles, EDGE_END, &own.last);
		assert_true(own.last.of[0].lost);
		own.end = edge(&bench);
		edge_settle(&own.end, &own.last);
		joules = between(&own.begin, &own.end);
		assert_true(isnan(joules.value) && joules.flags & ENERGY_LOST);
		bench_close(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_read_what_the_meter_reads),
		cmocka_unit_test(own_windows_hold_what_was_used),
		cmocka_unit_test(own_windows_follow_wraps),
		cmocka_unit_test(own_windows_see_a_restart),
		cmocka_unit_test(own_descriptors_may_die),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
