/* What tests of energy sources ask of one on a fake machine: that it refuses, opens, closes, reads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ENERGY_ASK_H
#define WATTLE_TESTS_ENERGY_ASK_H

#include "energy_machines.h"
#include "unit.h"

#define near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

static Fake fake; /* large; each test fills it anew */

/* The source must refuse with this errno, a step that names what, a fix that names how, and leave
 * nothing open. */
static void refuses(const char *wanted, int error, const char *what, const char *how)
{
	const char *arg;
	const EnergySource *source = energy_source_wanted(wanted, &arg);
	Why why = { .error = -1 };
	Err err = { 0 };

	assert_null(source->open(&fake.os, arg, &why, &err));
	assert_int_equal(err.code, ERR_NEED);
	if (why.error != error || !strstr(why.step, what) || !strstr(why.fix, how))
		fail_msg("%s: %d %s; %s", wanted, why.error, why.step, why.fix);
	assert_int_equal(fake.open, 0);
}

static void *opens(const char *wanted, Why *why)
{
	const char *arg;
	Err err = { 0 };
	void *opened = energy_source_wanted(wanted, &arg)->open(&fake.os, arg, why, &err);

	if (!opened)
		fail_msg("%s", err.text);
	return opened;
}

static void closes(const char *wanted, void *opened)
{
	const char *arg;

	energy_source_wanted(wanted, &arg)->close(opened);
	assert_int_equal(fake.open, 0);
}

/* A reading after some seconds; false when all is lost, err names why. */
static bool later(const char *wanted, void *opened, double seconds, Reading *reading, Err *err)
{
	const char *arg;

	fake.now_ns += (int64_t)(seconds * 1e9);
	*err = (Err){ 0 };
	return energy_source_wanted(wanted, &arg)->read(opened, reading, err);
}

#endif
