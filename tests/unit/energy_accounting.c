/* Whether stated intervals hold the truth: a made-up meter with a known power, 10,000 windows for
 * each kind of machine, gross and idle-subtracted. Bars that are too wide fail as those too narrow.
 *
 * The power is P(t) = idle + drift·t + noise(t) + load(t), the noise another normal value each
 * 100 ms. The meter shows it as real ones do: as of its last update (τ apart, at any phase), in
 * whole units, read at some moment of a call that takes a while, up to 100 ms apart so that the
 * power before an edge is known.
 * SPDX-License-Identifier: MIT */
#include "energy/accounting.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "unit.h"

#define WINDOWS 10000
#define NS 1e9
#define LOW_SHARE 0.93
#define HIGH_SHARE 0.98
#define TICK_S 0.1  /* the meter's own reads */
#define NOISE_S 0.1 /* the noise keeps its value for so long */
#define NOISE_MAX 400
#define STEPS_MAX 64

typedef struct Scenario {
	const char *name;
	double idle_w, drift_w_s, noise; /* noise: W²·s */
	double load_w, step_w;           /* a step up and down, on top of load_w */
	double step_s; /* mean time between steps; 0: the load begins at the window */
	double update_s, unit_j, read_s, scale_err;
	double window_s, idle_s; /* idle_s 0: net is not asked */
	bool lone;               /* one idle span, before: quick mode */
} Scenario;

/* The machine of one window, from its beginning at 0. */
typedef struct Machine {
	const Scenario *scenario;
	Random random;
	double scale; /* the sensor shows so much of the truth */
	double phase_s, offset_j;
	double noise_j[NOISE_MAX + 1]; /* up to the beginning of each value */
	double load_from_s, load_to_s;
	double step_at[STEPS_MAX];
	int steps;
	bool high; /* how the steps begin */
	EdgeWatts watts;
} Machine;

/* Joules of the load from 0 to t; idle and noise apart. */
static double load_j(const Machine *machine, double t)
{
	const Scenario *s = machine->scenario;
	double from = machine->load_from_s, to = fmin(t, machine->load_to_s), j = 0;
	bool high = machine->high;

	if (to <= from)
		return 0;
	for (int i = 0; i <= machine->steps; i++) {
		double end = i < machine->steps ? fmin(machine->step_at[i], to) : to;
		if (end > from) {
			j += (s->load_w + (high ? s->step_w : 0)) * (end - from);
			from = end;
		}
		high = !high;
	}
	return j;
}

/* Joules of idle up to t: its noise counts, since nobody can tell it from the rest. */
static double idle_j(const Machine *machine, double t)
{
	const Scenario *s = machine->scenario;
	int cell = (int)fmin(fmax(t / NOISE_S, 0), NOISE_MAX - 1);
	double cell_j = machine->noise_j[cell + 1] - machine->noise_j[cell];

	return s->idle_w * t + s->drift_w_s * t * t / 2 + machine->noise_j[cell] +
	       cell_j * (t / NOISE_S - cell);
}

/* What the counter shows at t. */
static double counter_at(const Machine *machine, double t)
{
	const Scenario *s = machine->scenario;
	double updates = floor((t - machine->phase_s) / s->update_s);
	double update = updates * s->update_s + machine->phase_s;
	double shown_j = (load_j(machine, update) + idle_j(machine, update)) * machine->scale;

	return floor((shown_j + machine->offset_j) / s->unit_j) * s->unit_j;
}

/* What an edge at t says. */
static void edge_at(Machine *machine, double t, EdgeReply *out)
{
	const Scenario *s = machine->scenario;
	double read_s = s->read_s * random_unit(&machine->random);
	double inside_s = t + read_s * random_unit(&machine->random);
	EnergyDomain *domain = &out->domain[0];

	memset(out, 0, sizeof *out);
	out->magic = EDGE_MAGIC;
	out->domains = out->headline_count = 1;
	strcpy(out->source, "made-up");
	*domain = (EnergyDomain){ .id = "package-0",
				  .scope = ENERGY_PKG,
				  .parent = -1,
				  .unit_j = s->unit_j,
				  .update_s = s->update_s,
				  .max_w = 1000,
				  .scale_err = s->scale_err };
	out->reading[0].energy_j = counter_at(machine, inside_s);
	out->reading[0].u_j = s->unit_j / sqrt(6);
	out->reading[0].t_ns = (int64_t)((1 + t + read_s / 2) * NS);
	out->reading[0].read_ns = (int64_t)(read_s * NS);
	out->reading[0].prov = ENERGY_MEASURED;
	out->edge_w[0] = edge_watts(&machine->watts, domain, &out->reading[0]);
}

/* The meter's own reads until t, at its own pace. */
static double ticks_until(Machine *machine, double from_s, double t)
{
	EdgeReply ignored;

	for (; from_s < t - 0.001; from_s += TICK_S)
		edge_at(machine, from_s, &ignored);
	return from_s;
}

static void machine_make(Machine *machine, const Scenario *scenario, uint64_t seed)
{
	double t, end_s = 2 * (1 + scenario->idle_s) + scenario->window_s + 1;

	memset(machine, 0, sizeof *machine);
	machine->scenario = scenario;
	random_init(&machine->random, seed, RANDOM_SAMPLE);
	machine->scale = 1 + scenario->scale_err * random_normal(&machine->random);
	machine->phase_s = -scenario->update_s * random_unit(&machine->random);
	machine->offset_j = scenario->unit_j * random_unit(&machine->random);
	for (int i = 0; i < NOISE_MAX && scenario->noise > 0; i++)
		machine->noise_j[i + 1] =
			machine->noise_j[i] +
			random_normal(&machine->random) * sqrt(scenario->noise * NOISE_S);
	machine->high = random_unit(&machine->random) < 0.5;
	machine->load_to_s = end_s;
	if (scenario->step_s <= 0)
		return;
	for (t = 0; machine->steps < STEPS_MAX;) {
		t -= scenario->step_s * log(1 - random_unit(&machine->random));
		if (t > end_s)
			break;
		machine->step_at[machine->steps++] = t;
	}
}

static void idle_measure(Machine *machine, double from_s, IdlePower *out)
{
	const Scenario *s = machine->scenario;
	int n = idle_samples(s->idle_s);
	IdleSpan span;
	EdgeReply edge;

	edge_at(machine, from_s, &edge);
	idle_begin(&span, &edge);
	for (int i = 1; i <= n; i++) {
		edge_at(machine, from_s + s->idle_s * idle_sample_end(i, n), &edge);
		idle_sample(&span, &edge);
	}
	idle_end(&span, out);
}

static bool holds(const Joules *joules, double truth)
{
	return joules->low <= truth && truth <= joules->high;
}

/* One window. *gross, *net: whether the intervals hold the truth. */
static void window(const Scenario *s, uint64_t seed, bool *gross, bool *net)
{
	static const IdlePower none = { .watts = NAN };
	IdlePower before = none, after = none, between;
	double first_s, last_s, t = 0, span_s, load, idle;
	Machine machine;
	EdgeReply begin, end;
	Joules joules, left;

	machine_make(&machine, s, seed);
	if (s->idle_s > 0) {
		machine.load_from_s = s->idle_s + 0.5;
		machine.load_to_s = machine.load_from_s + s->window_s;
		idle_measure(&machine, 0.1, &before);
		t = s->idle_s + 0.2;
	}
	first_s = t + 0.3 + 0.1 * random_unit(&machine.random);
	if (s->idle_s > 0)
		machine.load_from_s = first_s;
	t = ticks_until(&machine, t, first_s);
	edge_at(&machine, first_s, &begin);
	/* Whole passes make it a little longer than asked for, by no multiple of an update. */
	last_s = first_s + s->window_s * (1 + 0.05 * random_unit(&machine.random));
	machine.load_to_s = s->idle_s > 0 ? last_s + s->read_s : machine.load_to_s;
	/* Of a long window, only the ticks near its end matter. */
	ticks_until(&machine, fmax(t, last_s - 3 * TICK_S + 0.1 * random_unit(&machine.random)),
		    last_s);
	edge_at(&machine, last_s, &end);
	if (s->idle_s > 0 && !s->lone)
		idle_measure(&machine, last_s + s->idle_s / 10, &after);
	first_s = (double)begin.reading[0].t_ns / NS - 1;
	last_s = (double)end.reading[0].t_ns / NS - 1;
	span_s = last_s - first_s;
	load = load_j(&machine, last_s) - load_j(&machine, first_s);
	idle = idle_j(&machine, last_s) - idle_j(&machine, first_s);
	edge_joules(&begin, &end, &joules);
	*gross = holds(&joules, load + idle);
	idle_between(&before, &after, begin.reading[0].t_ns + (int64_t)(span_s / 2 * NS), &between);
	joules_minus_idle(&joules, &between, span_s, &left);
	*net = holds(&left, load);
}

static void check_share(const Scenario *s, const char *what, int held)
{
	double share = (double)held / WINDOWS;

	print_message("%-28s %-5s %.1f %% of intervals hold the truth\n", s->name, what,
		      share * 100);
	assert_true(share >= LOW_SHARE && share <= HIGH_SHARE);
}

static void intervals_hold_the_truth(void **state)
{
	const Scenario *s = *state;
	int gross_held = 0, net_held = 0;

	for (int i = 0; i < WINDOWS; i++) {
		bool gross, net;
		window(s, (uint64_t)i + 1, &gross, &net);
		gross_held += gross;
		net_held += net;
	}
	check_share(s, "gross", gross_held);
	if (s->idle_s > 0)
		check_share(s, "net", net_held);
}

int main(void)
{
	static Scenario scenarios[] = {
		{ .name = "constant",
		  .idle_w = 10,
		  .load_w = 30,
		  .update_s = 1e-3,
		  .unit_j = 61e-6,
		  .read_s = 20e-6,
		  .window_s = 1 },
		{ .name = "constant, scale 5 %",
		  .idle_w = 10,
		  .load_w = 30,
		  .update_s = 1e-3,
		  .unit_j = 61e-6,
		  .read_s = 20e-6,
		  .scale_err = 0.05,
		  .window_s = 1 },
		{ .name = "steps",
		  .idle_w = 10,
		  .load_w = 10,
		  .step_w = 40,
		  .step_s = 0.5,
		  .update_s = 1e-3,
		  .unit_j = 61e-6,
		  .read_s = 20e-6,
		  .window_s = 1 },
		{ .name = "drift, idle around",
		  .idle_w = 10,
		  .drift_w_s = 0.05,
		  .noise = 0.02,
		  .load_w = 20,
		  .update_s = 1e-3,
		  .unit_j = 61e-6,
		  .read_s = 20e-6,
		  .window_s = 10,
		  .idle_s = 10 },
		{ .name = "noisy, idle around",
		  .idle_w = 20,
		  .noise = 1,
		  .load_w = 20,
		  .update_s = 1e-3,
		  .unit_j = 61e-6,
		  .read_s = 20e-6,
		  .window_s = 10,
		  .idle_s = 10 },
		{ .name = "noisy, idle before",
		  .idle_w = 20,
		  .noise = 1,
		  .load_w = 20,
		  .update_s = 1e-3,
		  .unit_j = 61e-6,
		  .read_s = 20e-6,
		  .window_s = 1,
		  .idle_s = 5,
		  .lone = true },
		{ .name = "coarse update, 20 ms",
		  .idle_w = 10,
		  .noise = 0.05,
		  .load_w = 30,
		  .update_s = 20e-3,
		  .unit_j = 1e-3,
		  .read_s = 100e-6,
		  .window_s = 10,
		  .idle_s = 10 },
		{ .name = "coarse unit, 0.5 J",
		  .idle_w = 10,
		  .load_w = 30,
		  .update_s = 1e-3,
		  .unit_j = 0.5,
		  .read_s = 20e-6,
		  .window_s = 1 },
		{ .name = "slow reads, 1 ms",
		  .idle_w = 10,
		  .load_w = 30,
		  .update_s = 1e-4,
		  .unit_j = 61e-6,
		  .read_s = 1e-3,
		  .window_s = 1 },
	};
	struct CMUnitTest tests[sizeof scenarios / sizeof *scenarios];
	size_t count = sizeof tests / sizeof *tests;

	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest)cmocka_unit_test_prestate(intervals_hold_the_truth,
									&scenarios[i]);
	return _cmocka_run_group_tests("accounting", tests, count, NULL, NULL);
}
