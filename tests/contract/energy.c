/* Every energy source keeps the contract of energy.h: it describes itself, says why it refuses,
 * never goes backwards, never claims more than it is, and leaves nothing open.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "energy/edge.h"
#include "energy_fake.h"
#include "unit.h"

static Fake fake;

/* A machine on which every source works. */
static void rich(void)
{
	fake_init(&fake);
	fake_rapl(&fake);
	fake_zone(&fake, "intel-rapl:0", "package-0\n", "0\n");
	fake_zone(&fake, "intel-rapl:0:0", "core\n", "0\n");
	fake_zone(&fake, "intel-rapl-mmio:0", "package-0\n", "0\n");
}

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
		json = info_json(&s->info);
		assert_non_null(json);
		json_decref(json);
	}
	assert_null(energy_source_find("nothing"));
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

static void probe_and_open_agree(void **state)
{
	(void)state;
	for (int i = 0; energy_sources[i]; i++) {
		const EnergySource *s = energy_sources[i];
		Why why;
		Err err = { 0 };

		rich();
		assert_true(s->probe(&fake.os, &why));
		assert_int_equal(fake.open, 0);
		if (s->place == ENERGY_IN_METER) {
			void *opened = s->open(&fake.os, &why, &err);
			assert_non_null(opened);
			s->close(opened);
			s->close(NULL);
		}
		assert_int_equal(fake.open, 0);
	}
}

/* A step of the machine: counters move on by up to 300 J, wrap, or (hostile) jump anywhere. */
static void move(Random *random, bool hostile)
{
	static uint64_t perf, zone;
	char text[40];

	fake.now_ns += 1000000000;
	perf = hostile ? random_u64(random) : perf + random_below(random, 300ULL << 32);
	zone = hostile ? random_u64(random)
		       : (zone + random_below(random, 300000000)) % 262143328911;
	for (int i = 0; i < fake.events; i++)
		fake.event[i].in[0] = perf;
	snprintf(text, sizeof text, "%llu\n", (unsigned long long)zone);
	fake_put(&fake, FAKE_CAP "/intel-rapl:0/energy_uj", text);
	fake_put(&fake, FAKE_CAP "/intel-rapl:0:0/energy_uj", text);
	fake_put(&fake, FAKE_CAP "/intel-rapl-mmio:0/energy_uj", text);
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

static void check_monotonic(const EnergySource *s, bool hostile)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading now[ENERGY_DOMAINS_MAX], before[ENERGY_DOMAINS_MAX] = { { 0 } };
	Random random;
	Why why;
	Err err = { 0 };
	void *opened;
	int count;

	random_init(&random, 11, 1);
	rich();
	move(&random, false);
	opened = s->open(&fake.os, &why, &err);
	assert_non_null(opened);
	count = s->domains(opened, domain, ENERGY_DOMAINS_MAX);
	check_domains(domain, count);
	for (int step = 0; step < 3000; step++) {
		move(&random, hostile);
		assert_true(s->read(opened, now, &err));
		for (int k = 0; k < count; k++) {
			assert_true(now[k].energy_j >= before[k].energy_j);
			/* 1.5 · 1000 W · (1 s and an update) is the most that is believed */
			assert_true(now[k].energy_j - before[k].energy_j < 1502);
			assert_true(now[k].t_ns > before[k].t_ns && now[k].read_ns >= 0);
			assert_true(now[k].prov <= ENERGY_MEASURED && now[k].u_j >= 0);
			before[k] = now[k];
		}
	}
	if (!hostile)
		assert_true(now[0].resets == 0 && now[0].energy_j > 300000);
	s->close(opened);
	assert_int_equal(fake.open, 0);
}

static void sensors_never_go_backwards(void **state)
{
	(void)state;
	for (int i = 0; energy_sources[i]; i++)
		if (energy_sources[i]->place == ENERGY_IN_METER) {
			check_monotonic(energy_sources[i], false);
			check_monotonic(energy_sources[i], true);
		}
}

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
		Err err = { 0 };

		rich();
		for (int step = 0; s->model && step < 8; step++) {
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
		cmocka_unit_test(probe_and_open_agree),
		cmocka_unit_test(sensors_never_go_backwards),
		cmocka_unit_test(models_are_modelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
