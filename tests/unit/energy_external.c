/* Meters that print lines, and folders that a host shares: their forms, silence, bursts, clocks.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "energy/meter_line.h"
#include "energy_ask.h"

/* --- external --------------------------------------------------------------------------------- */

static void meter_lines(void **state)
{
	static const struct {
		const char *text;
		double value, time_s;
		enum MeterLineKind kind;
	} good[] = {
		{ "12.5 W", 12.5, NAN, METER_LINE_WATTS },
		{ "12.5W\r", 12.5, NAN, METER_LINE_WATTS },
		{ "  1718000000.25,\t3e2 mW ", 0.3, 1718000000.25, METER_LINE_WATTS },
		{ "0; .5 kWh", 1.8e6, 0, METER_LINE_JOULES },
		{ "5 7, uJ", 7e-6, 5, METER_LINE_JOULES },
		{ "2e-3MJ", 2000, NAN, METER_LINE_JOULES },
		{ "", NAN, NAN, METER_LINE_EMPTY },
		{ " \r", NAN, NAN, METER_LINE_EMPTY },
		{ "# 5 W", NAN, NAN, METER_LINE_EMPTY },
	};
	static const char *const bad[] = { "5",       "W",     "5 w",      "-5 W",     "1 2 3 W",
					   "5 W 6",   "+5 W",  "1.2.3 W",  "nan W",    "inf W",
					   "1e999 W", "0x5 W", "5 W\r5 W", ", 5 W",    "5 k W",
					   "5,,6 W",  ". W",   "1e308 kW", "5 Joules", "e5 W" };
	MeterLine line;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *wrong = meter_line_parse(good[i].text, &line);
		if (wrong)
			fail_msg("%s: %s", good[i].text, wrong);
		assert_int_equal(line.kind, good[i].kind);
		if (line.kind != METER_LINE_EMPTY)
			near(line.value, good[i].value, 1e-9 * good[i].value);
		assert_true(isnan(line.time_s) ? isnan(good[i].time_s)
					       : line.time_s == good[i].time_s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!meter_line_parse(bad[i], &line))
			fail_msg("'%s' was taken", bad[i]);
	/* Beyond 1e12 s a double does not tell milliseconds apart. */
	assert_null(meter_line_parse("1e12 5 W", &line));
	near(line.time_s, 1e12, 0);
	assert_string_equal(meter_line_parse("1000000000001 5 W", &line), "a time too large");
	assert_string_equal(meter_line_parse("1e300, 5 J", &line), "a time too large");
}

#define EXTERNAL "external:" TTY

static void meters_say_why_not(void **state)
{
	(void)state;
	fake_init(&fake);
	refuses(EXTERNAL, ENOENT, "open(" TTY ")", "wattle-energy(7)");
	refuses("external", EINVAL, "no path", "external:PATH");
	fake_put(&fake, TTY, "12 W\n"); /* from before it was opened; then silence */
	refuses(EXTERNAL, ETIMEDOUT, "no line within 4 s", "stty");
	fake_file(&fake, TTY)->read_error = EIO;
	refuses(EXTERNAL, EIO, "read(" TTY ")", "");
}

static void wait_nonsense(Fake *f)
{
	fake_put(f, TTY, "Welcome to\x1b[2J the meter\n");
}

static void nonsense_has_a_name(void **state)
{
	(void)state;
	fake_init(&fake);
	fake_put(&fake, TTY, "");
	fake.on_wait = wait_nonsense;
	refuses(EXTERNAL, EINVAL, "no number, or one too large: \"Welcome to?[2J the meter\"",
		"[SECONDS] NUMBER UNIT");
}

static void wait_far_future(Fake *f)
{
	fake_put(f, TTY, "2e12 12 W\n");
}

static void a_time_too_large_has_a_name(void **state)
{
	Reading reading;
	Why why;
	Err err;
	void *meter;

	(void)state;
	fake_init(&fake);
	fake_put(&fake, TTY, "");
	fake.on_wait = wait_far_future;
	refuses(EXTERNAL, EINVAL, "a time too large: \"2e12 12 W\"", "[SECONDS] NUMBER UNIT");
	/* In mid-run it is silence, which has that name. */
	fake_init(&fake);
	tty_build_watts(&fake);
	meter = opens(EXTERNAL, &why);
	fake_put(&fake, TTY, "2e12 12 W\n");
	assert_false(later(EXTERNAL, meter, 6, &reading, &err));
	assert_int_equal(reading.flags, ENERGY_LOST);
	assert_non_null(strstr(err.text, "a time too large: \"2e12 12 W\""));
	closes(EXTERNAL, meter);
}

static void silence_is_stale_then_lost(void **state)
{
	Reading reading;
	Why why;
	Err err;
	void *meter;

	(void)state;
	fake_init(&fake);
	tty_build_watts(&fake);
	meter = opens(EXTERNAL, &why); /* a line each half second */
	for (int i = 0; i < 20; i++) {
		fake.now_ns += 500000000;
		tty_watts(&fake, 0, 100);
		assert_true(later(EXTERNAL, meter, 0, &reading, &err));
		assert_int_equal(reading.flags, 0);
	}
	near(reading.energy_j, 19.5 * 50, 1);
	assert_true(later(EXTERNAL, meter, 1.4, &reading, &err));
	assert_int_equal(reading.flags, 0);
	/* Lines that say nothing are silence. */
	fake_put(&fake, TTY, "# still here\n7 J\n30000 W\nhum\n");
	assert_true(later(EXTERNAL, meter, 0.2, &reading, &err));
	assert_int_equal(reading.flags, ENERGY_STALE);
	assert_false(later(EXTERNAL, meter, 3.6, &reading, &err));
	assert_int_equal(reading.flags, ENERGY_LOST);
	assert_non_null(
		strstr(err.text, "no line for 5.2 s; no number, or one too large: \"hum\""));
	/* It speaks again: what was used meanwhile stays unknown. */
	tty_watts(&fake, 0, 100);
	assert_true(later(EXTERNAL, meter, 0.1, &reading, &err));
	assert_int_equal(reading.flags, 0);
	assert_int_equal(reading.gaps, 1);
	near(reading.energy_j, 19.5 * 50, 1);
	closes(EXTERNAL, meter);
}

/* Without times of its own, what arrived together is spread; a line may come in pieces. */
static void pieces_and_bursts(void **state)
{
	EnergyDomain domain;
	Reading reading;
	Why why;
	Err err;
	char long_line[160];
	void *meter;

	(void)state;
	fake_init(&fake);
	tty_build_watts(&fake);
	meter = opens(EXTERNAL, &why);
	fake_put(&fake, TTY, "100 W\n100 ");
	assert_true(later(EXTERNAL, meter, 0.5, &reading, &err));
	fake_put(&fake, TTY, "W\n100 W\n100 W\n100 W\n");
	assert_true(later(EXTERNAL, meter, 2, &reading, &err));
	near(reading.energy_j, 25 + 200, 0.1);
	memset(long_line, '5', sizeof long_line - 4);
	memcpy(long_line + 120, " W\n9 W\n", 8);
	fake_put(&fake, TTY, long_line);
	assert_true(later(EXTERNAL, meter, 0.5, &reading, &err));
	near(reading.energy_j, 225 + 0.5 * 54.5, 0.1);
	energy_source_find("external")->domains(meter, &domain, 1);
	near(domain.update_s, 0.5, 0.05);
	closes(EXTERNAL, meter);
}

/* A clock that jumps, or goes back, is put right by arrival; joules go by what was counted. */
static void its_clock_may_jump(void **state)
{
	static const double at_s[] = { 10, 11, 12, 5000, 5001, 3, 4, 1e300, 2 };
	Reading reading;
	Why why;
	Err err;
	char text[64];
	void *meter;

	(void)state;
	fake_init(&fake);
	tty_build_watts(&fake);
	meter = opens(EXTERNAL, &why);
	fake_put(&fake, TTY, "9 100 W\n");
	assert_true(later(EXTERNAL, meter, 0.5, &reading, &err));
	for (size_t i = 0; i < sizeof at_s / sizeof *at_s; i++) {
		snprintf(text, sizeof text, "%g 100 W\n", at_s[i]);
		fake_put(&fake, TTY, text);
		assert_true(later(EXTERNAL, meter, 1, &reading, &err));
	}
	near(reading.energy_j, 25 + 900, 1);
	closes(EXTERNAL, meter);
}

/* --- host ------------------------------------------------------------------------------------- */

static void hosts_say_why_not(void **state)
{
	(void)state;
	fake_init(&fake);
	refuses("host", EINVAL, "no folder", "host:DIR");
	refuses("host:/run/shared", ENOENT, "opendir(/run/shared)", "NAME.energy_uj");
	fake_put(&fake, "/run/shared/README", "x");
	refuses("host:/run/shared", ENOENT, "no file .energy_uj", "NAME.energy_uj");
	fake_put(&fake, "/run/shared/flux-capacitor.energy_uj", "5\n");
	refuses("host:/run/shared", EINVAL, "flux-capacitor.energy_uj", "package");
	fake_init(&fake);
	host_build(&fake);
	fake_put(&fake, "/run/shared/package-0.max_energy_range_uj", "a lot\n");
	refuses("host:/run/shared", EINVAL, "max_energy_range_uj", "");
	assert_non_null(energy_source_find("host"));
}

static void a_host_may_stop(void **state)
{
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading reading[ENERGY_DOMAINS_MAX];
	Why why;
	Err err;
	void *host;

	(void)state;
	fake_init(&fake);
	host_build(&fake);
	fake_put(&fake, "/run/shared/core.energy_uj", "7\n");
	fake_put(&fake, "/run/shared/system.energy_uj", "7\n");
	host = opens("host:/run/shared", &why);
	assert_int_equal(energy_source_find("host")->domains(host, domain, 16), 3);
	assert_string_equal(domain[0].id, "system");
	assert_string_equal(domain[1].id, "package-0");
	assert_int_equal(domain[1].parent, 0);
	assert_int_equal(domain[2].parent, 1);
	for (int i = 0; i < 8; i++) {
		host_show(&fake, 10 + i, 0);
		assert_true(later("host:/run/shared", host, 1, reading, &err));
		assert_int_equal(reading[1].flags, 0);
		assert_int_equal(reading[0].flags, i < 2 ? 0 : ENERGY_STALE);
		assert_int_equal(reading[1].prov, ENERGY_ATTRIBUTED);
	}
	near(reading[1].energy_j, 17, 1e-9);
	assert_true(later("host:/run/shared", host, 3, reading, &err));
	assert_int_equal(reading[0].flags, ENERGY_STALE | ENERGY_LOST);
	assert_string_equal(err.text, "host: system has not grown for 10 s: ETIMEDOUT (110)");
	closes("host:/run/shared", host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meter_lines),
		cmocka_unit_test(meters_say_why_not),
		cmocka_unit_test(nonsense_has_a_name),
		cmocka_unit_test(a_time_too_large_has_a_name),
		cmocka_unit_test(silence_is_stale_then_lost),
		cmocka_unit_test(pieces_and_bursts),
		cmocka_unit_test(its_clock_may_jump),
		cmocka_unit_test(hosts_say_why_not),
		cmocka_unit_test(a_host_may_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
