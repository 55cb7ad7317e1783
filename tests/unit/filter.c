/* Filters of runs: what they take, what they refuse, and what they say.
 * SPDX-License-Identifier: MIT */
#include "lab/filter.h"

#include <string.h>

#include "unit.h"

static json_t *run, *begin;

static int setup(void **state)
{
	(void)state;
	run = json_pack("{s:s, s:i, s:[ss], s:n, s:s, s:b}", "name", "race, again", "seed", 12, "tags",
			"paper", "figure-1", "exit", "wall", "2026-03-04T05:06:07Z", "fast", 1);
	begin = json_pack("{s:s, s:{s:{s:s}, s:i}, s:{s:[ii]}}", "name", "hidden", "receipt", "cpu",
			  "model", "Intel Xeon", "threads", 2, "factors", "batch", 1, 64);
	return run && begin ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(run);
	json_decref(begin);
	return 0;
}

static bool accepts(const char *text)
{
	const json_t *objects[] = { run, begin, NULL };
	Filter filter;
	Err err;

	if (!filter_parse(&filter, text, &err))
		fail_msg("%s", err.text);
	return filter_accepts(&filter, objects);
}

static void terms_hold_or_not(void **state)
{
	static const char *const yes[] = {
		"name='race, again'", "name = \"race, again\"", "name~again",  "name!=hidden",
		"seed=12",	      "seed=12.0",		"seed>9",      "seed>=12 , seed<=12",
		"seed<100",	      "tags=paper",		"tags~figure", "tags!=draft",
		"exit!=0",	      "nothing!=1",		"wall>=2026-03-04",
		"wall<2026-04",	      "fast=true",		"receipt.cpu.model~Xeon",
		"receipt.threads=2",  "factors.batch=64",	"  seed = 12  ",
	};
	static const char *const no[] = {
		"name=race",	"name=hidden",	   "seed!=12",	     "seed>12",	   "seed<9",
		"tags=draft",	"tags!=paper",	   "exit=0",	     "nothing=1",  "nothing~",
		"wall<2026-03", "seed=12,seed=13", "factors.batch=2", "fast=false", "receipt.cpu.model=Xeon",
	};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!accepts(yes[i]))
			fail_msg("%s does not hold", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (accepts(no[i]))
			fail_msg("%s holds", no[i]);
}

static void refused(const char *text, const char *why)
{
	Filter filter;
	Err err = { .code = ERR_NONE };

	if (filter_parse(&filter, text, &err))
		fail_msg("'%s' was taken", text);
	assert_int_equal(err.code, ERR_USAGE);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void nonsense_is_named(void **state)
{
	char many[256] = "a=1", longest[400];

	(void)state;
	refused("", "lacks a field");
	refused("=1", "lacks a field at '=1'");
	refused("name", "lacks one of = != < <= > >= ~");
	refused("name race", "lacks one of");
	refused("name=a,", "lacks a field");
	refused("name='a", "has an open quote at ''a'");
	refused("name='a'b", "has something behind a quote");
	for (int i = 0; i < FILTER_TERMS_MAX; i++)
		strcat(many, ",a=1");
	refused(many, "has too many terms");
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	refused(longest, "has too long a field");
	longest[1] = '=';
	refused(longest, "has too long a value");
}

static void values_are_shown(void **state)
{
	const json_t *objects[] = { run, begin, NULL };
	char text[FILTER_VALUE_MAX];

	(void)state;
	filter_value(text, filter_field(objects, "tags"));
	assert_string_equal(text, "paper,figure-1");
	filter_value(text, filter_field(objects, "seed"));
	assert_string_equal(text, "12");
	filter_value(text, filter_field(objects, "receipt.cpu"));
	assert_string_equal(text, "{\"model\":\"Intel Xeon\"}");
	filter_value(text, filter_field(objects, "exit"));
	assert_string_equal(text, "");
	filter_value(text, NULL);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_hold_or_not),
		cmocka_unit_test(nonsense_is_named),
		cmocka_unit_test(values_are_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
