/* A question of a lesson.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/question.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

#define SURE_UNTOLD 3
#define NUMBER_MAX 1e15 /* a worker takes no larger one */

static const char *const fields[FIELD_COUNT] = { "answer", "confidence", "why" };

void question_done(Question *question)
{
	free(question->ask);
	free(question->unit);
	free(question->said);
	for (size_t i = 0; i < question->choices; i++)
		free(question->choice[i]);
	*question = (Question){ 0 };
}

static QuestionKind kind_of(const char *name)
{
	return strcmp(name, "choice") == 0   ? QUESTION_CHOICE
	       : strcmp(name, "quiz") == 0   ? QUESTION_QUIZ
	       : strcmp(name, "number") == 0 ? QUESTION_NUMBER
					     : QUESTION_NONE;
}

static void take_locked(Question *question, const json_t *locked)
{
	int64_t choice = record_integer(locked, "choice", 0),
		sure = record_integer(locked, "confidence", 0);
	double number = record_number(locked, "number");

	question->locked = json_is_object(locked);
	question->sent = false;
	if (!question->locked)
		return;
	if (choice >= 1 && (uint64_t)choice <= question->choices)
		question->chosen = (size_t)choice - 1;
	if (sure >= 1 && sure <= QUESTION_SURE_MAX)
		question->sure = (int)sure;
	if (!isnan(number))
		text_format(question->number, sizeof question->number, "%.10g", number);
	text_format(question->because, sizeof question->because, "%s", record_text(locked, "why"));
}

/* A question that is told again keeps what was said of its answer when it is locked, and what was
 * typed so far when it is not. */
static void keep_answer(Question *question, const Question *before, bool checked)
{
	if (checked) {
		question->checked = true;
		question->said = before->said;
		question->pass = before->pass;
		question->got = before->got;
		question->of = before->of;
		return;
	}
	question->field = before->field;
	question->chosen = before->chosen;
	question->sure = before->sure;
	memcpy(question->number, before->number, sizeof question->number);
	memcpy(question->because, before->because, sizeof question->because);
}

void question_take(Question *question, const json_t *record)
{
	const json_t *choices = json_object_get(record, "choices"), *choice;
	const Question before = *question;
	bool same = before.step == record_integer(record, "step", 0) &&
		    before.kind == kind_of(record_text(record, "kind")),
	     locked = json_is_object(json_object_get(record, "locked")),
	     checked = before.checked && before.step == record_integer(record, "step", 0) && locked;
	size_t i;

	if (checked)
		question->said = NULL;
	question_done(question);
	question->kind = kind_of(record_text(record, "kind"));
	question->step = record_integer(record, "step", 0);
	question->ask = strdup(record_text(record, "ask"));
	question->unit = strdup(record_text(record, "unit"));
	question->minimum = record_number(record, "min");
	question->maximum = record_number(record, "max");
	question->confidence = json_is_true(json_object_get(record, "confidence"));
	question->why = json_is_true(json_object_get(record, "why"));
	question->points = record_integer(record, "points", 0);
	question->sure = SURE_UNTOLD;
	if (checked || (same && !locked && !before.locked))
		keep_answer(question, &before, checked);
	json_array_foreach(choices, i, choice)
	{
		char *text = question->choices < QUESTION_CHOICES_MAX && json_is_string(choice)
				     ? strdup(json_string_value(choice))
				     : NULL;
		if (text)
			question->choice[question->choices++] = text;
	}
	if (!question->ask || !question->unit ||
	    (question->kind != QUESTION_NUMBER && question->choices == 0))
		question->kind = QUESTION_NONE;
	if (question->chosen >= question->choices) /* of a lesson that was changed meanwhile */
		question->chosen = 0;
	take_locked(question, json_object_get(record, "locked"));
}

static bool asked(const Question *question, QuestionField field)
{
	return field == FIELD_ANSWER ||
	       (field == FIELD_CONFIDENCE ? question->confidence : question->why);
}

json_t *question_draft(const Question *question)
{
	json_t *draft;

	if (question->kind == QUESTION_NONE || question->locked ||
	    (!question->number[0] && !question->because[0]))
		return NULL;
	draft = json_pack("{s:s, s:s, s:i, s:s}", "typed", question->number, "why",
			  question->because, "confidence", question->sure, "field",
			  fields[question->field]);
	if (question->choices > 0)
		json_object_set_new(draft, "choice",
				    json_integer((json_int_t)question->chosen + 1));
	return draft;
}

void question_resume(Question *question, const json_t *draft)
{
	int64_t choice = record_integer(draft, "choice", 0),
		sure = record_integer(draft, "confidence", 0);

	if (question->kind == QUESTION_NONE || question->locked || question->number[0] ||
	    question->because[0])
		return;
	if (choice >= 1 && (uint64_t)choice <= question->choices)
		question->chosen = (size_t)choice - 1;
	if (sure >= 1 && sure <= QUESTION_SURE_MAX)
		question->sure = (int)sure;
	if (question->kind == QUESTION_NUMBER)
		text_format(question->number, sizeof question->number, "%s",
			    record_text(draft, "typed"));
	if (question->why)
		text_format(question->because, sizeof question->because, "%s",
			    record_text(draft, "why"));
	for (int field = 0; field < FIELD_COUNT; field++)
		if (asked(question, (QuestionField)field) &&
		    strcmp(fields[field], record_text(draft, "field")) == 0)
			question->field = (QuestionField)field;
}

void question_check(Question *question, const json_t *record)
{
	free(question->said);
	question->said = strdup(record_text(record, "text"));
	question->step = record_integer(record, "step", 0);
	question->checked = true;
	question->locked = true;
	question->sent = false;
	question->pass = json_is_true(json_object_get(record, "pass"));
	question->got = record_integer(record, "points", 0);
	question->of = record_integer(record, "of", 0);
}

void question_refused(Question *question)
{
	if (!question->sent)
		return;
	question->sent = question->locked = false;
	question->field = FIELD_ANSWER;
}

/* False when field was the last one. */
static bool next_field(Question *question)
{
	for (int field = (int)question->field + 1; field < FIELD_COUNT; field++)
		if (asked(question, (QuestionField)field)) {
			question->field = (QuestionField)field;
			return true;
		}
	return false;
}

/* NaN: not a number, or out of its limits. */
static double number_of(const Question *question)
{
	char *end;
	double number = strtod(question->number, &end);

	if (end == question->number || *end || !(fabs(number) <= NUMBER_MAX) ||
	    number < question->minimum || number > question->maximum)
		return NAN;
	return number;
}

static void send_answer(Question *question, Request *out)
{
	json_t *value = json_object();

	json_object_set_new(value, "step", json_integer(question->step));
	if (question->kind == QUESTION_NUMBER)
		json_object_set_new(value, "number", json_real(number_of(question)));
	else
		json_object_set_new(value, "choice",
				    json_integer((json_int_t)question->chosen + 1));
	if (question->confidence)
		json_object_set_new(value, "confidence", json_integer(question->sure));
	if (question->why)
		json_object_set_new(value, "why", json_string(question->because));
	out->kind = REQUEST_COMMAND;
	text_format(out->text, sizeof out->text, "answer");
	out->value = value;
	question->locked = question->sent = true;
}

static bool accept(Question *question, Request *out)
{
	if (question->kind == QUESTION_NUMBER && isnan(number_of(question))) {
		question->field = FIELD_ANSWER;
		return true;
	}
	if (!next_field(question))
		send_answer(question, out);
	return true;
}

static void erase_last(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	text[len > 0 ? len - 1 : 0] = '\0';
}

static bool type_text(char *text, size_t cap, uint32_t key, bool numeric)
{
	char bytes[5];
	size_t len = strlen(text), more = key < KEY_SPECIAL ? flow_encode(bytes, key) : 0;

	if (key == KEY_BACK || key == 8) {
		erase_last(text);
		return true;
	}
	if (more == 0 || text_hidden(key) ||
	    (numeric && (key > 127 || !strchr("0123456789.-+e", (int)key))))
		return false;
	if (len + more < cap)
		memcpy(text + len, bytes, more + 1);
	return true;
}

static bool pick(size_t *value, size_t count, Action action, uint32_t key)
{
	bool up = action == ACTION_UP || key == KEY_ARROW_UP || key == KEY_ARROW_LEFT || key == 'k';
	bool down = action == ACTION_DOWN || key == KEY_ARROW_DOWN || key == KEY_ARROW_RIGHT ||
		    key == 'j';

	if (key >= '1' && key <= '9' && key - '1' < count)
		*value = key - '1';
	else if (up)
		*value -= *value > 0 ? 1 : 0;
	else if (down)
		*value += *value + 1 < count ? 1 : 0;
	else
		return false;
	return true;
}

bool question_counting(const Question *question)
{
	return !question->locked && question->field == FIELD_ANSWER &&
	       question->kind == QUESTION_NUMBER;
}

bool question_typing(const Question *question)
{
	return question_counting(question) || (!question->locked && question->field == FIELD_WHY);
}

bool question_key(Question *question, Action action, const KeyEvent *event, Request *out)
{
	size_t sure = (size_t)(question->sure - 1);

	if (question->kind == QUESTION_NONE || question->locked)
		return false;
	if (action == ACTION_OPEN || event->key == KEY_RETURN)
		return accept(question, out);
	if (action == ACTION_PANE || event->key == KEY_TAB_) {
		if (!next_field(question))
			question->field = FIELD_ANSWER;
		return true;
	}
	bool numeric = question->kind == QUESTION_NUMBER;

	if (question->field == FIELD_WHY)
		return type_text(question->because, sizeof question->because, event->key, false);
	if (question->field == FIELD_ANSWER && numeric)
		return type_text(question->number, sizeof question->number, event->key, true);
	bool used = question->field == FIELD_CONFIDENCE
			    ? pick(&sure, QUESTION_SURE_MAX, action, event->key)
			    : pick(&question->chosen, question->choices, action, event->key);

	question->sure = (int)sure + 1;
	return used && event->line && event->key <= '9' ? accept(question, out) : used;
}

const char *question_limits(const Question *question, char out[QUESTION_LIMITS_MAX])
{
	bool least = !isnan(question->minimum), most = !isnan(question->maximum);

	out[0] = '\0';
	if (least && most)
		text_format(out, QUESTION_LIMITS_MAX, " from %g to %g", question->minimum,
			    question->maximum);
	else if (least || most)
		text_format(out, QUESTION_LIMITS_MAX, " of at %s %g", least ? "least" : "most",
			    least ? question->minimum : question->maximum);
	return out;
}

static void limits_text(const Question *question, char *out, size_t cap)
{
	char limits[QUESTION_LIMITS_MAX];

	text_format(out, cap, "give a number%s%s%.20s", question_limits(question, limits),
		    *question->unit ? " " : "", question->unit);
}

bool question_misses(Question *question, const KeyEvent *event, char *out, size_t cap)
{
	size_t most = question->field == FIELD_CONFIDENCE ? QUESTION_SURE_MAX : question->choices;
	uint32_t key = event->key;

	if (question->kind == QUESTION_NONE || question->locked || question->field == FIELD_WHY)
		return false;
	if (question->field == FIELD_ANSWER && question->kind == QUESTION_NUMBER) {
		if (key != KEY_RETURN || !isnan(number_of(question)))
			return false;
		limits_text(question, out, cap);
		if (event->line) /* nobody can rub it out */
			question->number[0] = '\0';
		return true;
	}
	if (key < '0' || key > '9' || (key > '0' && key - '0' <= most))
		return false;
	text_format(out, cap, "choose 1 to %zu", most);
	return true;
}
