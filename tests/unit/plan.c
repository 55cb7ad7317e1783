/* Plans: defaults, checks, the order of arms, the round trip through JSON, and hostile JSON.
 * SPDX-License-Identifier: MIT */
#include "lab/plan.h"

#include <math.h>

#include "energy/energy.h"

#include "unit.h"

#include "lab.h"

static Plan plan;
static Err err;

static int fresh(void **state)
{
	(void)state;
	memset(&err, 0, sizeof err);
	lab_plan(&plan);
	return 0;
}

static void defaults(void **state)
{
	(void)state;
	plan_init(&plan);
	assert_int_equal(plan.warmup, 1);
	assert_int_equal(plan.blocks_min, 10);
	assert_int_equal(plan.blocks_max, 30);
	assert_int_equal(plan.repeats, 2);
	assert_true(plan.window_s == 10 && plan.idle_s == 10 && plan.budget_s == 0);
	assert_int_equal(plan.build, PLAN_BUILD_BLOCK);
	assert_int_equal(plan.primaries, 3);
	assert_true(plan.margin_time == 0.02 && plan.margin_energy == 0.04 &&
		    plan.margin_accuracy_pt == 1);
	assert_false(plan_check(&plan, &err));
	assert_int_equal(err.code, ERR_SCRIPT);
}

static void metrics_have_names(void **state)
{
	(void)state;
	bool found;

	for (int i = 0; i < METRIC_COUNT; i++) {
		assert_int_equal(metric_find(metric_name((Metric)i), &found), i);
		assert_true(found);
		assert_int_equal(metric_is_cost((Metric)i), i != METRIC_ACCURACY);
	}
	metric_find("watts", &found);
	assert_false(found);
}

static void refused(const char *part)
{
	assert_false(plan_check(&plan, &err));
	assert_int_equal(err.code, ERR_SCRIPT);
	if (!strstr(err.text, part))
		fail_msg("'%s' does not say '%s'", err.text, part);
	lab_plan(&plan);
}

static void checks_name_the_fault(void **state)
{
	(void)state;
	assert_true(plan_check(&plan, &err));
	plan.arms = 1;
	refused("1 arms");
	plan.arms = PLAN_ARMS_MAX + 1;
	refused("arms");
	plan.versus = 2;
	refused("baseline");
	plan.arm[1][0] = 'A';
	refused("two arms are named 'A'");
	plan.arm[1][0] = '\0';
	refused("arm 2 has no name");
	plan.arm[1][0] = '\xff';
	refused("UTF-8");
	plan.blocks_min = 31;
	refused("blocks from 31 to 30");
	plan.blocks_min = 0;
	refused("blocks from 0");
	plan.repeats = PLAN_REPEATS_MAX + 1;
	refused("101 repeats");
	plan.blocks_max = 1001;
	refused("1001 blocks");
	plan.seeds = 29;
	refused("29 seeds");
	plan.seed[7] = 1;
	refused("seed 1 twice");
	plan.seed[7] = UINT64_MAX;
	refused("2^53");
	plan.window_s = NAN;
	refused("window");
	plan.budget_s = -1;
	refused("budget");
	plan.primary[1] = METRIC_TIME;
	refused("'time' twice");
	plan.primaries = 9;
	refused("primary");
	plan.margin_energy = 0;
	refused("margin of energy");
	plan.build = PLAN_BUILD_ONCE;
	plan.seeds = 1;
	assert_true(plan_check(&plan, &err));
}

static void set_claim(const char *text, size_t arm, Metric metric, int kind, double value)
{
	PlanClaim *claim = &plan.claim[plan.claims++];

	memset(claim, 0, sizeof *claim);
	snprintf(claim->text, sizeof claim->text, "%s", text);
	claim->arm = arm;
	claim->metric = metric;
	claim->kind = (unsigned)kind;
	claim->value = value;
}

static void claims_are_checked(void **state)
{
	(void)state;
	set_claim("c", 2, METRIC_TIME, CLAIM_BELOW, 0.8);
	refused("does not exist");
	set_claim("c", 0, METRIC_TIME, CLAIM_BELOW, 0.8);
	refused("baseline with itself");
	set_claim("c", 1, METRIC_ACCURACY, CLAIM_BELOW, 0.8);
	refused("not_worse_by_pt");
	set_claim("c", 1, METRIC_TIME, CLAIM_NOT_WORSE_BY_PT, 1);
	refused("is for accuracy");
	set_claim("c", 1, METRIC_TIME, CLAIM_ABOVE, NAN);
	refused("out of range");
	set_claim("c", 1, (Metric)77, CLAIM_ABOVE, 1);
	refused("metric");
	set_claim("fine", 1, METRIC_TIME, CLAIM_BELOW, 0.8);
	assert_true(plan_check(&plan, &err));
}

static void order_is_a_permutation(void **state)
{
	(void)state;
	uint32_t order[PLAN_ARMS_MAX], again[PLAN_ARMS_MAX];
	size_t first[4] = { 0 };

	plan.arms = 4;
	for (size_t block = 0; block < 400; block++) {
		unsigned seen = 0;
		plan_order(&plan, 7, block, 0, order);
		plan_order(&plan, 7, block, 0, again);
		assert_memory_equal(order, again, 4 * sizeof order[0]);
		for (size_t i = 0; i < 4; i++)
			seen |= 1u << order[i];
		assert_int_equal(seen, 15);
		first[order[0]]++;
	}
	/* 400 draws of one quarter: 100 ± 4 standard deviations of 8.7. */
	for (size_t i = 0; i < 4; i++)
		assert_in_range(first[i], 65, 135);
}

/* The same on every machine: these orders may never change, or old runs cannot be repeated. */
static void order_is_pinned(void **state)
{
	(void)state;
	char text[64] = "";
	uint32_t order[PLAN_ARMS_MAX];

	plan.arms = 4;
	for (size_t block = 0; block < 4; block++) {
		plan_order(&plan, 42, block, 0, order);
		for (size_t i = 0; i < 4; i++)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%u", order[i]);
	}
	assert_string_equal(text, "3021203113200123");
}

/* The worker, which sees bits, and the reader, which sees names, repeat the same blocks. */
static void gates_are_those_of_the_meter(void **state)
{
	(void)state;
	for (uint32_t bit = 1; bit; bit <<= 1) {
		json_t *names = energy_flags_json(bit);
		bool gate = bit & (ENERGY_VOID | ENERGY_CONTENDED);

		assert_int_equal(plan_gated(names), gate);
		json_decref(names);
	}
	json_t *json = plan_json(&plan), *gates = json_object_get(json, "gates");
	assert_int_equal(json_array_size(gates), 6);
	assert_true(plan_gated(gates));
	assert_false(plan_gated(NULL));
	json_decref(json);
}

static void round_trip(void **state)
{
	(void)state;
	static Plan back;

	snprintf(plan.question, sizeof plan.question, "Which costs less, \"é\"?");
	plan.versus = 1;
	plan.build = PLAN_BUILD_ONCE;
	plan.warmup = 2;
	plan.repeats = 4;
	plan.blocks_min = 5;
	plan.budget_s = 5400;
	plan.window_s = 0.25;
	plan.charge_build = true;
	plan.wanted[METRIC_MACS] = false;
	plan.primaries = 2;
	plan.primary[0] = METRIC_ACCURACY;
	plan.primary[1] = METRIC_BYTES;
	plan.margin_accuracy_pt = 0.97;
	set_claim("saves", 0, METRIC_ENERGY, CLAIM_BELOW, 0.8);
	plan.claim[0].requires_measured = true;
	set_claim("costs", 0, METRIC_TIME, CLAIM_ABOVE, 1.5);
	set_claim("keeps", 0, METRIC_ACCURACY, CLAIM_NOT_WORSE_BY_PT, 1);
	json_t *json = plan_json(&plan);
	assert_non_null(json);
	if (!plan_from_json(&back, json, &err))
		fail_msg("%s", err.text);
	json_t *second = plan_json(&back);
	assert_true(json_equal(json, second));
	assert_int_equal(back.claims, 3);
	assert_int_equal(back.claim[2].kind, CLAIM_NOT_WORSE_BY_PT);
	assert_true(back.claim[0].requires_measured && !back.claim[1].requires_measured);
	assert_int_equal(back.repeats, 4);
	assert_int_equal(back.versus, 1);
	assert_int_equal(back.primary[1], METRIC_BYTES);
	assert_false(back.wanted[METRIC_MACS]);
	assert_true(back.budget_s == 5400 && back.charge_build && back.build == PLAN_BUILD_ONCE);
	json_decref(json);
	json_decref(second);
}

/* Merged over a valid plan, each of these must be refused. */
static const char *const hostile[] = {
	"{\"arms\":null}",
	"{\"arms\":7}",
	"{\"arms\":[\"A\"]}",
	"{\"arms\":[\"A\",\"A\"]}",
	"{\"arms\":[\"A\",1]}",
	"{\"arms\":[\"A\",\"B\\u0000C\"]}",
	"{\"arms\":{\"A\":1}}",
	"{\"arms\":[\"A\",\"0123456789012345678901234567890123456789012345678901234567890123\"]}",
	"{\"arms\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\","
	"\"13\",\"14\",\"15\","
	"\"16\",\"17\"]}",
	"{\"versus\":\"C\"}",
	"{\"versus\":0}",
	"{\"name\":[]}",
	"{\"build\":\"twice\"}",
	"{\"build\":1}",
	"{\"warmup\":-1}",
	"{\"warmup\":9007199254740993}",
	"{\"warmup\":1.5}",
	"{\"blocks\":[10]}",
	"{\"blocks\":[0,5]}",
	"{\"blocks\":[10,9]}",
	"{\"blocks\":[10,1e3]}",
	"{\"blocks\":[10,4611686018427387904]}",
	"{\"blocks\":\"many\"}",
	"{\"seeds\":[1,2,3]}",
	"{\"seeds\":[-1]}",
	"{\"seeds\":[\"1\"]}",
	"{\"seeds\":5}",
	"{\"window_s\":\"10\"}",
	"{\"window_s\":-1}",
	"{\"window_s\":0}",
	"{\"budget_s\":1e300}",
	"{\"primary\":[\"watts\"]}",
	"{\"primary\":[\"time\",\"time\"]}",
	"{\"primary\":[1]}",
	"{\"primary\":[\"time\",\"time\",\"time\",\"time\",\"time\",\"time\"]}",
	"{\"metrics\":[null]}",
	"{\"margin\":5}",
	"{\"margin\":{\"time\":-1}}",
	"{\"margin\":{\"time\":\"2 %\"}}",
	"{\"margin\":{\"energy\":0}}",
	"{\"charge_build\":true}",
	"{\"claims\":7}",
	"{\"claims\":[7]}",
	"{\"claims\":[{}]}",
	"{\"claims\":[{\"arm\":\"B\",\"metric\":\"time\"}]}",
	"{\"claims\":[{\"arm\":\"B\",\"metric\":\"time\",\"below\":1,\"above\":1}]}",
	"{\"claims\":[{\"arm\":\"B\",\"metric\":\"time\",\"below\":\"1\"}]}",
	"{\"claims\":[{\"arm\":\"B\",\"metric\":\"time\",\"below\":-1}]}",
	"{\"claims\":[{\"arm\":\"C\",\"metric\":\"time\",\"below\":1}]}",
	"{\"claims\":[{\"arm\":\"B\",\"metric\":\"time\",\"below\":1,\"requires\":\"luck\"}]}",
};

static void hostile_plans_are_refused(void **state)
{
	(void)state;
	static Plan back;
	json_t *good = plan_json(&plan);

	assert_true(plan_from_json(&back, good, &err));
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		json_t *bad = json_deep_copy(good);
		json_t *change = json_loads(hostile[i], JSON_ALLOW_NUL, NULL);
		assert_non_null(change);
		json_object_update(bad, change);
		if (plan_from_json(&back, bad, &err))
			fail_msg("taken: %s", hostile[i]);
		assert_int_equal(err.code, ERR_FORMAT);
		assert_true(strncmp(err.text, "plan", 4) == 0);
		json_decref(bad);
		json_decref(change);
	}
	json_decref(good);
	json_t *list = json_array();
	assert_false(plan_from_json(&back, list, &err));
	assert_false(plan_from_json(&back, NULL, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	json_decref(list);
}

static void unknown_fields_are_ignored(void **state)
{
	(void)state;
	static Plan back;
	json_t *json = plan_json(&plan);

	json_object_set_new(json, "moon", json_string("full"));
	json_object_set_new(json, "question", json_null());
	assert_true(plan_from_json(&back, json, &err));
	json_decref(json);
}

static void add(PlanCommand *command, const char *const *words)
{
	command->limit_s = 60;
	for (; *words; words++)
		assert_true(plan_command_add(command, *words, &err));
}

static void commands_travel(void **state)
{
	static const char *const words[] = { "python3", "a b.py", "", "it's", NULL };
	static Plan again;
	char text[128], *argv[PLAN_WORDS_MAX + 1];

	(void)state;
	add(&plan.command[1], words);
	plan.build = PLAN_BUILD_BLOCK;
	plan.again = true;
	assert_int_equal(plan_commands(&plan), 1);
	json_t *json = plan_json(&plan);
	assert_true(plan_from_json(&again, json, &err));
	assert_true(again.again);
	assert_int_equal(again.command[0].words, 0);
	plan_command_argv(&again.command[1], argv);
	for (size_t i = 0; words[i]; i++)
		assert_string_equal(argv[i], words[i]);
	assert_null(argv[4]);
	assert_true(again.command[1].limit_s == 60);
	assert_string_equal(plan_command_text(&again.command[1], text, sizeof text),
			    "python3 'a b.py' '' 'it'\\''s'");
	assert_int_equal(strlen(plan_command_text(&again.command[1], text, 12)), 11);
	json_t *commands = json_object_get(json, "commands");
	json_object_set_new(commands, "nobody", json_object());
	assert_false(plan_from_json(&again, json, &err));
	json_object_del(commands, "nobody");
	json_object_set_new(json_object_get(commands, plan.arm[1]), "line", json_array());
	assert_false(plan_from_json(&again, json, &err));
	json_decref(json);
	plan.build = PLAN_BUILD_ONCE;
	assert_false(plan_check(&plan, &err));
	assert_non_null(strstr(err.text, "build must be"));
}

static void commands_have_limits(void **state)
{
	static char word[PLAN_COMMAND_MAX];
	static PlanCommand command;

	(void)state;
	command = (PlanCommand){ .words = 0 };
	memset(word, 'x', sizeof word - 1);
	assert_true(plan_command_add(&command, word, &err));
	assert_false(plan_command_add(&command, "", &err));
	command = (PlanCommand){ .words = 0 };
	for (int i = 0; i < PLAN_WORDS_MAX; i++)
		assert_true(plan_command_add(&command, "x", &err));
	assert_false(plan_command_add(&command, "x", &err));
	assert_int_equal(err.code, ERR_SCRIPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults, fresh),
		cmocka_unit_test_setup(metrics_have_names, fresh),
		cmocka_unit_test_setup(checks_name_the_fault, fresh),
		cmocka_unit_test_setup(claims_are_checked, fresh),
		cmocka_unit_test_setup(order_is_a_permutation, fresh),
		cmocka_unit_test_setup(order_is_pinned, fresh),
		cmocka_unit_test_setup(gates_are_those_of_the_meter, fresh),
		cmocka_unit_test_setup(round_trip, fresh),
		cmocka_unit_test_setup(hostile_plans_are_refused, fresh),
		cmocka_unit_test_setup(unknown_fields_are_ignored, fresh),
		cmocka_unit_test_setup(commands_travel, fresh),
		cmocka_unit_test_setup(commands_have_limits, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
