/* Fuzzes the reader of submissions: hostile bytes are refused with a reason, and what is read whole
 * holds only what the lesson knows, and survives being written and read again.
 * SPDX-License-Identifier: MIT */
#include "app/grading/submission.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/source.h"
#include "fuzz.h"

static const char lesson[] =
	"{\"id\":\"fuzz.01\",\"steps\":["
	"{\"kind\":\"text\"},"
	"{\"kind\":\"predict\",\"asks\":\"answer\",\"id\":\"p1\",\"choices\":[{\"text\":\"a\"},{\"text\":\"b\"}]},"
	"{\"kind\":\"predict\",\"asks\":\"answer\",\"id\":\"p2\"},"
	"{\"kind\":\"run\",\"asks\":\"run\",\"id\":\"race\"},"
	"{\"kind\":\"exercise\",\"asks\":\"checks\",\"id\":\"ex1\",\"exercise\":{\"file\":\"ex1.lua\"}},"
	"{\"kind\":\"quiz\",\"asks\":\"answer\",\"id\":\"q1\",\"choices\":[{\"text\":\"a\"},{\"text\":\"b\"}]},"
	"{\"kind\":\"reflect\",\"asks\":\"answer\",\"id\":\"r1\"}]}";

static void known(const json_t *lines, const json_t *source)
{
	const char *id;
	json_t *line;

	json_object_foreach((json_t *)(uintptr_t)lines, id, line)
		require(source_step(source, id) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Submission read, again;
	Err err = { .code = ERR_NONE };
	json_t *source = json_loads(lesson, 0, NULL);
	bool fine = submission_read(&read, "x.jsonl", (const char *)data, size, source, &err);

	require(fine || err.code == ERR_FORMAT || err.code == ERR_MEMORY);
	if (fine) {
		size_t len;
		char *text = submission_text(&read, &len, &err);

		require(strcmp(json_string_value(json_object_get(read.head, "lesson")), "fuzz.01") == 0);
		known(read.answers, source);
		known(read.files, source);
		/* Escapes may make it longer than it may be. */
		require(text || err.code == ERR_LIMIT);
		require(!text || submission_read(&again, "x.jsonl", text, len, source, &err));
		if (text)
			submission_done(&again);
		free(text);
	}
	submission_done(&read);
	json_decref(source);
	return 0;
}
