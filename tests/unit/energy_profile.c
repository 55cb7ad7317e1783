/* Profiles: files that come back as they were or are refused by name, and the joules that they
 * give.
 * SPDX-License-Identifier: MIT */
#include "energy/profile_file.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/energy/user_profile.h"
#include "energy_fake.h"
#include "unit.h"

#define near(a, b) assert_true(fabs((a) - (b)) <= 1e-9 * fabs(b) + 1e-12)

static Fake fake;
static char folder[64], path[96];

/* 20 W, 5 J per CPU second, 1 nJ per f32 multiply-add; or 20 W and 8 J per CPU second. */
static EnergyProfile made_profile(void)
{
	EnergyProfile p = { .cpu = { "GenuineIntel", 6, 85, 7 },
			    .threads = 4,
			    .governor = "performance",
			    .source = "rapl-perf",
			    .scope = ENERGY_PKG,
			    .date = "2026-03-01T12:34:56Z",
			    .windows = 66,
			    .window_s = 1.01,
			    .models = 2 };

	for (int i = 0; i < ENERGY_FEATURES; i++)
		p.low[i] = p.high[i] = i < FEATURE_CYCLES ? 0 : (double)NAN;
	p.low[FEATURE_STATIC] = p.high[FEATURE_STATIC] = 1;
	p.high[FEATURE_CPU] = 4;
	p.high[FEATURE_CPU_CUBED] = 1;
	p.high[FEATURE_MACS_F32] = 1e10;
	p.high[FEATURE_BYTES] = 1e10;
	p.high[FEATURE_FAULTS] = p.high[FEATURE_SWITCHES] = 1e5;
	p.model[0] = (ProfileModel){ .name = "counts",
				     .features = 3,
				     .feature = { FEATURE_STATIC, FEATURE_CPU, FEATURE_MACS_F32 },
				     .fit = { .columns = 3,
					      .price = { 20, 5, 1e-9 },
					      .covariance = { { 0.04, 0, 0 },
							      { 0, 0.01, -1e-12 },
							      { 0, -1e-12, 1e-20 } },
					      .sigma = 0.5,
					      .lambda = 1e-9 },
				     .left_kernel = 0.06,
				     .left_workload = 0.03 };
	p.model[1] = (ProfileModel){ .name = "linear",
				     .features = 2,
				     .feature = { FEATURE_STATIC, FEATURE_CPU },
				     .fit = { .columns = 2, .price = { 20, 8 }, .sigma = 2 },
				     .left_kernel = 0.1,
				     .left_workload = 0.1 };
	return p;
}

static EnergyWork made_work(double time_s, double cpu_s, double macs)
{
	EnergyWork work;

	energy_work_init(&work);
	work.time_s = time_s;
	work.cpu_s = cpu_s;
	work.threads = 4;
	energy_work_add(&work, &(EnergyItem){ .macs = { [ENERGY_MACS_F32] = 1 } }, macs);
	work.faults = work.switches = 0;
	return work;
}

/* --- joules ----------------------------------------------------------------------------------- */

static void joules_and_their_bar(void **state)
{
	EnergyProfile p = made_profile();
	EnergyWork work = made_work(10, 20, 4e10);
	Joules joules;
	Err err = { 0 };

	(void)state;
	assert_true(profile_joules(&p, &work, &joules, &err));
	double watts = 20 + 5 * 2 + 1e-9 * 4e9;
	double variance = 0.04 + 0.01 * 4 - 2 * 1e-12 * 2 * 4e9 + 1e-20 * 1.6e19;
	double bar = sqrt(0.25 + variance + 0.0225 * watts * watts);
	near(joules.value, 10 * watts);
	near(joules.low, 10 * (watts - bar));
	near(joules.high, 10 * (watts + bar));
	assert_int_equal(joules.prov, ENERGY_MODELLED);
	assert_int_equal(joules.scope, ENERGY_PKG);
	assert_int_equal(joules.flags, 0);
	assert_string_equal(joules.source, "profile");
}

static void outside_is_extrapolated_and_wider(void **state)
{
	EnergyProfile p = made_profile();
	EnergyWork inside = made_work(1, 1, 1e10), work;
	Joules a, b;
	Err err = { 0 };

	(void)state;
	assert_true(profile_joules(&p, &inside, &a, &err));
	assert_int_equal(a.flags, 0);
	work = made_work(1, 1, 1.001e10);
	assert_true(profile_joules(&p, &work, &b, &err));
	assert_int_equal(b.flags, ENERGY_EXTRAPOLATED);
	assert_true((b.high - b.low) / (a.high - a.low) > 1.99);
	/* A kind of work that was never calibrated, though no model prices it. */
	work = inside;
	work.macs[ENERGY_MACS_INT8] = 1;
	assert_true(profile_joules(&p, &work, &b, &err));
	assert_int_equal(b.flags, ENERGY_EXTRAPOLATED);
	near(b.high - b.low, 2 * (a.high - a.low));
	/* A counter that was not there is no work. */
	work = inside;
	work.cycles = 1e9;
	assert_true(profile_joules(&p, &work, &b, &err));
	assert_int_equal(b.flags, 0);
	work = made_work(1, 4.5, 0);
	assert_true(profile_joules(&p, &work, &b, &err));
	assert_int_equal(b.flags, ENERGY_EXTRAPOLATED);
}

static void low_is_never_below_nothing(void **state)
{
	EnergyProfile p = made_profile();
	EnergyWork work = made_work(1, 1, 2e10);
	Joules joules;
	Err err = { 0 };

	(void)state;
	p.model[0].fit.sigma = 1000;
	assert_true(profile_joules(&p, &work, &joules, &err));
	assert_true(joules.low == 0 && joules.high > joules.value);
}

/* The next model takes over where counts are not known; without any, there is a reason. */
static void unknown_counts_take_the_next_model(void **state)
{
	EnergyProfile p = made_profile();
	EnergyWork work;
	Joules joules;
	Err err = { 0 };

	(void)state;
	energy_work_init(&work);
	work.time_s = 2;
	work.cpu_s = 1;
	work.threads = 4;
	assert_true(profile_joules(&p, &work, &joules, &err));
	near(joules.value, 48.0);
	work.cpu_s = NAN;
	assert_false(profile_joules(&p, &work, &joules, &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_true(isnan(joules.value));
	work.cpu_s = 1;
	work.time_s = 0;
	assert_false(profile_joules(&p, &work, &joules, &err));
}

/* In a guest with a quarter of the threads, static power is 5 to 20 W. */
static void static_power_of_a_guest_is_a_range(void **state)
{
	EnergyProfile p = made_profile();
	EnergyWork work = made_work(1, 1, 0);
	Joules whole, guest;
	Err err = { 0 };

	(void)state;
	assert_true(profile_joules(&p, &work, &whole, &err));
	work.threads = 1;
	assert_true(profile_joules(&p, &work, &guest, &err));
	near(guest.value, whole.value);
	near(guest.high, whole.high);
	near(guest.low, whole.low - 15);
}

static void the_source_asks_for_its_processor(void **state)
{
	const EnergySource *source = energy_source_find("profile");
	EnergyProfile p = made_profile();
	EnergyWork work = made_work(1, 1, 0);
	Joules joules;
	Why why = { .error = 0 };
	Err err = { 0 };

	(void)state;
	fake_init(&fake);
	assert_non_null(source);
	assert_false(source->probe(&fake.os, &why));
	assert_non_null(strstr(why.fix, "calibrate"));
	assert_false(source->model(&fake.os, &work, &joules, &err));
	assert_int_equal(err.code, ERR_NEED);
	work.profile = &p;
	assert_false(source->model(&fake.os, &work, &joules, &err));
	assert_non_null(strstr(err.text, "GenuineIntel-6-85-7"));
	assert_non_null(strstr(err.text, "GenuineIntel-6-255-0"));
	assert_true(isnan(joules.value));
	fake.cpu = p.cpu;
	assert_true(source->model(&fake.os, &work, &joules, &err));
	near(joules.value, 25.0);
	fake.cpu.stepping++;
	assert_false(source->model(&fake.os, &work, &joules, &err));
	snprintf(fake.cpu.vendor, sizeof fake.cpu.vendor, "AuthenticAMD");
	assert_false(source->model(&fake.os, &work, &joules, &err));
}

/* --- files ------------------------------------------------------------------------------------ */

static char *file_text(void)
{
	char *text = calloc(1, PROFILE_BYTES_MAX);
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && text);
	assert_true(read(fd, text, PROFILE_BYTES_MAX - 1) > 0);
	close(fd);
	return text;
}

static void same(const EnergyProfile *a, const EnergyProfile *b)
{
	json_t *left = profile_json(a), *right = profile_json(b);

	assert_non_null(left);
	assert_true(json_equal(left, right));
	json_decref(left);
	json_decref(right);
}

static void a_file_comes_back_as_it_was(void **state)
{
	EnergyProfile p = made_profile(), back;
	Joules a, b;
	EnergyWork work = made_work(3, 7.1, 1.23e10);
	json_t *json = NULL;
	Err err = { 0 };

	(void)state;
	p.model[0].fit.price[1] = 1.0 / 3; /* no short decimal */
	if (!profile_write(&p, path, false, &err) || !profile_read(&back, &json, path, &err))
		fail_msg("%s", err.text);
	same(&p, &back);
	assert_true(profile_joules(&p, &work, &a, &err) && profile_joules(&back, &work, &b, &err));
	assert_true(a.value == b.value && a.low == b.low && a.high == b.high);
	assert_true(profile_from_json(&back, json, &err)); /* as a worker reads it */
	json_decref(json);
	assert_true(profile_fits(&back, &p.cpu, &err));
	/* An old one is replaced only where that is asked for. */
	assert_false(profile_write(&p, path, false, &err));
	assert_int_equal(err.code, ERR_FILE);
	p.windows = 67;
	assert_true(profile_write(&p, path, true, &err));
	assert_true(profile_read(&back, NULL, path, &err));
	assert_int_equal(back.windows, 67);
	assert_int_equal(unlink(path), 0);
	assert_false(profile_read(&back, NULL, path, &err));
	assert_int_equal(err.code, ERR_FILE);
	assert_false(profile_read(&back, NULL, folder, &err));
	assert_non_null(strstr(err.text, "not a regular file"));
	assert_false(profile_write(&p, "/nowhere/at/all.json", true, &err));
	assert_int_equal(err.code, ERR_FILE);
}

/* Layout may change, no value may. */
static void damage_is_found(void **state)
{
	EnergyProfile p = made_profile(), back;
	Err err = { 0 };
	size_t found = 0, digits = 0;

	(void)state;
	assert_true(profile_write(&p, path, true, &err));
	char *text = file_text();
	size_t len = strlen(text);
	assert_true(profile_parse(&back, NULL, text, len, "it", &err));
	for (size_t i = 0; i < len; i++) {
		char old = text[i];
		if (old < '0' || old > '8')
			continue;
		text[i]++;
		digits++;
		if (profile_parse(&back, NULL, text, len, "it", &err))
			same(&p, &back); /* the last digits of a number may say nothing */
		else
			found += err.code == ERR_FORMAT && strncmp(err.text, "it: ", 4) == 0;
		text[i] = old;
	}
	assert_true(digits > 100 && (double)found > 0.9 * (double)digits);
	for (size_t cut = 0; cut + 2 < len; cut += 7) {
		assert_false(profile_parse(&back, NULL, text, cut, "it", &err));
		assert_non_null(strstr(err.text, "it: line "));
	}
	json_t *json = json_loads(text, 0, NULL);
	char *flat = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
	assert_true(profile_parse(&back, NULL, flat, strlen(flat), "it", &err));
	same(&p, &back);
	free(flat);
	json_decref(json);
	free(text);
	assert_false(profile_parse(&back, NULL, "[]", 2, "it", &err));
	assert_false(profile_parse(&back, NULL, "{}", 2, "it", &err));
	assert_string_equal(err.text, "it: sha256: is missing: is this a profile?");
}

/* Puts value (taken; NULL: takes the member away) at a place like "models/0/lambda". */
static void put(json_t *json, const char *place, json_t *value)
{
	char part[32];
	const char *slash;

	for (; (slash = strchr(place, '/')); place = slash + 1) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - place), place);
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(part))
					   : json_object_get(json, part);
		assert_non_null(json);
	}
	if (!value)
		json_object_del(json, place);
	else if (json_is_array(json))
		json_array_set_new(json, (size_t)atoi(place), value);
	else
		json_object_set_new(json, place, value);
}

static const struct {
	const char *place, *value, *told; /* value: JSON, NULL: missing */
} cases[] = {
	{ "wattle_profile", NULL, "wattle_profile: is missing" },
	{ "wattle_profile", "2", "wattle_profile: version 2" },
	{ "cpu", NULL, "cpu.vendor: is missing" },
	{ "cpu/vendor", "\"a vendor of many letters\"", "cpu.vendor: is something else" },
	{ "cpu/model", "-1", "cpu.model: is something else, but must be a whole number" },
	{ "threads", "0", "threads: is something else" },
	{ "threads", "1.5", "threads: " },
	{ "governor", "7", "governor: is something else, but must be a short text" },
	{ "scope", "\"universe\"", "scope: is something else" },
	{ "windows", "\"66\"", "windows: " },
	{ "window_s", "-1", "window_s: is something else, but must be a number from 0" },
	{ "envelope", NULL, "envelope: is missing" },
	{ "envelope/cpu", "[3,1]", "envelope.cpu: " },
	{ "envelope/bytes", "[1]", "envelope.bytes: " },
	{ "models", "[]", "models: is something else, but must be a list of 1 to 4" },
	{ "models", NULL, "models: is missing" },
	{ "models/0", "null", "models[0].name: is missing" },
	{ "models/1/features", "[\"static\"]", "models[1].coefficients: " },
	{ "models/1/features/1", "\"wishes\"", "models[1].features[1]: " },
	{ "models/1/features/1", "\"static\"", "models[1].features[1]: " },
	{ "models/0/coefficients/2", "-1e-9", "models[0].coefficients[2]: " },
	{ "models/0/coefficients/2", "1e300", "models[0].coefficients[2]: " },
	{ "models/0/covariance", "[[1]]", "models[0].covariance: " },
	{ "models/0/covariance/1/1", "-0.01",
	  "models[0].covariance[1][1]: must be a number from 0" },
	{ "models/0/covariance/1", "[0,0,0,0]", "models[0].covariance[1][0]: " },
	{ "models/0/residual_w", NULL, "models[0].residual_w: is missing" },
	{ "models/0/left_out", "7", "models[0].left_out.kernel: is missing" },
	{ "models/1/left_out/workload", "null", "models[1].left_out.workload: " },
};

/* What is off is named by its key. */
static void each_key_is_checked(void **state)
{
	EnergyProfile p = made_profile(), back;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *json = profile_json(&p);
		Err err = { 0 };
		put(json, cases[i].place,
		    cases[i].value ? json_loads(cases[i].value, JSON_DECODE_ANY, NULL) : NULL);
		assert_false(profile_from_json(&back, json, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		if (strncmp(err.text, cases[i].told, strlen(cases[i].told)) != 0)
			fail_msg("%s: %s", cases[i].place, err.text);
		json_decref(json);
	}
	json_t *more = profile_json(&p);
	Err err = { 0 };
	put(more, "cpu/name", json_string("of a later version"));
	assert_true(profile_from_json(&back, more, &err));
	json_decref(more);
}

/* --- the user's ------------------------------------------------------------------------------- */

/* Whether a profile is found for --energy and --profile; else *err says why. */
static bool finds(const char *energy, const char *file, Err *err)
{
	json_t *json;
	EnergyProfile p;

	*err = (Err){ .code = ERR_NONE };
	bool ok = user_profile_find(energy, file, &p, &json, err);
	bool found = json != NULL;
	assert_true(ok || !found);
	json_decref(json);
	return found;
}

/* What the row "profile" says of --energy and --profile: "STATE STEP"; "": as the meter left it. */
static const char *tells(const char *energy, const char *file)
{
	static char told[8192];
	json_t *rows = json_loads("[{\"name\":\"cpu-table\",\"state\":\"ok\"},"
				  "{\"name\":\"profile\",\"state\":\"no\",\"step\":\"none\"}]",
				  0, NULL);
	json_t *untouched = json_deep_copy(rows), *row = json_array_get(rows, 1);

	user_profile_tell(rows, energy, file);
	assert_true(json_equal(json_array_get(rows, 0), json_array_get(untouched, 0)));
	told[0] = '\0';
	if (!json_equal(rows, untouched))
		snprintf(told, sizeof told, "%s %s",
			 json_string_value(json_object_get(row, "state")),
			 json_string_value(json_object_get(row, "step")));
	json_decref(rows);
	json_decref(untouched);
	return told;
}

static void the_list_tells_which_profile_prices(void **state)
{
	EnergyProfile p = made_profile();
	char own[4096], wanted[4200], command[160];
	Err err;

	(void)state;
	assert_int_equal(setenv("XDG_DATA_HOME", folder, 1), 0);
	assert_string_equal(tells("auto", ""), "");
	energy_os.cpu(&energy_os, &p.cpu);
	user_profile_path(true, own);
	assert_true(profile_write(&p, own, true, &err));
	snprintf(wanted, sizeof wanted, "ok %s, of %s: %d windows by %s (%s)", own, p.date,
		 p.windows, p.source, energy_scope_name(p.scope));
	assert_string_equal(tells("auto", ""), wanted);
	assert_string_equal(tells("profile", NULL), wanted);
	assert_string_equal(tells("auto", own), wanted);
	assert_string_equal(tells("none", ""), "");
	assert_int_equal(truncate(own, 300), 0);
	assert_ptr_equal(strstr(tells("auto", ""), "no "), tells("auto", ""));
	assert_non_null(strstr(tells("auto", ""), own));
	snprintf(command, sizeof command, "rm -rf '%s/wattle'", folder);
	assert_int_equal(system(command), 0);
}

static void the_users_own_is_found_or_refused_by_name(void **state)
{
	EnergyProfile p = made_profile();
	char own[4096], command[160];
	Err err;

	(void)state;
	assert_int_equal(setenv("XDG_DATA_HOME", folder, 1), 0);
	assert_false(finds("auto", "", &err) || err.code);
	assert_false(finds("profile", NULL, &err));
	assert_int_equal(err.code, ERR_NEED);
	user_profile_path(true, own);
	assert_ptr_equal(strstr(own, folder), own);
	/* That of another processor, under the name of this one. */
	snprintf(p.cpu.vendor, sizeof p.cpu.vendor, "Nobody");
	assert_true(profile_write(&p, own, true, &err));
	for (int i = 0; i < 2; i++) {
		assert_false(finds("auto", i ? own : "", &err));
		assert_int_equal(err.code, ERR_NEED);
		assert_ptr_equal(strstr(err.text, own), err.text);
		assert_non_null(strstr(err.text, "another processor, Nobody-6-85-7"));
	}
	assert_false(finds("none", "", &err) || err.code);
	assert_false(finds("rapl-perf", "", &err) || err.code);
	energy_os.cpu(&energy_os, &p.cpu);
	assert_true(profile_write(&p, own, true, &err));
	assert_true(finds("auto", "", &err));
	assert_true(finds("profile", "", &err));
	assert_int_equal(truncate(own, 300), 0);
	assert_false(finds("auto", "", &err));
	assert_int_equal(err.code, ERR_FORMAT);
	snprintf(command, sizeof command, "rm -rf '%s/wattle'", folder);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/wattle-profile-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/p.json", folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder); /* nothing else was left there */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joules_and_their_bar),
		cmocka_unit_test(outside_is_extrapolated_and_wider),
		cmocka_unit_test(low_is_never_below_nothing),
		cmocka_unit_test(unknown_counts_take_the_next_model),
		cmocka_unit_test(static_power_of_a_guest_is_a_range),
		cmocka_unit_test(the_source_asks_for_its_processor),
		cmocka_unit_test(a_file_comes_back_as_it_was),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(each_key_is_checked),
		cmocka_unit_test(the_users_own_is_found_or_refused_by_name),
		cmocka_unit_test(the_list_tells_which_profile_prices),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
