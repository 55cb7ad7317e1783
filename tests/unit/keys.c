/* The table of keys: no key means two things in one place, every action has a key and a command,
 * the texts fit.
 * SPDX-License-Identifier: MIT */
#include "ui/keys.h"

#include <string.h>

#include "unit.h"

/* In an exercise, and where something varies, the keys of the lesson work, too. */
static uint32_t places_of(const KeyRow *row)
{
	const uint32_t beside = PLACE_EXERCISE | PLACE_VARY | PLACE_SEVERAL;

	return row->places | (row->places & beside ? PLACE_LESSON | beside : 0);
}

static void no_key_does_two_things(void **state)
{
	(void)state;
	for (const KeyRow *a = key_rows; a->label; a++)
		for (const KeyRow *b = a + 1; b->label; b++)
			if (a->key == b->key && (places_of(a) & places_of(b)))
				fail_msg("%s does %s and %s", a->label, action_command(a->action),
					 action_command(b->action));
}

/* What does nothing at a step is left out of the footer, and works all the same. */
static void the_footer_leaves_out(void **state)
{
	const uint32_t idle = PLACE_LESSON | PLACE_NO_RUN | PLACE_NO_SKIP;

	(void)state;
	for (const KeyRow *row = key_rows; row->label; row++) {
		bool without = row->action == ACTION_RUN || row->action == ACTION_RERUN ||
			       row->action == ACTION_SKIP;

		if (row->brief && (row->places & PLACE_LESSON))
			assert_int_equal(key_offered(row, idle), !without);
	}
	assert_int_equal(key_action('r', idle), ACTION_RUN);
}

static void every_action_has_a_row_and_a_command(void **state)
{
	(void)state;
	for (Action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const KeyRow *row = key_rows;

		while (row->label && row->action != action)
			row++;
		assert_non_null(row->label);
		assert_true(strlen(action_command(action)) > 0);
		assert_int_equal(action_find(action_command(action)), action);
	}
	assert_int_equal(action_find("nonsense"), ACTION_NONE);
	assert_int_equal(action_find(""), ACTION_NONE);
}

static void rows_are_complete(void **state)
{
	(void)state;
	for (const KeyRow *row = key_rows; row->label; row++) {
		assert_true(row->key != 0 && row->places != 0);
		assert_true(row->action > ACTION_NONE && row->action < ACTION_COUNT);
		assert_in_range(strlen(row->label), 1, 10); /* the column of the help */
		assert_non_null(row->help);
		assert_in_range(strlen(row->help), 3, 50);
		assert_true(row->help[strlen(row->help) - 1] != '.');
		assert_in_range(strlen(action_command(row->action)), 1, 11);
	}
}

static void letters_are_text_in_prompts_and_help(void **state)
{
	(void)state;
	for (const KeyRow *row = key_rows; row->label; row++)
		if (row->key >= ' ' && row->key < KEY_SPECIAL && row->key != KEY_BACK)
			assert_true((row->places & (PLACE_PROMPT | PLACE_HELP | PLACE_WRITE)) == 0);
}

/* What must work wherever one is. */
static void there_is_always_a_way_out(void **state)
{
	const uint32_t places[] = { PLACE_COURSE,
				    PLACE_LESSON,
				    PLACE_LAB,
				    PLACE_METERS,
				    PLACE_HELP,
				    PLACE_PROMPT,
				    PLACE_COMPARE,
				    PLACE_RUNS,
				    PLACE_DETAIL,
				    PLACE_WRITE,
				    PLACE_LESSON | PLACE_EXERCISE,
				    PLACE_CHOICE };

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		assert_int_equal(key_action(KEY_ESC, places[i]), ACTION_CLOSE);
		assert_int_equal(key_action(KEY_CTRL_C, places[i]), ACTION_INTERRUPT);
		assert_int_equal(key_action(KEY_CTRL_Z, places[i]), ACTION_SUSPEND);
		assert_int_equal(key_action(KEY_CTRL_L, places[i]), ACTION_REDRAW);
		assert_int_equal(key_action(KEY_F1, places[i]), ACTION_HELP);
	}
	/* Digits answer there. */
	for (uint32_t digit = '0'; digit <= '9'; digit++)
		assert_int_equal(key_action(digit, PLACE_CHOICE), ACTION_NONE);
	assert_int_equal(key_action('n', PLACE_CHOICE), ACTION_NEXT);
	assert_int_equal(key_action('q', PLACE_LAB), ACTION_QUIT);
	assert_int_equal(key_action('n', PLACE_LESSON), ACTION_NEXT);
	assert_int_equal(key_action('n', PLACE_LAB), ACTION_NONE);
	assert_int_equal(key_action(KEY_NONE, PLACE_LAB), ACTION_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_does_two_things),
		cmocka_unit_test(the_footer_leaves_out),
		cmocka_unit_test(every_action_has_a_row_and_a_command),
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(letters_are_text_in_prompts_and_help),
		cmocka_unit_test(there_is_always_a_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
