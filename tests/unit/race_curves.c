/* What a race keeps of trainings: a curve an arm, and one of each training before the arms.
 * SPDX-License-Identifier: MIT */
#include "ui/views/race/race.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static void take(Race *race, const char *line)
{
	json_t *record = json_loads(line, 0, NULL);

	assert_non_null(record);
	race_take(race, record);
	json_decref(record);
}

/* Epochs 1 … n, each with the same loss; "" for none. */
static void train(Race *race, const char *arm, const char *what, const char *model,
		  const char *behind, int n, const char *loss)
{
	char line[512];

	for (int epoch = 1; epoch <= n; epoch++) {
		snprintf(line, sizeof line,
			 "{\"v\":1,\"type\":\"epoch\",\"arm\":\"%s\",\"what\":\"%s\",\"model\":\"%"
			 "s\","
			 "\"behind\":%s,\"epoch\":%d,\"epochs\":%d%s%s}",
			 arm, what, model, behind, epoch, n, *loss ? ",\"loss\":" : "", loss);
		take(race, line);
	}
}

static void begin(Race *race, const char *arm)
{
	char line[128];

	snprintf(line, sizeof line, "{\"v\":1,\"type\":\"arm-begin\",\"arm\":\"%s\"}", arm);
	take(race, line);
}

static const char *name_of(const Race *race, size_t curve)
{
	static char name[RACE_LABEL_MAX];

	return race_curve_name(race, curve, name);
}

static size_t told(const Race *race)
{
	size_t n = 0;

	for (size_t i = RACE_SHARED; i < RACE_CURVES; i++)
		n += race->curve[i].told ? 1 : 0;
	return n;
}

static void each_training_is_a_curve(void **state)
{
	Race race = { 0 };
	const Curve *curve = &race.curve[RACE_SHARED];

	(void)state;
	begin(&race, "setup");
	train(&race, "setup", "fit", "forest", "0", 100, ""); /* tells nothing: no curve */
	train(&race, "setup", "fit", "boosting", "0", 30, "0.5");
	assert_int_equal(told(&race), 1);
	assert_string_equal(name_of(&race, RACE_SHARED), "shared");
	train(&race, "setup", "fit", "mlp", "0", 3, "0.4");
	train(&race, "setup", "prune", "mlp", "3", 2, "0.3");
	train(&race, "setup", "prune", "mlp", "3", 2, "0.2");
	assert_int_equal(told(&race), 4);
	assert_string_equal(name_of(&race, RACE_SHARED), "boosting");
	assert_string_equal(name_of(&race, RACE_SHARED + 1), "mlp");
	assert_string_equal(name_of(&race, RACE_SHARED + 2), "prune");
	assert_string_equal(name_of(&race, RACE_SHARED + 3), "prune 2");
	assert_int_equal(curve[0].n, 30);
	assert_int_equal((int)curve[0].x[0], 1);
	assert_int_equal((int)curve[1].x[0], 1);
	assert_int_equal((int)curve[3].x[0], 4); /* both go on from the net */
	assert_int_equal((int)curve[3].x[1], 5);
	assert_ptr_equal(race_learning(&race), &curve[3]);
	begin(&race, "setup"); /* the next seed: they are trained again */
	assert_int_equal(told(&race), 4);
	train(&race, "setup", "fit", "mlp", "0", 1, "0.4");
	assert_int_equal(told(&race), 1);
	race_done(&race);
}

static void the_last_trainings_stay(void **state)
{
	Race race = { 0 };

	(void)state;
	begin(&race, "setup");
	for (int i = 0; i < RACE_SHARED_MAX + 2; i++)
		train(&race, "setup", "fit", "mlp", "0", 1, "0.5");
	assert_int_equal(told(&race), RACE_SHARED_MAX);
	assert_string_equal(name_of(&race, RACE_SHARED + 1), "mlp 10");
	assert_string_equal(name_of(&race, RACE_SHARED + 2), "mlp 3");
	race_done(&race);
}

/* An arm's line has a gap between two trainings, begins behind its model and never goes back. */
static void arms_go_on(void **state)
{
	static const char *const odd[] = { "-5", "1e300", "99999999999", "\"x\"", "null" };
	Race race = { 0 };
	const Curve *curve = &race.curve[1];

	(void)state;
	begin(&race, "setup");
	train(&race, "setup", "fit", "mlp", "0", 2, "0.5");
	take(&race,
	     "{\"v\":1,\"type\":\"run-begin\",\"plan\":{\"name\":\"x\",\"question\":\"\",\"versus\":\"a\","
	     "\"build\":\"once\",\"warmup\":0,\"blocks\":[1,2],\"window_s\":0.1,\"idle_s\":0,"
	     "\"charge_build\":\"separate\",\"margin\":{\"time\":0.02,\"energy\":0.04,\"accuracy_pt\":1},"
	     "\"budget_s\":null,\"arms\":[\"a\",\"b\"],\"seeds\":[1],\"metrics\":[\"time\"],"
	     "\"primary\":[\"time\"],\"claims\":[]}}");
	assert_non_null(race.plan);
	begin(&race, "b");
	train(&race, "b", "prune", "mlp", "2", 2, "0.4");
	train(&race, "b", "fit", "mlp", "0", 2, "0.3");
	assert_string_equal(name_of(&race, 1), "b");
	assert_int_equal(curve->n, 5);
	assert_int_equal(curve->gaps, 1);
	assert_int_equal((int)curve->x[0], 3);
	assert_true(isnan(curve->loss[2]));
	assert_int_equal((int)curve->x[4], 6);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		train(&race, "b", "fit", "mlp", odd[i], 2, "0.3");
	for (size_t i = 1; i < curve->n; i++)
		assert_true(curve->x[i] >= curve->x[i - 1]);
	begin(&race, "b");
	train(&race, "b", "prune", "mlp", "2", 2, "0.4");
	assert_int_equal(curve->n, 2);
	race_done(&race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_training_is_a_curve),
		cmocka_unit_test(the_last_trainings_stay),
		cmocka_unit_test(arms_go_on),
	};

	return cmocka_run_group_tests_name("race_curves", tests, NULL, NULL);
}
