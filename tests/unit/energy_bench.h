/* A panel on a fake machine that works: for the contracts of the sources that the meter opens.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ENERGY_BENCH_H
#define WATTLE_TESTS_ENERGY_BENCH_H

#include "energy/panel.h"
#include "energy_machines.h"
#include "unit.h"

static Fake fake;

#define STEP_S 0.1

/* A panel on a fake machine, and what that has used. */
typedef struct Bench {
	const Machine *machine;
	Panel *panel;
	double joules;
} Bench;

static Bench bench_open(const Machine *m, double joules)
{
	Bench bench = { .machine = m, .joules = joules };
	Err err = { 0 };

	fake_init(&fake);
	m->build(&fake);
	m->show(&fake, joules, 100);
	if (!panel_open(&fake.os, m->wanted, &bench.panel, &err))
		fail_msg("%s: %s", m->wanted, err.text);
	assert_string_equal(panel_headline(bench.panel), m->source);
	m->show(&fake, joules, 100); /* perf events exist only now; a meter says its first line */
	panel_read(bench.panel);
	return bench;
}

static void bench_close(Bench *bench)
{
	panel_close(bench->panel);
	assert_int_equal(fake.open, 0);
}

/* The machine works at so many watts, and is read as often as its source wants. */
static void work(Bench *bench, double seconds, double watts)
{
	assert_true(panel_poll_s(bench->panel) >= STEP_S);
	for (int i = 0; i < (int)lround(seconds / STEP_S); i++) {
		fake.now_ns += (int64_t)(STEP_S * 1e9);
		bench->joules += watts * STEP_S;
		bench->machine->show(&fake, bench->joules, watts);
		panel_read(bench->panel);
	}
}

static EdgeReply edge(const Bench *bench)
{
	EdgeReply reply;

	panel_edge(bench->panel, 1, &reply);
	assert_string_equal(reply.source, bench->machine->source);
	return reply;
}

static Joules between(const EdgeReply *begin, const EdgeReply *end)
{
	Joules joules;

	edge_joules(begin, end, &joules);
	return joules;
}

static const EnergySource *source_of(const Machine *m)
{
	const char *arg;

	return energy_source_wanted(m->wanted, &arg);
}

#endif
