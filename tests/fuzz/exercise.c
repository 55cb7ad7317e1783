/* Fuzzes students' files: any text is loaded and asked by a small set of checks, in little time.
 * What counts is that nothing crashes, that each check has its record, that the round itself
 * never fails, and that no file passes the check whose answer it cannot know.
 * SPDX-License-Identifier: MIT */
#include "script/round/exercise.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "script/lesson/lesson.h"
#include "fuzz.h"

static const char lesson[] =
	"local w = require 'wattle'\n"
	"local function call(name)\n"
	"  return function(t)\n"
	"    local a, b = t.call(name, t.base, t.list)\n"
	"    return type(a) ~= 'userdata' or a:bytes() > 0 or b == nil\n"
	"  end\n"
	"end\n"
	"return w.lesson { api = 1, id = 'fuzz.01', title = 'F', minutes = 1, goals = { 'g' },\n"
	"  w.exercise { id = 'ex1', title = 'E', points = 3, seconds = 0.02, file = 'ex1.lua',\n"
	"    solution = 's.lua', ask = 'A',\n"
	"    setup = function(c)\n"
	"      return { base = w.model.mlp { layers = { 2, 2, 2 }, seed = c.seed },\n"
	"               list = { 1, 'two', { x = 3 } } }\n"
	"    end,\n"
	"    checks = {\n"
	"      { 'f', call 'f', id = 'f', points = 1 },\n"
	"      { 'g', call 'g', id = 'g', points = 1 },\n"
	"      { 'never', function(t)\n"
	"          return t.near(t.call('f', t.list), os.time() * 1000003 + t.seed, 0)\n"
	"        end, id = 'never', points = 1 } } } }\n";

static Script *open_lesson(Trial *trial)
{
	ScriptOptions options = { .name = "fuzz.lua",
				  .text = lesson,
				  .len = sizeof lesson - 1,
				  .memory_bytes = (size_t)4 << 20,
				  .deadline_ns = clock_now_ns() + 10 * CLOCK_NS_PER_S,
				  .trial = trial };
	Err err;
	Script *script = lesson_open(&options, "", true, &err);

	if (!script)
		abort();
	return script;
}

/* Three checks, and not the last one right. */
static void look(int file)
{
	json_t *record;
	int checks = 0, ends = 0;
	Err err;
	RecordIn *in = lseek(file, 0, SEEK_SET) == 0 ? record_in_new(file, &err) : NULL;

	while (in && record_in_next(in, &record, &err) == RECORD_GOT) {
		const char *type = record_text(record, "type");

		if (strcmp(type, "check") == 0) {
			checks++;
			if (!json_is_string(json_object_get(record, "message")))
				abort();
			if (strcmp(record_text(record, "id"), "never") == 0 &&
			    json_is_true(json_object_get(record, "pass")))
				abort();
		}
		ends += strcmp(type, "exercise") == 0;
		json_decref(record);
	}
	record_in_free(in);
	if (checks != 3 || ends != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
	json_t *text = json_stringn((const char *)data, size);
	Err err;
	Trial trial;

	if (text && file >= 0 && !memchr(data, 0, size)) {
		RecordOut *out = record_out_new(file, 0, &err);
		json_t *wish = json_pack("{s:s, s:s, s:O}", "exercise", "ex1", "file", "ex1.lua",
					 "text", text);

		trial_init(&trial, out, NULL);
		Script *script = open_lesson(&trial);

		if (!exercise_check(script, wish, &err))
			abort();
		script_close(script);
		record_out_free(out);
		json_decref(wish);
		look(file);
	}
	json_decref(text);
	close(file);
	return 0;
}
