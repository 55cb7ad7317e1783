/* Lines of programs that are arms: marks, results, notices, and what is refused with which words.
 * SPDX-License-Identifier: MIT */
#include "lab/program_line.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static ProgramReport report;
static ProgramLine kind;
static Err err;

static int fresh(void **state)
{
	(void)state;
	report = (ProgramReport){ .lines = 0 };
	memset(&err, 0, sizeof err);
	return 0;
}

static int done(void **state)
{
	(void)state;
	program_report_done(&report);
	return 0;
}

static bool take(const char *line)
{
	return program_report_take(&report, line, strlen(line), &kind, &err);
}

static void refused(const char *line, const char *words)
{
	assert_false(take(line));
	assert_int_equal(err.code, ERR_SCRIPT);
	if (!strstr(err.text, words))
		fail_msg("'%s' is not in: %s", words, err.text);
}

static void a_whole_run(void **state)
{
	(void)state;
	assert_true(take("loading"));
	assert_int_equal(kind, PROGRAM_NOTICE);
	assert_true(take("{\"epoch\":1,\"loss\":0.5}"));
	assert_int_equal(kind, PROGRAM_NOTICE);
	assert_true(take("{\"accuracy\":0.891,\"test_rows\":1000,\"dataset\":\"digits\"}"));
	assert_int_equal(kind, PROGRAM_RESULT);
	assert_true(program_report_whole(&report, true, &err));
	assert_true(program_report_is_run(&report));
	assert_true(report.accuracy == 0.891);
}

static void a_marked_region(void **state)
{
	(void)state;
	assert_true(take("{\"wattle\":\"begin\"}"));
	assert_int_equal(kind, PROGRAM_BEGIN);
	assert_true(take("{\"wattle\":\"end\",\"items\":5000}"));
	assert_int_equal(kind, PROGRAM_END);
	assert_true(program_report_whole(&report, false, &err));
	assert_false(program_report_is_run(&report));
	assert_int_equal(report.items, 5000);
}

static void items_of_an_unmarked_run(void **state)
{
	(void)state;
	assert_true(take("{\"items\":12}"));
	assert_false(program_report_is_run(&report));
	assert_int_equal(report.items, 12);
	assert_true(isnan(report.accuracy));
	refused("{\"wattle\":\"begin\"}", "a begin behind a result");
}

static void marks_in_the_wrong_order(void **state)
{
	(void)state;
	refused("{\"wattle\":\"end\",\"items\":1}", "line 1 of its output: an end without a begin");
	assert_true(take("{\"wattle\":\"begin\"}"));
	refused("{\"wattle\":\"begin\"}", "a second begin");
	assert_false(program_report_whole(&report, false, &err));
	assert_non_null(strstr(err.text, "inside its measured region"));
	refused("{\"wattle\":\"end\"}", "the end needs \"items\"");
	refused("{\"wattle\":\"end\",\"items\":0}", "the end needs \"items\"");
	refused("{\"wattle\":\"end\",\"items\":1.5}", "the end needs \"items\"");
	refused("{\"wattle\":\"end\",\"items\":99999999999999999}", "the end needs \"items\"");
	refused("{\"wattle\":\"stop\"}", "must be \"begin\" or \"end\"");
	refused("{\"wattle\":1}", "must be \"begin\" or \"end\"");
	assert_true(take("{\"wattle\":\"end\",\"items\":1}"));
	refused("{\"wattle\":\"end\",\"items\":1}", "a second end");
	refused("{\"accuracy\":0.5,\"items\":3}", "told by the line that ends");
}

static void results_out_of_range(void **state)
{
	(void)state;
	refused("{\"accuracy\":89.1}", "write 0.891 for 89.1 %");
	refused("{\"accuracy\":-0.1}", "accuracy is -0.1");
	refused("{\"accuracy\":NaN}", "is no JSON object");
	refused("{\"accuracy\":1e999}", "is no JSON object");
	refused("{\"accuracy\":\"good\"}", "accuracy is not a number");
	refused("{\"accuracy\":0.5,\"test_rows\":-1}", "test_rows");
	refused("{\"accuracy\":0.5,\"split\":\"half\"}", "must be test or train");
	refused("{\"accuracy\":0.5,\"rows_sha256\":\"abc\"}", "rows_sha256");
	refused("{\"accuracy\":0.5,\"accuracy\":0.6}", "is no JSON object");
	refused("{\"accuracy\":0.5", "is no JSON object");
	refused("{'accuracy':0.5}", "print one object a line");
	assert_null(report.result);
	assert_true(take("{\"accuracy\":0.5}"));
	refused("{\"accuracy\":0.5}", "a second result");
}

#define SUM "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static void hits_have_to_agree(void **state)
{
	(void)state;
	refused("{\"accuracy\":0.875,\"test_rows\":16,\"hits\":\"/98=\"}", "beside it");
	refused("{\"accuracy\":0.5,\"test_rows\":16,\"rows_sha256\":\"" SUM
		"\",\"hits\":\"/98=\"}",
		"they disagree");
	refused("{\"accuracy\":0.875,\"test_rows\":32,\"rows_sha256\":\"" SUM
		"\",\"hits\":\"/98=\"}",
		"hits");
	refused("{\"accuracy\":0.875,\"test_rows\":16,\"rows_sha256\":\"" SUM
		"\",\"hits\":\"/9*=\"}",
		"not base64");
	assert_true(take("{\"accuracy\":0.9375,\"test_rows\":16,\"rows_sha256\":\"" SUM
			 "\",\"hits\":\"/98=\"}"));
}

static void accuracy_can_be_needed(void **state)
{
	(void)state;
	assert_true(program_report_whole(&report, false, &err));
	assert_false(program_report_whole(&report, true, &err));
	assert_non_null(strstr(err.text, "told no accuracy"));
	assert_true(take("{\"size_bytes\":10}"));
	assert_false(program_report_whole(&report, true, &err));
}

static void long_lines(void **state)
{
	(void)state;
	static char line[PROGRAM_LINE_MAX + 2];
	memset(line, 'a', sizeof line);
	assert_true(program_report_take(&report, line, PROGRAM_LINE_MAX, &kind, &err));
	assert_false(program_report_take(&report, line, PROGRAM_LINE_MAX + 1, &kind, &err));
	assert_non_null(strstr(err.text, "longer than 1 MiB"));
}

/* What is quoted is a stranger's: no escapes, no end of line. */
static void quotes_are_clean(void **state)
{
	(void)state;
	refused("{\x1b[2J", "\\x1b[2J");
	assert_null(strchr(err.text, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_whole_run, fresh, done),
		cmocka_unit_test_setup_teardown(a_marked_region, fresh, done),
		cmocka_unit_test_setup_teardown(items_of_an_unmarked_run, fresh, done),
		cmocka_unit_test_setup_teardown(marks_in_the_wrong_order, fresh, done),
		cmocka_unit_test_setup_teardown(results_out_of_range, fresh, done),
		cmocka_unit_test_setup_teardown(hits_have_to_agree, fresh, done),
		cmocka_unit_test_setup_teardown(accuracy_can_be_needed, fresh, done),
		cmocka_unit_test_setup_teardown(long_lines, fresh, done),
		cmocka_unit_test_setup_teardown(quotes_are_clean, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
