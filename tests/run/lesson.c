/* A lesson served by a real worker: every command and every record of the protocol, right and
 * wrong.
 * SPDX-License-Identifier: MIT */
#include "lesson_host.h"

enum { TEXT = 1, P1, P2, RACE, REVEAL, QUIZ, FAILS, NUMBERS, ENDLESS, BLOCKS, REFLECT, EXERCISE };
#define LAST EXERCISE

static void test_whole(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "lesson.lua", false);
	const json_t *lesson = await("lesson");

	assert_string_equal(json_string_value(json_object_get(lesson, "id")), "test.01");
	assert_int_equal(json_array_size(json_object_get(lesson, "steps")), LAST);
	assert_true(json_integer_value(json_object_get(lesson, "seed")) >= 0);
	command("step", TEXT);
	assert_int_equal(integer(await("step"), "step"), TEXT);
	reads("; …, ….");
	command("step", REVEAL);
	reads("First predict: step 2.");
	command("run", RACE);
	refused("First predict: step 2.");
	command("step", P1);
	const json_t *prompt = await("prompt"); /* jansson's macros evaluate twice */

	assert_true(json_is_null(json_object_get(prompt, "locked")));
	send_json(json_pack("{s:s, s:i, s:i, s:i, s:s}", "command", "answer", "step", P1, "choice",
			    2, "confidence", 4, "why", "half the bytes"));
	const json_t *locked = json_object_get(await("prompt"), "locked");

	assert_int_equal(integer(locked, "choice"), 2);
	assert_int_equal(integer(locked, "confidence"), 4);
	command("step", REVEAL);
	reads("First run: step 4.");
	command("run", RACE);
	assert_int_equal(integer(await("step"), "step"), RACE);
	assert_string_equal(step_end(true), "");
	assert_int_equal(served.counts[3], 1);
	assert_true(served.counts[0] >= 22 && served.counts[1] >= 22); /* 11 blocks of 2 arms */
	assert_int_equal(served.counts[2], 3);
	command("step", REVEAL);
	reads("You said in 8 bits; it is in 8 bits: 0.");
	command("step", QUIZ);
	assert_string_equal(json_string_value(json_object_get(await("prompt"), "kind")), "quiz");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", QUIZ, "choice", 1));
	const json_t *check = await("check");

	assert_true(json_is_true(json_object_get(check, "pass")));
	assert_int_equal(integer(check, "points"), 3);
	assert_string_equal(json_string_value(json_object_get(check, "text")), "So it is.");
	assert_int_equal(finish(), 0);
}

static void test_refusals(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	assert_int_equal(integer(await("lesson"), "seed"), 5);
	command("step", 0);
	refused("there is no such step");
	command("step", LAST + 1);
	refused("there is no such step");
	send_json(json_pack("{s:s}", "command", "step"));
	refused("there is no such step");
	command("dance", 1);
	refused("a lesson follows the commands");
	send_json(json_object());
	refused("a lesson follows the commands");
	assert_true(dprintf(served.child.commands, "what a line\n") > 0);
	const json_t *format = json_object_get(await("error"), "code");

	assert_string_equal(json_string_value(format), "format");
	command("run", TEXT);
	refused("step 1 is no run");
	command("answer", TEXT);
	refused("step 1 asks nothing");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 4));
	refused("p1: choose 1 to 3");
	send_json(json_pack("{s:s, s:i, s:i, s:i}", "command", "answer", "step", P1, "choice", 1,
			    "confidence", 6));
	refused("the confidence is 1 to 5");
	send_json(json_pack("{s:s, s:i, s:i, s:s}", "command", "answer", "step", P1, "choice", 1,
			    "why", "two\nlines"));
	refused("one line");
	send_json(json_pack("{s:s, s:i, s:f}", "command", "answer", "step", P2, "number", 10.5));
	refused("give a number from 0 to 10 kB");
	send_json(json_pack("{s:s, s:i, s:f}", "command", "answer", "step", P2, "number", 2.5));
	await("prompt");
	send_json(json_pack("{s:s, s:i, s:f}", "command", "answer", "step", P2, "number", 3.0));
	refused("answered, and locked");
	command("step", TEXT);
	reads("2.5 kB.");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "run", "step", NUMBERS, "seed", -1));
	refused("the seed must be");
	send_json(json_pack("{s:s, s:s, s:i}", "command", "set", "name", "epochs", "value", 3));
	refused("nothing varies");
	for (int epochs = 1; epochs <= 2; epochs++) {
		char text[64];

		send_json(json_pack("{s:s, s:s, s:i}", "command", "set", "name", "epochs", "value",
				    epochs));
		assert_int_equal(integer(json_object_get(await("lesson"), "param"), "epochs"),
				 epochs);
		command("step", TEXT);
		snprintf(text, sizeof text, "Trained for %d epochs", epochs);
		reads(text);
	}
	assert_int_equal(finish(), 0);
}

static void test_runs(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	command("run", FAILS);
	assert_non_null(strstr(step_end(false), "as planned"));
	command("run", NUMBERS); /* the lesson goes on */
	step_end(true);
	command("run", BLOCKS);
	step_end(true);
	assert_true(served.counts[1] >= 6);
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 1));
	await("prompt");

	/* What comes while something runs: a stop counts at once, other commands afterwards. */
	command("run", RACE);
	await("window");
	command("step", TEXT);
	send_json(json_pack("{s:s}", "command", "stop"));
	const char *why = json_string_value(json_object_get(await("step-end"), "why"));

	assert_true(why && strstr(why, "stopped"));
	reads("Trained for");
	command("run", RACE); /* the stop is over with the run that it stopped */
	send_json(json_pack("{s:s}", "command", "pause"));
	send_json(json_pack("{s:s}", "command", "pause"));
	step_end(true);

	/* A loop in Lua that knows nothing of a stop is ended, caught errors or not; the lesson goes on. */
	command("run", ENDLESS);
	await("arm-begin");
	send_json(json_pack("{s:s}", "command", "stop"));
	why = step_end(false);
	assert_true(why && strstr(why, "lesson.lua:54: stopped (in the script)"));
	command("run", NUMBERS);
	step_end(true);
	command("run", ENDLESS);
	await("arm-begin");
	send_json(json_pack("{s:s}", "command", "abort"));
	assert_string_equal(json_string_value(json_object_get(await("error"), "code")),
			    "interrupted");
	assert_int_equal(finish(), 130);
}

static void answer_text(const char *text)
{
	send_json(json_pack("{s:s, s:i, s:s}", "command", "answer", "step", REFLECT, "text", text));
}

static void test_reflection(void **state)
{
	static char long_text[4002];

	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	command("step", REFLECT);
	assert_int_equal(integer(await("step"), "min_words"), 3);
	const json_t *prompt = await("prompt");

	assert_string_equal(json_string_value(json_object_get(prompt, "kind")), "reflect");
	assert_int_equal(integer(prompt, "min_words"), 3);
	assert_true(json_is_null(json_object_get(prompt, "locked")));
	command("answer", REFLECT);
	refused("give the answer as a text");
	answer_text(" \n ");
	refused("the answer is empty");
	answer_text("too\nshort ");
	refused("the answer has 2 words; write 3 or more");
	memset(long_text, 'x', sizeof long_text - 1);
	answer_text(long_text);
	refused("the answer has 4001 bytes; at most 4000 are taken");
	answer_text("bytes are\nmoved");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(await("prompt"), "locked"),
						  "text")),
		"bytes are\nmoved");
	answer_text("something else entirely");
	refused("answered, and locked");
	command("skip", REFLECT);
	refused("answered, and locked");
	assert_int_equal(finish(), 0);
}

static void test_skips(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	command("skip", TEXT);
	refused("step 1 is no question");
	command("skip", QUIZ);
	says("prompt", "skipped");
	command("step", QUIZ);
	says("step", "skipped");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", QUIZ, "choice", 1));
	await("check"); /* what was skipped can be made up */
	assert_null(json_object_get(await("prompt"), "skipped"));
	command("skip", P1);
	says("prompt", "skipped");
	command("step", REVEAL);
	reads("First run: step 4.");
	command("run", RACE);
	step_end(true);
	command("step", REVEAL);
	reads("You made no prediction.\n\nYou said nothing; it is in 8 bits: 0.");
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 2));
	refused("step 2 was skipped, and its run is over");
	assert_int_equal(finish(), 0);
}

static void reveal(char *out, size_t cap)
{
	command("step", REVEAL);
	snprintf(out, cap, "%s", json_string_value(json_object_get(await("text"), "markdown")));
}

static void predict(void)
{
	send_json(json_pack("{s:s, s:i, s:i}", "command", "answer", "step", P1, "choice", 2));
	await("prompt");
}

/* By name, whatever order a table of Lua has. */
static void test_numbers_in_order(void **state)
{
	const char *name, *last = "";
	json_t *number;

	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	command("run", NUMBERS);
	json_t *numbers = json_object_get(await("step-end"), "numbers");

	assert_int_equal(json_object_size(numbers), 8);
	json_object_foreach(numbers, name, number)
	{
		if (strcmp(last, name) >= 0)
			fail_msg("%s comes before %s", last, name);
		last = name;
	}
	assert_int_equal(integer(numbers, "a"), 1);
	assert_int_equal(integer(numbers, "seed"), 5);
	assert_int_equal(finish(), 0);
}

static void test_restore(void **state)
{
	char before[4096], after[4096];

	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	predict();
	json_t *race = run_and_keep(RACE), *numbers = run_and_keep(NUMBERS),
	       *blocks = run_and_keep(BLOCKS);

	reveal(before, sizeof before);
	assert_int_equal(finish(), 0);
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	predict();
	put_back(RACE, json_incref(race));
	says("step-end", "restored");
	reveal(after, sizeof after);
	assert_string_equal(after, before);
	put_back(NUMBERS, json_incref(numbers));
	assert_int_equal(integer(json_object_get(await("step-end"), "numbers"), "seed"), 5);
	command("step", TEXT);
	reads("With seed 5, and -.");
	put_back(BLOCKS, json_incref(blocks));
	says("step-end", "restored");
	command("run", NUMBERS); /* anew: that is no restored one */
	assert_null(json_object_get(await("step-end"), "restored"));
	assert_int_equal(finish(), 0);
	json_decref(race);
	json_decref(numbers);
	json_decref(blocks);
}

/* Everything that does not fit; the run then counts as not done. */
static void test_restore_refusals(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	predict();
	json_t *race = run_and_keep(RACE), *numbers = run_and_keep(NUMBERS);
	size_t last = json_array_size(race) - 1;
	json_t *odd;

	put_back(TEXT, json_array());
	refused("step 1 is no run");
	put_back(RACE, json_null());
	refused("these records hold no run that left a result");
	command("step", REVEAL);
	reads("First run: step 4.");
	put_back(BLOCKS, json_incref(race));
	refused("the run of step 10 cannot be put back: it is of 'test.01.race', not of "
		"'test.01.blocks'");
	odd = json_deep_copy(race);
	json_object_set_new(json_array_get(odd, last), "cost", json_string("energy"));
	put_back(RACE, odd);
	refused("it went by energy, but here time decides");
	odd = json_deep_copy(race);
	json_object_del(json_array_get(odd, last), "predictions");
	put_back(RACE, odd);
	refused("how many predictions its costs are of is missing");
	odd = json_deep_copy(race);
	json_object_set_new(json_array_get(odd, last), "ok", json_false());
	put_back(RACE, odd);
	refused("hold no run that left a result");
	odd = json_array(); /* the plan and the end, but nothing between them */
	for (size_t i = 0; i <= last; i++)
		if (i == last || json_object_get(json_array_get(race, i), "plan"))
			json_array_append(odd, json_array_get(race, i));
	put_back(RACE, json_incref(odd));
	refused("no block of it is whole");
	json_array_insert(odd, 0, json_array_get(odd, 0));
	put_back(RACE, odd);
	refused("it holds two plans");
	odd = json_deep_copy(race);
	for (size_t i = 0; i <= last; i++)
		if (json_object_get(json_array_get(odd, i), "items"))
			json_object_set_new(json_array_get(odd, i), "time_s", json_string("soon"));
	put_back(RACE, odd);
	refused("window: ");
	odd = json_deep_copy(race); /* other work disturbed them all: that is what it came to */
	for (size_t i = 0; i <= last; i++)
		if (json_object_get(json_array_get(odd, i), "attempt"))
			json_object_update_new(json_array_get(odd, i),
					       json_pack("{s:i, s:[s]}", "attempt", 1, "flags",
							 "CONTENDED"));
	put_back(RACE, odd);
	says("step-end", "restored");
	put_back(TEXT, json_array());
	refused("step 1 is no run");
	put_back(RACE, json_null());
	refused("hold no run that left a result");
	command("step", REVEAL);
	reads("First run: step 4.");
	odd = json_pack("[{s:s, s:b, s:{s:s}}]", "type", "step-end", "ok", 1, "numbers", "seed",
			"five");
	put_back(NUMBERS, odd);
	refused("'seed' is no number that a run could have returned");
	assert_int_equal(finish(), 0);
	json_decref(race);
	json_decref(numbers);
}

static void hint(const char *check, int number)
{
	send_json(json_pack("{s:s, s:i, s:s, s:i}", "command", "hint", "step", EXERCISE, "check",
			    check, "number", number));
}

static void test_exercise(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "lesson.lua", true);
	await("lesson");
	hint("small", 1);
	const json_t *record = await("hint");

	assert_string_equal(json_string_value(json_object_get(record, "text")), "Smaller than ….");
	assert_true(json_is_false(json_object_get(record, "last")));
	hint("small", 2);
	says("hint", "last");
	hint("small", 3);
	refused("there is no such hint for the check 'small'");
	hint("small", 0);
	refused("there is no such hint");
	hint("there", 1);
	refused("there is no such hint for the check 'there'");
	hint("smal", 1);
	refused("the exercise has no check 'smal' (did you mean 'small'?)");
	command("hint", TEXT);
	refused("step 1 is no exercise");
	command("skip", EXERCISE);
	says("step", "skipped");
	reads("Make ex1.lua small: ….");
	send_json(json_pack("{s:s, s:i, s:{s:i}}", "command", "exercise", "step", EXERCISE,
			    "metrics", "bytes", 500));
	await("step-end");
	hint("small", 1);
	const json_t *text = json_object_get(await("hint"), "text");

	assert_string_equal(json_string_value(text), "Smaller than 500 bytes.");
	command("step", EXERCISE);
	assert_null(json_object_get(await("step"), "skipped"));
	command("answer", EXERCISE);
	refused("asks nothing");
	assert_int_equal(finish(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_reflection),
		cmocka_unit_test(test_skips),
		cmocka_unit_test(test_exercise),
		cmocka_unit_test(test_numbers_in_order),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_restore_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
