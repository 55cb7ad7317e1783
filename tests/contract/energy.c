/* Every energy source keeps the contract of energy.h: it describes itself, says why it refuses,
 * never goes backwards, never claims more than it is, and leaves nothing open.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "energy_bench.h"

/* --- every source ----------------------------------------------------------------------------- */

static void sources_describe_themselves(void **state)
{
	(void)state;
	assert_non_null(energy_sources[0]);
	for (int i = 0; energy_sources[i]; i++) {
		const EnergySource *s = energy_sources[i];
		const char *const texts[] = { s->info.name, s->info.title, s->info.about };
		json_t *json;

		for (int t = 0; t < 3; t++) {
			assert_non_null(texts[t]);
			assert_true(strlen(texts[t]) > 0);
		}
		assert_int_equal(strspn(s->info.name, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(s->info.name));
		assert_int_equal(s->info.about[strlen(s->info.about) - 1], '.');
		assert_ptr_equal(energy_source_find(s->info.name), s);
		assert_non_null(s->probe);
		assert_true((s->place == ENERGY_IN_METER) ==
			    (s->open && s->domains && s->read && s->close));
		assert_true((s->place == ENERGY_IN_WORKER) == (s->model != NULL));
		assert_true(s->place == ENERGY_IN_METER ||
			    (!s->privileged && !s->on_request && !s->handle));
		json = info_json(&s->info);
		assert_non_null(json);
		json_decref(json);
	}
	assert_null(energy_source_find("nothing"));
	assert_null(energy_source_find(""));
}

/* On an empty machine each works, or says in a step why not; sensors also how to mend. */
static void refusals_have_a_reason(void **state)
{
	(void)state;
	for (int i = 0; energy_sources[i]; i++) {
		Why why = { .error = 0 };

		fake_init(&fake);
		fake.cpu.vendor[0] = '\0';
		if (!energy_sources[i]->probe(&fake.os, &why)) {
			assert_true(strlen(why.step) > 0);
			assert_true(strlen(why.fix) > 0);
		} else {
			assert_int_equal(energy_sources[i]->place, ENERGY_IN_WORKER);
		}
		assert_int_equal(fake.open, 0);
	}
}

/* Each source of the meter has a machine here; a model works, or says why not. */
static void every_source_is_covered(void **state)
{
	(void)state;
	for (int i = 0; energy_sources[i]; i++) {
		const EnergySource *s = energy_sources[i];
		size_t k = 0;

		while (k < MACHINES && strcmp(machines[k].source, s->info.name) != 0)
			k++;
		if (s->place == ENERGY_IN_METER && k == MACHINES)
			fail_msg("%s has no fake machine", s->info.name);
	}
}

/* --- sensors ---------------------------------------------------------------------------------- */

static void probe_and_open_agree(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		const Machine *m = &machines[k];
		const EnergySource *s = source_of(m);
		const char *arg = strchr(m->wanted, ':');
		Why why;
		Err err = { 0 };
		void *opened;

		fake_init(&fake);
		m->build(&fake);
		m->show(&fake, 100, 100);
		/* What takes an argument cannot be tried without. */
		assert_true(s->probe(&fake.os, &why) == !arg);
		assert_int_equal(fake.open, 0);
		opened = s->open(&fake.os, arg ? arg + 1 : "", &why, &err);
		assert_non_null(opened);
		s->close(opened);
		s->close(NULL);
		assert_int_equal(fake.open, 0);
	}
}

/* Joules of a window, wherever they come from; never more than they are. */
static void windows_hold_what_was_used(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench = bench_open(&machines[k], 5000);
		EdgeReply a, b;
		Joules joules;

		work(&bench, 3, 100);
		a = edge(&bench);
		work(&bench, 20, 100);
		b = edge(&bench);
		joules = between(&a, &b);
		if (!(fabs(joules.value - 2000) < 2))
			fail_msg("%s: %g J", machines[k].wanted, joules.value);
		assert_true(joules.low < 2000 && joules.high > 2000);
		assert_int_equal(joules.prov, machines[k].prov);
		assert_int_equal(joules.scope, machines[k].scope);
		assert_int_equal(joules.flags, 0);
		assert_string_equal(joules.source, machines[k].source);
		bench_close(&bench);
	}
}

static void a_wrap_in_a_window_is_followed(void **state)
{
	int wrapping = 0;

	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		const Machine *m = &machines[k];
		Bench bench;
		EdgeReply a, b;
		Joules joules;

		if (m->range_j == 0)
			continue;
		wrapping++;
		bench = bench_open(m, m->range_j - 500);
		work(&bench, 1, 100);
		a = edge(&bench);
		work(&bench, 10, 100);
		b = edge(&bench);
		joules = between(&a, &b);
		assert_true(fabs(joules.value - 1000) < 1);
		assert_int_equal(joules.flags, ENERGY_WRAPPED);
		/* It could have gone round twice, unseen: nobody knows how much that was. */
		fake.now_ns += (int64_t)(1.01e9 * m->range_j / b.domain[0].max_w);
		m->show(&fake, bench.joules + 1, 100);
		a = edge(&bench);
		joules = between(&b, &a);
		assert_true(isnan(joules.value));
		assert_true(joules.flags & ENERGY_MULTIWRAP);
		bench_close(&bench);
	}
	assert_int_equal(wrapping, 3);
}

static void a_restart_is_a_reset(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench = bench_open(&machines[k], 9000);
		EdgeReply a, b;
		Joules joules;

		work(&bench, 1, 100);
		a = edge(&bench);
		work(&bench, 1, 100);
		bench.joules = 0;
		work(&bench, 1, 100);
		b = edge(&bench);
		joules = between(&a, &b);
		/* A power has nothing to restart. */
		assert_true(isnan(joules.value) == machines[k].counts);
		assert_int_equal(joules.flags, machines[k].counts ? ENERGY_RESET : 0);
		work(&bench, 10, 100);
		a = edge(&bench);
		assert_true(fabs(between(&b, &a).value - 1000) < 1); /* and it goes on */
		bench_close(&bench);
	}
}

static void a_suspend_voids(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench = bench_open(&machines[k], 0);
		EdgeReply a, b;
		Joules joules;

		work(&bench, 1, 100);
		a = edge(&bench);
		fake.slept_ns += 2000000;
		work(&bench, 1, 100);
		b = edge(&bench);
		joules = between(&a, &b);
		assert_true(isnan(joules.value));
		assert_int_equal(joules.flags, ENERGY_SUSPENDED);
		bench_close(&bench);
	}
}

/* The source that goes is not replaced, and its joules are none. */
static void what_is_unplugged_is_lost(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		Bench bench = bench_open(&machines[k], 0);
		EdgeReply a, b;
		Joules joules;
		json_t *fields = NULL;

		fake_zone(&fake, "intel-rapl:7", "package-7\n", "1\n"); /* would work */
		work(&bench, 1, 100);
		a = edge(&bench);
		machines[k].unplug(&fake);
		fake.now_ns += 100000000;
		b = edge(&bench);
		joules = between(&a, &b);
		assert_true(isnan(joules.value));
		assert_true(joules.flags & ENERGY_LOST);
		assert_string_equal(panel_headline(bench.panel), machines[k].source);
		for (int i = 0; i < panel_sources(bench.panel); i++) {
			json_t *row = panel_reading_json(bench.panel, i);
			if (row && json_is_true(json_object_get(row, "headline")))
				fields = json_incref(row);
			json_decref(row);
		}
		assert_non_null(json_string_value(json_object_get(fields, "why")));
		json_decref(fields);
		bench_close(&bench);
	}
}

static void refusals_keep_errno_and_remedy(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		const Machine *m = &machines[k];
		const char *arg = strchr(m->wanted, ':');
		Panel *panel;
		Why why = { .error = -1 };
		Err err = { 0 };

		fake_init(&fake);
		m->build(&fake);
		m->deny(&fake);
		assert_null(source_of(m)->open(&fake.os, arg ? arg + 1 : "", &why, &err));
		assert_int_equal(err.code, ERR_NEED);
		assert_int_equal(why.error, m->denied);
		if (!strstr(why.fix, m->remedy))
			fail_msg("%s: remedy \"%s\"", m->wanted, why.fix);
		assert_int_equal(fake.open, 0);
		/* Asked for by name, nothing else stands in. */
		err = (Err){ 0 };
		assert_false(panel_open(&fake.os, m->wanted, &panel, &err));
		assert_int_equal(err.code, ERR_NEED);
		assert_null(panel_headline(panel));
		assert_non_null(strstr(err.text, why.fix));
		panel_close(panel);
		assert_int_equal(fake.open, 0);
	}
}

static const char *const absurd[] = { "",       "\n",    "abc\n",
				      "1e30\n", "-5\n",  "12 J\n",
				      "0x\n",   "nan\n", "1000000000000000000000000000000\n" };
#define ABSURD (sizeof absurd / sizeof *absurd)

/* What a file says that no machine can: refused by name at the start, lost by name in mid-run. */
static void absurd_values_have_a_name(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES * ABSURD; k++) {
		const Machine *m = &machines[k / ABSURD];
		const char *text = absurd[k % ABSURD];
		const char *arg = strchr(m->wanted, ':');
		Reading reading[ENERGY_DOMAINS_MAX];
		Why why = { .error = 0 };
		Err err = { 0 };
		void *opened;

		if (!m->value || (m->is_signed && *text == '-'))
			continue;
		fake_init(&fake);
		m->build(&fake);
		m->show(&fake, 100, 100);
		opened = source_of(m)->open(&fake.os, arg ? arg + 1 : "", &why, &err);
		assert_non_null(opened);
		fake.now_ns += 100000000;
		fake_put(&fake, m->value, text);
		source_of(m)->read(opened, reading, &err);
		assert_true(isnan(reading[0].energy_j));
		assert_true(reading[0].flags & ENERGY_LOST);
		source_of(m)->close(opened);
		assert_null(source_of(m)->open(&fake.os, arg ? arg + 1 : "", &why, &err));
		assert_true(strlen(why.step) > 0);
		assert_int_equal(fake.open, 0);
	}
}

static void check_domains(const EnergyDomain *domain, int count)
{
	assert_in_range(count, 1, ENERGY_DOMAINS_MAX);
	for (int k = 0; k < count; k++) {
		assert_true(domain[k].id[0] && domain[k].parent >= -1 && domain[k].parent < count);
		assert_true(domain[k].parent != k && domain[k].unit_j > 0 && domain[k].max_w > 0);
		assert_true(domain[k].update_s > 0 && domain[k].scale_err > 0);
		if (domain[k].parent >= 0) /* what contains is wider */
			assert_true(domain[domain[k].parent].scope > domain[k].scope);
	}
}

/* Whatever a sensor shows, joules grow, by no more than is believed, and claim no more than they
 * are. */
static void check_monotonic(const Machine *m, bool hostile)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading now[ENERGY_DOMAINS_MAX], before[ENERGY_DOMAINS_MAX] = { { 0 } };
	const EnergySource *s = source_of(m);
	const char *arg = strchr(m->wanted, ':');
	double joules = 7, watts = 100;
	Random random;
	Why why;
	Err err = { 0 };
	void *opened;
	int count;

	random_init(&random, 11, 1);
	fake_init(&fake);
	m->build(&fake);
	m->show(&fake, joules, watts);
	opened = s->open(&fake.os, arg ? arg + 1 : "", &why, &err);
	assert_non_null(opened);
	count = s->domains(opened, domain, ENERGY_DOMAINS_MAX);
	check_domains(domain, count);
	m->show(&fake, joules, watts);
	for (int step = 0; step < 3000; step++) {
		fake.now_ns += 500000000;
		watts = hostile ? (double)random_below(&random, 100000)
				: 1 + (double)random_below(&random, 300);
		joules = hostile ? (double)random_below(&random, 1ULL << 31) : joules + watts / 2;
		m->show(&fake, joules, watts);
		s->read(opened, now, &err);
		for (int k = 0; k < count; k++) {
			double most_j = 1.5 * domain[k].max_w * (0.6 + 3 * domain[k].update_s);
			assert_true(now[k].t_ns > before[k].t_ns && now[k].read_ns >= 0);
			assert_true(now[k].prov <= m->prov);
			before[k].t_ns = now[k].t_ns;
			if (isnan(now[k].energy_j)) {
				assert_true(hostile && now[k].flags & ENERGY_LOST);
				continue;
			}
			assert_true(now[k].energy_j >= before[k].energy_j && now[k].u_j >= 0);
			if (!hostile)
				assert_true(now[k].energy_j - before[k].energy_j < most_j);
			before[k] = now[k];
		}
	}
	if (!hostile)
		assert_true(now[0].resets + now[0].gaps == 0 && now[0].energy_j > 100000);
	s->close(opened);
	assert_int_equal(fake.open, 0);
}

static void sensors_never_go_backwards(void **state)
{
	(void)state;
	for (size_t k = 0; k < MACHINES; k++) {
		check_monotonic(&machines[k], false);
		check_monotonic(&machines[k], true);
	}
}

/* --- models ----------------------------------------------------------------------------------- */

/* A model grows with time and with work, holds its value between its bars, and is never more
 * than modelled. */
static void models_are_modelled(void **state)
{
	(void)state;
	for (int i = 0; energy_sources[i]; i++) {
		const EnergySource *s = energy_sources[i];
		EnergyWork work = { .time_s = 1, .cpu_s = 0, .threads = 8, .foreign_cpu_s = NAN };
		double last = -1;
		Joules joules;
		Why why;
		Err err = { 0 };

		fake_init(&fake);
		if (!s->model || !s->probe(&fake.os, &why))
			continue;
		for (int step = 0; step < 8; step++) {
			work.time_s += 1;
			work.cpu_s += 1;
			assert_true(s->model(&fake.os, &work, &joules, &err));
			assert_true(joules.prov <= ENERGY_MODELLED);
			assert_true((joules.prov == ENERGY_NONE) == isnan(joules.value));
			if (isnan(joules.value))
				continue;
			assert_true(joules.value > last && joules.low < joules.value &&
				    joules.value < joules.high && joules.low > 0);
			assert_string_equal(joules.source, s->info.name);
			last = joules.value;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_describe_themselves),
		cmocka_unit_test(refusals_have_a_reason),
		cmocka_unit_test(every_source_is_covered),
		cmocka_unit_test(probe_and_open_agree),
		cmocka_unit_test(windows_hold_what_was_used),
		cmocka_unit_test(a_wrap_in_a_window_is_followed),
		cmocka_unit_test(a_restart_is_a_reset),
		cmocka_unit_test(a_suspend_voids),
		cmocka_unit_test(what_is_unplugged_is_lost),
		cmocka_unit_test(refusals_keep_errno_and_remedy),
		cmocka_unit_test(absurd_values_have_a_name),
		cmocka_unit_test(sensors_never_go_backwards),
		cmocka_unit_test(models_are_modelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
