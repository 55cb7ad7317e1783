/* Lines of a program that is an arm: marks, results, notices.
 * SPDX-License-Identifier: MIT */
#include "lab/program_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/json.h"

#define ROWS_MAX (UINT64_C(1) << 40)
#define NAME_BYTES 64 /* of a dataset's name, with its end */

#define SHOWN_MAX 80 /* bytes of a line that a message quotes */

static bool refuse(const ProgramReport *report, Err *err, const char *what)
{
	return err_set(err, ERR_SCRIPT, "line %zu of its output: %s", report->lines, what);
}

/* --- results ---------------------------------------------------------------------------------- */

static const char *const result_keys[] = { "accuracy",    "test_rows", "dataset",    "split",
					   "rows_sha256", "hits",      "size_bytes", "macs",
					   "items",       NULL };

static bool is_result(const json_t *json)
{
	for (size_t i = 0; result_keys[i]; i++)
		if (json_object_get(json, result_keys[i]))
			return true;
	return false;
}

/* Bits set in the first `rows`. */
static uint64_t count_hits(const uint8_t *hits, uint64_t rows)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < rows; i++)
		count += hits[i / 8] >> i % 8 & 1;
	return count;
}

static bool check_hits(const json_t *json, uint64_t rows, double accuracy, Err *err)
{
	const json_t *text = json_object_get(json, "hits");

	if (!text || json_is_null(text))
		return true;
	if (!json_is_string(text) || !rows || isnan(accuracy) ||
	    !json_is_string(json_object_get(json, "rows_sha256")))
		return err_set(err, ERR_FORMAT,
			       "hits must be base64 text with accuracy, test_rows and rows_sha256 "
			       "beside it: hits are compared row by row");
	uint8_t *hits = json_decode_base64(json_string_value(text), json_string_length(text),
					   (size_t)(rows + 7) / 8, err);
	if (!hits)
		return err_prefix(err, "hits");
	uint64_t right = count_hits(hits, rows);
	free(hits);
	/* Programs round what they print. */
	return fabs((double)right - accuracy * (double)rows) <= 0.5 + 1e-3 * (double)rows ||
	       err_set(err, ERR_FORMAT,
		       "hits has %llu rows right, accuracy says %.1f of %llu: they disagree",
		       (unsigned long long)right, accuracy * (double)rows,
		       (unsigned long long)rows);
}

static bool check_rows_sum(const json_t *json, Err *err)
{
	char sum[NAME_BYTES + 1] = "";

	if (!json_take_text(json, "rows_sha256", sum, sizeof sum, err))
		return false;
	return !*sum || (strlen(sum) == 64 && strspn(sum, "0123456789abcdef") == 64) ||
	       err_set(err, ERR_FORMAT, "rows_sha256 is not 64 digits of 0-9 and a-f");
}

static bool check_result(ProgramReport *report, const json_t *json, Err *err)
{
	char name[NAME_BYTES] = "", split[16] = "";
	uint64_t rows = 0, bytes = 0, macs = 0, items = 0;
	double accuracy = NAN;
	const json_t *told = json_object_get(json, "accuracy");

	if (json_is_number(told) && json_number_value(told) > 1)
		return err_set(err, ERR_FORMAT,
			       "accuracy is %g; it is a share from 0 to 1: write 0.891 for 89.1 %%",
			       json_number_value(told));
	if (!json_take_number(json, "accuracy", 0, 1, &accuracy, err) ||
	    !json_take_count(json, "test_rows", ROWS_MAX, &rows, err) ||
	    !json_take_count(json, "size_bytes", JSON_INTEGER_MAX, &bytes, err) ||
	    !json_take_count(json, "macs", JSON_INTEGER_MAX, &macs, err) ||
	    !json_take_count(json, "items", JSON_INTEGER_MAX, &items, err) ||
	    !json_take_text(json, "dataset", name, sizeof name, err) ||
	    !json_take_text(json, "split", split, sizeof split, err) ||
	    !check_rows_sum(json, err) || !check_hits(json, rows, accuracy, err))
		return false;
	if (*split && strcmp(split, "test") != 0 && strcmp(split, "train") != 0)
		return err_set(err, ERR_FORMAT, "split is '%s'; it must be test or train", split);
	if (items && (report->begun || report->items))
		return err_set(err, ERR_FORMAT,
			       "items is told by the line that ends the measured region");
	report->accuracy = accuracy;
	report->items = items ? items : report->items;
	return true;
}

static bool take_result(ProgramReport *report, json_t *json, Err *err)
{
	if (report->result)
		return refuse(report, err,
			      "a second result; print accuracy and its like in one line, once");
	if (!check_result(report, json, err)) {
		err->code = ERR_SCRIPT; /* what is wrong is a program, no file */
		return err_prefix(err, "line %zu of its output", report->lines);
	}
	report->result = json_incref(json);
	return true;
}

/* --- marks ------------------------------------------------------------------------------------ */

static bool take_begin(ProgramReport *report, Err *err)
{
	if (report->begun)
		return refuse(report, err, "a second begin; one region is measured in each run");
	if (report->items)
		return refuse(report, err, "a begin behind a result that told items");
	report->begun = true;
	return true;
}

static bool take_end(ProgramReport *report, const json_t *json, Err *err)
{
	const json_t *items = json_object_get(json, "items");

	if (!report->begun || report->ended)
		return refuse(report, err,
			      report->ended ? "a second end; one region is measured in each run"
					    : "an end without a begin before it");
	if (!json_is_integer(items) || json_integer_value(items) < 1 ||
	    json_integer_value(items) > (json_int_t)JSON_INTEGER_MAX)
		return refuse(report, err,
			      "the end needs \"items\", a whole number of 1 or more: what was "
			      "worked on since the begin");
	report->items = (uint64_t)json_integer_value(items);
	report->ended = true;
	return true;
}

static bool take_mark(ProgramReport *report, const json_t *json, ProgramLine *kind, Err *err)
{
	const char *mark = json_string_value(json_object_get(json, "wattle"));

	*kind = mark && strcmp(mark, "end") == 0 ? PROGRAM_END : PROGRAM_BEGIN;
	if (mark && *kind == PROGRAM_END)
		return take_end(report, json, err);
	if (mark && strcmp(mark, "begin") == 0)
		return take_begin(report, err);
	return refuse(report, err, "\"wattle\" must be \"begin\" or \"end\"");
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool refuse_json(const ProgramReport *report, const char *line, size_t len,
			const json_error_t *fault, Err *err)
{
	char shown[4 * SHOWN_MAX], why[2 * JSON_ERROR_TEXT_LENGTH];

	text_clean(why, sizeof why, fault->text, strlen(fault->text)); /* it may quote, too */
	text_clean(shown, sizeof shown, line, len < SHOWN_MAX ? len : SHOWN_MAX);
	return err_set(
		err, ERR_SCRIPT,
		"line %zu of its output begins with '{' and is no JSON object (%s): %s%s; "
		"print one object a line, without NaN; send other output elsewhere (>/dev/null)",
		report->lines, why, shown, len > SHOWN_MAX ? " …" : "");
}

bool program_report_take(ProgramReport *report, const char *line, size_t len, ProgramLine *kind,
			 Err *err)
{
	json_error_t fault;
	bool fine = true;

	report->lines++;
	*kind = PROGRAM_NOTICE;
	if (len > PROGRAM_LINE_MAX)
		return refuse(report, err, "longer than 1 MiB; print shorter lines");
	if (!len || line[0] != '{')
		return true;
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	if (!json)
		return refuse_json(report, line, len, &fault, err);
	if (json_object_get(json, "wattle")) {
		fine = take_mark(report, json, kind, err);
	} else if (is_result(json)) {
		*kind = PROGRAM_RESULT;
		fine = take_result(report, json, err);
	}
	json_decref(json);
	return fine;
}

bool program_report_whole(const ProgramReport *report, bool needs_accuracy, Err *err)
{
	if (report->begun && !report->ended)
		return err_set(err, ERR_SCRIPT,
			       "it ended inside its measured region; print "
			       "{\"wattle\":\"end\",\"items\":N} behind the work, and flush it");
	if (needs_accuracy && (!report->result || isnan(report->accuracy)))
		return err_set(err, ERR_SCRIPT,
			       "it told no accuracy, which is a primary metric; print "
			       "{\"accuracy\":0.891,\"test_rows\":N}, or leave accuracy out of "
			       "analysis.primary");
	return true;
}

bool program_report_is_run(const ProgramReport *report)
{
	return report->items == 0;
}

void program_report_done(ProgramReport *report)
{
	json_decref(report->result);
	report->result = NULL;
}
