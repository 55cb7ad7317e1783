/* An exercise as text: its checks, hints and solution, and what is said of them.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/lesson/exercise.h"

#define NUMBER_COLUMNS 3 /* of a line of code */
#define LABEL_COLUMNS 16 /* "✗ failed   0/4  " */

/* A check's status as it is shown, and as it is said. */
typedef struct StatusLook {
	const char *symbol, *word;
	Style style;
	const char *said;
} StatusLook;

static const StatusLook looks[] = {
	[CHECK_OPEN] = { "·", "open", STYLE_DIM, "open" },
	[CHECK_PASS] = { "✓", "passed", STYLE_TEXT, "passed" },
	[CHECK_FAIL] = { "✗", "failed", STYLE_WARNING, "failed" },
	[CHECK_ERROR] = { "✗", "error", STYLE_WARNING, "stopped by an error" },
	[CHECK_TIMEOUT] = { "✗", "time-out", STYLE_WARNING, "stopped at its time limit" },
	[CHECK_SKIPPED] = { "-", "skipped", STYLE_DIM, "skipped" },
};
static const StatusLook later = { "-", "later", STYLE_DIM, "told after the due date" };

static const StatusLook *look_of(const Check *check)
{
	return check->later ? &later : &looks[check->status];
}

/* Points stand at column; what follows is indented behind them. */
static void flow_label(const Check *check, Flow *flow)
{
	const StatusLook *look = look_of(check);
	char points[32];
	bool got = check->status != CHECK_OPEN && check->status != CHECK_SKIPPED && !check->later;

	flow_break(flow);
	flow->indent = 0;
	flow_text(flow, look->style, look->symbol);
	flow_text(flow, look->style, look->word);
	if (got)
		text_format(points, sizeof points, "%g/%g", check->points, check->of);
	else
		text_format(points, sizeof points, "%g", check->of);
	flow->indent = LABEL_COLUMNS < flow->columns / 2 ? LABEL_COLUMNS : 2;
	if (flow->indent == LABEL_COLUMNS) {
		int columns = (int)strlen(points);
		flow->x = columns < 5 ? LABEL_COLUMNS - 1 - columns : flow->x + 1;
		flow->space = false;
		flow_words(flow, look->style, points, strlen(points));
	} else {
		flow_text(flow, look->style, points);
	}
	flow->space = true;
}

static void flow_hints(const Check *check, Flow *flow)
{
	for (size_t i = 0; i < check->hints; i++) {
		flow_break(flow);
		flow->indent = 2;
		flow_format(flow, STYLE_EMPHASIS, "Hint %zu:", i + 1);
		flow_spans(flow, STYLE_TEXT, check->hint[i]);
	}
	flow_break(flow);
	if (check->last) {
		flow_text(flow, STYLE_EMPHASIS, "Why does this work?");
		flow_text(flow, STYLE_TEXT, "Answer that for yourself before you go on.");
		flow_break(flow);
	}
	flow->indent = 0;
}

static void flow_message(const Check *check, Flow *flow)
{
	bool placed =
		check->place[0] && strncmp(check->message, check->place, strlen(check->place)) != 0;

	flow_break(flow);
	flow->indent = 2;
	if (placed)
		flow_format(flow, STYLE_CODE, "%s:", check->place);
	flow_text(flow, STYLE_WARNING, check->message);
	flow_break(flow);
	flow->indent = 0;
}

static void flow_check(const Check *check, Flow *flow, bool first, bool stale)
{
	flow_label(check, flow);
	flow_spans(flow, first ? STYLE_TITLE : stale ? STYLE_DIM : STYLE_TEXT, check->text);
	if (stale && check->status != CHECK_OPEN)
		flow_text(flow, STYLE_DIM, "(before)");
	flow_break(flow);
	flow->indent = 0;
	if (first || (check->status == CHECK_SKIPPED && check->message[0]))
		flow_message(check, flow);
	if (check->status != CHECK_PASS)
		flow_hints(check, flow);
	if (first)
		flow_gap(flow);
}

void exercise_flow(const Exercise *exercise, Flow *flow)
{
	const Check *first = exercise_first_failing(exercise);

	if (first)
		flow_check(first, flow, true, exercise->checking && !first->told);
	for (int passed = 1; passed >= 0; passed--)
		for (size_t i = 0; i < exercise->checks; i++) {
			const Check *check = &exercise->check[i];

			if (check != first && (check->status == CHECK_PASS) == (passed == 1))
				flow_check(check, flow, false, exercise->checking && !check->told);
		}
}

void exercise_file_flow(const Exercise *exercise, Flow *flow)
{
	if (exercise->path[0]) {
		flow_text(flow, STYLE_DIM,
			  exercise->exists ? "Your file:" : "Your file, made when you edit it:");
		flow_text(flow, STYLE_CODE, exercise->path);
	} else if (exercise->file[0]) {
		flow_format(flow, STYLE_DIM, "File: %s", exercise->file);
	}
	flow_break(flow);
}

/* A line of code that is longer than the flow goes on in the next one, behind its number. */
static void flow_code_line(Flow *flow, int number, const char *code, size_t len)
{
	size_t room = flow->columns > 2 * NUMBER_COLUMNS ? (size_t)(flow->columns - NUMBER_COLUMNS)
							 : NUMBER_COLUMNS;
	char line[512];

	do {
		size_t part = len < room ? len : room;

		while (part < len && part > room / 2 && code[part] != ' ')
			part--;
		part = part < 400 ? part : 400;
		if (number > 0)
			text_format(line, sizeof line, "%2d %.*s", number, (int)part, code);
		else
			text_format(line, sizeof line, "   %.*s", (int)part, code);
		flow_verbatim(flow, STYLE_CODE, line, strlen(line));
		code += part;
		len -= part;
		number = 0;
	} while (len > 0);
}

void exercise_solution_flow(const Exercise *exercise, Flow *flow)
{
	const char *at = exercise->source;

	for (int number = 1; *at; number++) {
		size_t len = strcspn(at, "\n");

		flow_code_line(flow, number, at, len);
		at += len + (at[len] == '\n');
	}
}

/* --- said ------------------------------------------------------------------------------------- */

static void say_state(Exercise *exercise, Flow *flow)
{
	char text[sizeof exercise->said] = "";

	if (exercise->why[0])
		text_format(text, sizeof text, "%s", exercise->why);
	else if (exercise->checking)
		text_format(text, sizeof text, "Checking, round %lld.", (long long)exercise->round);
	else if (!exercise->exists && exercise->path[0])
		text_format(text, sizeof text, "The command edit makes your file: %s",
			    exercise->path);
	else if (exercise->round == 0 && exercise->path[0])
		text_format(text, sizeof text, "Your file: %s", exercise->path);
	if (strcmp(text, exercise->said) != 0)
		flow_text(flow, STYLE_TEXT, text);
	text_format(exercise->said, sizeof exercise->said, "%s", text);
}

/* What stops the whole file stops every check: that is said once. */
static bool said_before(const Exercise *exercise, const Check *check)
{
	for (const Check *other = exercise->check; other < check; other++)
		if (other->told && other->status == check->status &&
		    strcmp(other->message, check->message) == 0)
			return true;
	return false;
}

static void say_check(const Exercise *exercise, const char *id, Flow *flow)
{
	for (size_t i = 0; i < exercise->checks; i++) {
		const Check *check = &exercise->check[i];

		if (strcmp(check->id, id) != 0)
			continue;
		flow_format(flow, STYLE_TEXT, "Check %s", look_of(check)->said);
		if (check->status != CHECK_SKIPPED && !check->later)
			flow_format(flow, STYLE_TEXT, "with %g of %g points", check->points,
				    check->of);
		flow_words(flow, STYLE_TEXT, ":", 1);
		flow_spans(flow, STYLE_TEXT, check->text);
		flow_words(flow, STYLE_TEXT, ".", 1);
		if (check->message[0] && check->status != CHECK_PASS && !check->later &&
		    !said_before(exercise, check))
			flow_message(check, flow);
	}
}

static void say_end(const Exercise *exercise, Flow *flow)
{
	bool passed = exercise_passed(exercise);

	flow_format(flow, STYLE_TEXT, "Round %lld: %g of %g points.%s%s%s",
		    (long long)exercise->round, exercise_got(exercise), exercise_of(exercise),
		    passed ? " " : "", passed ? exercise_passed_by(exercise) : "",
		    passed ? "." : "");
}

static void say_hint(const json_t *record, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "Hint %lld:", (long long)record_integer(record, "number", 1));
	flow_spans(flow, STYLE_TEXT, record_text(record, "text"));
	if (json_is_true(json_object_get(record, "last"))) {
		flow_break(flow);
		flow_text(flow, STYLE_TEXT,
			  "Why does this work? Answer that for yourself before you go on.");
	}
}

static void say_solution(const Exercise *exercise, Flow *flow)
{
	flow_text(flow, STYLE_TEXT, "The solution, by lines:");
	flow_break(flow);
	exercise_solution_flow(exercise, flow);
}

void exercise_say(Exercise *exercise, const json_t *record, Flow *flow)
{
	const char *type = record_text(record, "type");

	if (strcmp(type, "exercise-state") == 0)
		say_state(exercise, flow);
	else if (strcmp(type, "check") == 0)
		say_check(exercise, record_text(record, "id"), flow);
	else if (strcmp(type, "exercise") == 0)
		say_end(exercise, flow);
	else if (strcmp(type, "hint") == 0)
		say_hint(record, flow);
	else if (strcmp(type, "solution") == 0)
		say_solution(exercise, flow);
	flow_break(flow);
}
