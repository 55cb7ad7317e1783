/* What the figures of a report depend on: machine, versions, seeds, data, the script; and how
 * the run is run again.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "app/report/report_inside.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/figures/svg.h"

#define PATH_TEXT_MAX 160

/* --- the receipt ------------------------------------------------------------------------------ */

static void row(FILE *to, const char *name, const char *value)
{
	html_put(to, "<tr><th scope=\"row\">", name, "</th><td>", value, "</td></tr>\n", NULL);
}

static void value_text(const json_t *value, char *out, size_t cap)
{
	if (json_is_string(value))
		text_format(out, cap, "%s", json_string_value(value));
	else if (json_is_integer(value))
		text_format(out, cap, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		text_format(out, cap, "%.10g", json_real_value(value));
	else
		text_format(out, cap, "%s",
			    json_is_true(value)    ? "yes"
			    : json_is_false(value) ? "no"
						   : "–");
}

/* Every member by its path, "blas core"; reasons for what is absent stand where it would. */
static void flatten(FILE *to, const json_t *object, const char *path, int depth)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		char name[PATH_TEXT_MAX], text[1024], why[PATH_TEXT_MAX];

		if (text_ends(key, "_why"))
			continue;
		text_format(name, sizeof name, "%s%s%s", path, *path ? " " : "", key);
		for (char *c = name; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		if (json_is_object(value) && depth < 4) {
			flatten(to, value, name, depth + 1);
			continue;
		}
		value_text(value, text, sizeof text);
		text_format(why, sizeof why, "%s_why", key);
		if (json_is_null(value) && *record_text(object, why))
			text_format(text, sizeof text, "none: %s", record_text(object, why));
		row(to, name, text);
	}
}

/* "1, 2, 3" or "1 … 30 (30 seeds)". */
static void seeds_text(const Plan *plan, char *out, size_t cap)
{
	size_t len = 0;
	bool even = plan->seeds > 8;

	for (size_t i = 1; i < plan->seeds; i++)
		even &= plan->seed[i] == plan->seed[i - 1] + 1;
	out[0] = '\0';
	if (even) {
		text_format(out, cap, "%llu … %llu (%zu seeds)", (unsigned long long)plan->seed[0],
			    (unsigned long long)plan->seed[plan->seeds - 1], plan->seeds);
		return;
	}
	for (size_t i = 0; i < plan->seeds && len + 24 < cap; i++)
		len += text_format(out + len, cap - len, "%s%llu", i ? ", " : "",
				   (unsigned long long)plan->seed[i]);
}

static void write_datasets(FILE *to, const Story *story)
{
	size_t i;
	json_t *set;

	json_array_foreach(story->datasets, i, set)
	{
		char text[512], name[96];

		text_format(name, sizeof name, "dataset %s", record_text(set, "name"));
		text_format(text, sizeof text, "%.0f training and %.0f test rows; sha256 %s",
			    record_number(set, "train_rows"), record_number(set, "test_rows"),
			    record_text(set, "sha256"));
		row(to, name, text);
	}
}

static void write_table(FILE *to, const ReportRun *run)
{
	const Plan *plan = results_plan(run->results);
	const json_t *begin = run->story->begin;
	char text[2048];

	fputs("<div class=\"scroll\"><table class=\"receipt\">\n<caption>What the figures depend "
	      "on</caption>\n<tbody>\n",
	      to);
	row(to, "run", record_text(begin, "run"));
	row(to, "began", record_text(begin, "wall"));
	row(to, "script", record_text(begin, "script"));
	row(to, "script sha256", record_text(begin, "script_sha256"));
	text_format(text, sizeof text, "%llu", (unsigned long long)results_seed(run->results));
	row(to, "seed of the run", text);
	seeds_text(plan, text, sizeof text);
	row(to, "seeds of the blocks", text);
	write_datasets(to, run->story);
	flatten(to, json_object_get(begin, "receipt"), "", 0);
	fputs("</tbody></table></div>\n", to);
}

/* --- again ------------------------------------------------------------------------------------ */

/* In quotes where a shell would take it apart. */
static void word(FILE *to, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=./,:@%";

	if (*text && text[strspn(text, plain)] == '\0') {
		svg_text(to, text);
		return;
	}
	fputc('\'', to);
	for (size_t len; *text; text += len) {
		len = strcspn(text, "'");
		svg_text_bytes(to, text, len);
		if (text[len] == '\'') {
			fputs("'\\''", to);
			len++;
		}
	}
	fputc('\'', to);
}

static void flag(FILE *to, const char *name, const char *value)
{
	html_put(to, " --", name, " ", "", NULL);
	word(to, value);
}

static void set_flags(FILE *to, const json_t *set)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)set, key, value)
	{
		char pair[512], text[256];

		if (json_is_boolean(value))
			text_format(text, sizeof text, "%s",
				    json_is_true(value) ? "true" : "false");
		else
			value_text(value, text, sizeof text);
		text_format(pair, sizeof pair, "%s=%s", key, text);
		flag(to, "set", pair);
	}
}

/* The flags that a stored run was asked with, as runs rerun makes them. */
static void asked_flags(FILE *to, const json_t *settings)
{
	static const char *const names[] = { "seed", "batch", "threads", "kernel", "energy", NULL };

	for (size_t i = 0; names[i]; i++) {
		const json_t *value = json_object_get(settings, names[i]);
		char text[256];

		value_text(value, text, sizeof text);
		if (json_is_string(value) ||
		    (json_is_integer(value) &&
		     (strcmp(names[i], "seed") == 0 || json_integer_value(value) > 0)))
			flag(to, names[i], text);
	}
	set_flags(to, json_object_get(settings, "set"));
}

/* Whether the script is none that lay in a file: wattle compare makes such. */
static bool was_made(const ReportRun *run)
{
	return strcmp(record_text(run->story->begin, "script"), "compare") == 0;
}

/* wattle run … SCRIPT */
static void write_line(FILE *to, const ReportRun *run)
{
	const char *script = record_text(run->story->begin, "script");
	char seed[32];

	fputs("wattle run", to);
	if (run->settings) {
		asked_flags(to, run->settings);
	} else {
		text_format(seed, sizeof seed, "%llu",
			    (unsigned long long)results_seed(run->results));
		flag(to, "seed", seed);
	}
	fputc(' ', to);
	word(to, *script ? script : "SCRIPT.lua");
}

static void write_again(FILE *to, const ReportRun *run)
{
	const char *id = record_text(run->story->begin, "run");

	fputs("<p>", to);
	if (run->stored)
		fputs("From the store of the machine that ran it, the same script, seed and "
		      "settings:",
		      to);
	else if (was_made(run))
		fputs("wattle compare made its script, whose checksum is above; the run can be run "
		      "again from the store of the machine that ran it:",
		      to);
	else
		fputs("With the script, whose checksum is above:", to);
	fputs("</p>\n<pre><code>", to);
	if (run->stored || was_made(run))
		html_put(to, "wattle runs rerun ", id, "\n", NULL);
	if (!was_made(run))
		write_line(to, run);
	fputs("</code></pre>\n<p class=\"quiet\">With the same seeds accuracies come out the same "
	      "to the "
	      "last bit on the same processor and libraries; costs come out within their "
	      "intervals.</p>\n",
	      to);
}

void report_receipt(FILE *to, const ReportRun *run, const char *anchor, int h)
{
	html_put(to, "<section id=\"", anchor, "\">\n", NULL);
	html_heading(to, h, "How it was measured, and how to run it again");
	write_table(to, run);
	html_heading(to, h + 1, "Run it again");
	write_again(to, run);
	html_heading(to, h + 1, "The script");
	if (run->script) {
		fputs("<pre><code>", to);
		svg_text_bytes(to, run->script, run->script_len);
		fputs("</code></pre>\n", to);
	} else {
		fputs("<p>Its text is not with these records; the checksum above tells whether a "
		      "file is "
		      "the one.</p>\n",
		      to);
	}
	fputs("</section>\n", to);
}
