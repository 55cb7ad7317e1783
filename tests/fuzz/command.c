/* Fuzzes the commands that a lesson follows: one JSON object a line, to a small lesson of every kind of
 * step. What counts is that nothing crashes, that a wrong command is told and ends nothing, and that
 * every record that is written can be read.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/lesson.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "fuzz.h"

static const char lesson[] =
	"local w = require 'wattle'\n"
	"local function numbers() return { a = 1, b = 2.5 } end\n"
	"return w.lesson { api = 1, id = 'fuzz.01', title = 'F', minutes = 1, goals = { 'g' },\n"
	"  vary = { share = { 0.1, 0.2 }, word = { 'x', 'y' } }, cost = { 'time' },\n"
	"  reward = '{{race.int8.bytes|ratio}} {{ex1.bytes}} {{more.a}}',\n"
	"  w.text [[{{share|pct}} {{p1}} {{p2}} {{word}}]],\n"
	"  w.predict { id = 'p1', ask = 'A?', confidence = true, why = true,\n"
	"    choices = { { 'net', arm = 'net' }, { 'int8', arm = 'int8' } } },\n"
	"  w.predict { id = 'p2', ask = 'B?', number = { unit = 'kB', min = 0, max = 10 } },\n"
	"  w.run { id = 'race', title = 'R', body = function() error 'not here' end },\n"
	"  w.reveal { predict = 'p1', run = 'race', answer = function(r) return r:best('time') end,\n"
	"    '{{p1}} {{answer}} {{race.int8.time}} {{race.net.accuracy}}' },\n"
	"  w.run { id = 'more', title = 'M', body = numbers },\n"
	"  w.quiz { id = 'q1', points = 1, ask = 'C?', choices = { { 'a', right = true }, { 'b' } } },\n"
	"  w.reflect { id = 'r1', ask = 'D?', min_words = 2 },\n"
	"  w.inspect { run = 'race', arm = 'net', view = 'histogram' },\n"
	"  w.exercise { id = 'ex1', title = 'E', points = 1, file = 'ex1.lua', solution = 's.lua',\n"
	"    ask = '{{ex1.bytes}}', checks = { { 't', function() return true end, id = 'c', points = 1,\n"
	"      hints = { 'one', 'two {{ex1.macs}}' } } } } }\n";

/* The lines of the input, one after the other. */
typedef struct Lines {
	LessonReader reader; /* first member */
	const char *at, *end;
	int commands;
} Lines;

static bool next_line(LessonReader *self, json_t **command, Err *err)
{
	Lines *lines = (Lines *)self;

	(void)err;
	*command = NULL;
	while (!*command && lines->at < lines->end) {
		const char *stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
		Err bad;

		stop = stop ? stop : lines->end;
		*command = record_parse(lines->at, (size_t)(stop - lines->at), &bad);
		lines->at = stop < lines->end ? stop + 1 : stop;
	}
	lines->commands += *command != NULL;
	return true;
}

static json_t *no_receipt(LessonReader *self)
{
	(void)self;
	return json_object();
}

/* At least the lesson's own record, and one for each command. */
static void look(int file, int commands)
{
	json_t *record;
	int records = 0;
	Err err;
	RecordIn *in = lseek(file, 0, SEEK_SET) == 0 ? record_in_new(file, &err) : NULL;
	RecordGot got = RECORD_END;

	while (in && (got = record_in_next(in, &record, &err)) == RECORD_GOT) {
		records++;
		json_decref(record);
	}
	record_in_free(in);
	if (got != RECORD_END || records < 1 + commands)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
	Lines lines = { .reader = { .next = next_line, .receipt = no_receipt },
			.at = (const char *)data,
			.end = (const char *)data + size };
	Err err;
	Trial trial;
	RecordOut *out = file >= 0 ? record_out_new(file, 0, &err) : NULL;

	if (!out)
		abort();
	trial_init(&trial, out, NULL);
	const ScriptOptions options = { .name = "fuzz.lua",
					.text = lesson,
					.len = sizeof lesson - 1,
					.memory_bytes = (size_t)4 << 20,
					.deadline_ns = clock_now_ns() + 10 * CLOCK_NS_PER_S,
					.trial = &trial };
	Script *script = lesson_open(&options, "", false, &err);

	if (!script || (!lesson_serve(script, &lines.reader, &err) && err.code != ERR_LIMIT))
		abort();
	script_close(script);
	record_out_free(out);
	look(file, lines.commands);
	close(file);
	return 0;
}
