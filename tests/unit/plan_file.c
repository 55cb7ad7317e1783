/* Plans as files: every trial once, ids that follow from all that decides a trial, reading back,
 * and what is refused.
 * SPDX-License-Identifier: MIT */
#include "app/run/plan_file.h"

#include "unit.h"

#include "base/record.h"

#include "lab.h"

static Plan plan;
static Err err;

static int fresh(void **state)
{
	(void)state;
	memset(&err, 0, sizeof err);
	lab_plan(&plan);
	plan.blocks_min = 2;
	plan.blocks_max = 3;
	PlanFactor *factor = plan_add_factor(&plan, "threads");
	plan_add_level(&plan, factor, LEVEL_INTEGER, 1, "1");
	plan_add_level(&plan, factor, LEVEL_INTEGER, 2, "2");
	return 0;
}

static json_t *plan_record(const char *sum)
{
	return json_pack("{s:{s:s}, s:o}", "datasets", "digits", sum, "plan", plan_json(&plan));
}

static json_t *head_of(const char *sha256, int batch)
{
	json_t *settings = json_pack("{s:i, s:s}", "batch", batch, "energy", "auto"),
	       *record = plan_record("aa");
	json_t *head = plan_file_head("a.lua", sha256, "1.0", settings, record);

	json_decref(settings);
	json_decref(record);
	assert_non_null(head);
	return head;
}

static void every_trial_comes_once(void **state)
{
	bool seen[4][2][2] = { { { false } } };
	PlanWalk walk = { .plan = &plan };
	size_t n = 0;

	(void)state;
	for (int blocked = 0; blocked < 2; blocked++) {
		plan.blocked = blocked;
		memset(seen, 0, sizeof seen);
		walk = (PlanWalk){ .plan = &plan };
		for (n = 0; plan_walk(&walk); n++) {
			assert_false(seen[walk.block][walk.condition][walk.arm]);
			seen[walk.block][walk.condition][walk.arm] = true;
		}
		assert_int_equal(n, 16);
		assert_int_equal(plan_trials(&plan), 16);
	}
	/* Blocked: the last one is the last block of the last arm of the last condition. */
	assert_true(walk.block == 3 && walk.condition == 1 && walk.arm == 1);
}

static void id_of_first(json_t *head, char id[PLAN_ID_MAX])
{
	PlanWalk walk = { .plan = &plan };

	assert_true(plan_walk(&walk));
	json_t *trial = plan_file_trial(head, &walk);
	snprintf(id, PLAN_ID_MAX, "%s", json_string_value(json_object_get(trial, "id")));
	assert_int_equal(strlen(id), PLAN_ID_MAX - 1);
	json_decref(trial);
	json_decref(head);
}

static void ids_follow_from_what_decides(void **state)
{
	char one[PLAN_ID_MAX], other[PLAN_ID_MAX];

	(void)state;
	id_of_first(head_of("abc", 0), one);
	id_of_first(head_of("abc", 0), other);
	assert_string_equal(one, other);
	id_of_first(head_of("abd", 0), other);
	assert_string_not_equal(one, other);
	id_of_first(head_of("abc", 8), other);
	assert_string_not_equal(one, other);
	plan.seed[0] = 99;
	id_of_first(head_of("abc", 0), other);
	assert_string_not_equal(one, other);
}

/* Feeds the plan's lines; that at index `skip` is left out, at `twice` comes again. */
static bool feed(PlanFile *file, int skip, int twice)
{
	json_t *head = head_of("abc", 0);
	PlanWalk walk = { .plan = &plan };
	bool fine = plan_file_take(file, head, &err);

	for (int i = 0; plan_walk(&walk); i++) {
		json_t *trial = plan_file_trial(head, &walk);

		fine = fine && (i == skip || plan_file_take(file, trial, &err)) &&
		       (i != twice || plan_file_take(file, trial, &err));
		json_decref(trial);
	}
	json_decref(head);
	return fine && plan_file_end(file, &err);
}

static void what_is_written_is_read(void **state)
{
	PlanFile file = { .head = NULL };

	(void)state;
	assert_true(feed(&file, -1, -1));
	assert_string_equal(plan_file_script(&file), "a.lua");
	assert_true(plan_file_is_of(&file, "abc", "1.0", &err));
	assert_false(plan_file_is_of(&file, "abd", "1.0", &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, "a.lua has changed"));
	assert_false(plan_file_is_of(&file, "abc", "1.1", &err));
	assert_string_equal(err.text,
			    "this is wattle 1.1, but the plan was made by 1.0; make a new "
			    "plan with --plan=FILE");
	json_t *record = plan_record("aa");
	assert_true(plan_file_fits(&file, record, &err));
	json_decref(record);
	record = plan_record("bb");
	assert_false(plan_file_fits(&file, record, &err));
	assert_non_null(strstr(err.text, "the dataset digits is another"));
	json_decref(record);
	plan.window_s = 3;
	record = plan_record("aa");
	assert_false(plan_file_fits(&file, record, &err));
	assert_non_null(strstr(err.text, "plans another run"));
	json_decref(record);
	/* What only says where it runs is no part of it. */
	assert_null(json_object_get(json_object_get(file.head, "settings"), "energy"));
	plan_file_done(&file);
}

static void refused(int skip, int twice, const char *part)
{
	PlanFile file = { .head = NULL };

	assert_false(feed(&file, skip, twice));
	assert_int_equal(err.code, ERR_FORMAT);
	if (!strstr(err.text, part))
		fail_msg("'%s' does not say '%s'", err.text, part);
	plan_file_done(&file);
}

static void what_was_changed_is_refused(void **state)
{
	PlanFile file = { .head = NULL };

	(void)state;
	refused(0, -1, "trial 1 is not that of the plan");
	refused(15, -1, "ends behind trial 15 of 16");
	refused(-1, 3, "trial 5 is not that of the plan");
	refused(-1, 15, "more trials than the plan has: 16");
	assert_false(plan_file_end(&file, &err));
	json_t *record = json_pack("{s:i, s:s}", "v", 1, "type", "run-begin");
	assert_false(plan_file_take(&file, record, &err));
	assert_string_equal(err.text, "it is no plan: it has no planned-run record");
	json_decref(record);
	record = head_of("abc", 0);
	json_object_del(record, "datasets");
	assert_false(plan_file_take(&file, record, &err));
	assert_non_null(strstr(err.text, "lacks"));
	json_decref(record);
	plan_file_done(&file);
	assert_false(plan_file_read(&file, "/nonexistent/plan", &err));
	assert_int_equal(err.code, ERR_NEED);
	plan_file_done(&file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_trial_comes_once, fresh),
		cmocka_unit_test_setup(ids_follow_from_what_decides, fresh),
		cmocka_unit_test_setup(what_is_written_is_read, fresh),
		cmocka_unit_test_setup(what_was_changed_is_refused, fresh),
	};

	return cmocka_run_group_tests_name("plan_file", tests, NULL, NULL);
}
