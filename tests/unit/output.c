/* The plain summary of a run: columns that never run together, disturbed blocks, what accuracy is of.
 * SPDX-License-Identifier: MIT */
#include "app/run/output.h"

#include <locale.h>
#include <math.h>

#include "base/text.h"
#include "unit.h"

#include "lab.h"

static Plan plan;

static int fresh(void **state)
{
	(void)state;
	lab_plan(&plan);
	return 0;
}

/* What the summary prints; to be freed. */
static char *summary(const Results *results)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	output_summary(to, results);
	fclose(to);
	return text;
}

/* The column, on a terminal, at which needle stands in the line that begins with head. */
static size_t column_of(const char *text, const char *head, const char *needle)
{
	char line[512];
	const char *at = strstr(text, head);

	assert_non_null(at);
	text_format(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
	char *found = strstr(line, needle);
	if (!found)
		fail_msg("no '%s' in '%s'", needle, line);
	*found = '\0';
	return text_columns(line);
}

static void columns_stay_apart(void **state)
{
	static const char long_name[] = "an arm with a name of many many \xe2\x82\xac words";

	(void)state;
	memcpy(plan.arm[1], long_name, sizeof long_name);
	Results *results = lab_results(&plan);
	for (int arm = 0; arm < 2; arm++) {
		lab_window(results, plan.arm[arm], 0, 0.5, 1);
		lab_trial(results, plan.arm[arm], 0, 0.9, 100, NULL);
	}
	char *text = summary(results);
	assert_non_null(strstr(text, "words  90.00 %"));
	size_t at = column_of(text, "arm ", "test accuracy");
	assert_int_equal(column_of(text, "A ", "90.00 %"), at);
	assert_int_equal(column_of(text, "an arm ", "90.00 %"), at);
	at = column_of(text, "arm ", "file bytes");
	assert_int_equal(column_of(text, "A ", "1,000"), at);
	assert_int_equal(column_of(text, "an arm ", "1,000"), at);
	free(text);
	results_free(results);
}

/* Three tries each, every one spoiled. */
static Results *disturbed(size_t blocks)
{
	Results *results = lab_results(&plan);

	for (size_t i = 0; i < blocks; i++)
		for (int attempt = 0; attempt < 3; attempt++)
			for (int arm = 0; arm < 2; arm++) {
				lab_take(results,
					 "{\"type\":\"window\",\"arm\":\"%s\",\"block\":%zu,"
					 "\"attempt\":%d,\"items\":10,\"time_s\":1,\"energy\":null,"
					 "\"flags\":[\"CONTENDED\"]}",
					 plan.arm[arm], i, attempt);
				lab_take(results,
					 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":%zu,"
					 "\"attempt\":%d,\"accuracy\":0.5,\"test_rows\":100}",
					 plan.arm[arm], i, attempt);
			}
	return results;
}

static void disturbed_blocks_are_named(void **state)
{
	(void)state;
	Results *results = disturbed(10);
	char *text = summary(results);

	assert_non_null(strstr(text, "0 blocks of 2 arms"));
	assert_non_null(strstr(text, "10 blocks stayed disturbed after 3 tries and are not counted\n"));
	assert_null(strstr(text, "run again;"));
	assert_non_null(strstr(text, "Inconclusive: other work on this machine disturbed 10 of the blocks."));
	assert_non_null(strstr(text, "50.00 %")); /* accuracy is not a matter of time */
	free(text);
	results_free(results);
	results = disturbed(1);
	for (int arm = 0; arm < 2; arm++) { /* a fourth try would be: this plan has none */
		lab_window(results, plan.arm[arm], 1, 1, 0);
		lab_trial(results, plan.arm[arm], 1, 0.5, 100, NULL);
	}
	text = summary(results);
	assert_non_null(strstr(text, "1 block of 2 arms"));
	assert_non_null(strstr(text, "1 block stayed disturbed after 3 tries and is not counted\n"));
	free(text);
	results_free(results);
}

static void training_rows_are_not_called_test(void **state)
{
	(void)state;
	Results *results = lab_results(&plan);
	for (int arm = 0; arm < 2; arm++)
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":0,\"accuracy\":0.5,"
			 "\"test_rows\":100,\"split\":\"train\"}",
			 plan.arm[arm]);
	char *text = summary(results);
	assert_non_null(strstr(text, "train accuracy"));
	assert_null(strstr(text, "test accuracy"));
	free(text);
	results_free(results);
}

static void diverged_arms_are_shown(void **state)
{
	(void)state;
	Results *results = lab_results(&plan);
	for (int arm = 0; arm < 2; arm++)
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":0,\"accuracy\":null,"
			 "\"diverged\":true}",
			 plan.arm[arm]);
	char *text = summary(results);
	assert_non_null(strstr(text, "B    diverged"));
	assert_non_null(strstr(text, "No verdict: B diverged in 1 of 1 blocks."));
	free(text);
	results_free(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(columns_stay_apart, fresh),
		cmocka_unit_test_setup(disturbed_blocks_are_named, fresh),
		cmocka_unit_test_setup(training_rows_are_not_called_test, fresh),
		cmocka_unit_test_setup(diverged_arms_are_shown, fresh),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
