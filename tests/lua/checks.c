/* Students' files and how the checks of a lesson must end for them: each file of tests/lua/cheats,
 * honest ones and those that try to answer checks themselves or to get at the test rows. Each
 * NAME.lua has a benign twin NAME.ok.lua, which must end well.
 *
 * First lines of a file:
 *   -- lesson: NAME      (the lesson, NAME.lua in tests/lua/cheats/lessons; basic)
 *   -- grading: NAME     (NAME.grade.lua beside the lesson)
 *   -- only: ID          (that check alone; may come several times)
 *   -- attempts: N   -- run_seed: N
 *   -- expect: ID STATUS "text in the message"   (the text may be absent; others must pass)
 *   -- record: TEXT      (part of the exercise record)
 *   -- fails: "text"     (the round itself ends with this error)
 * Arguments: files to check instead; their records are shown.
 * SPDX-License-Identifier: MIT */
#include "host.h"

#include "base/text.h"
#include "script/round/exercise.h"

#define EXPECTS_MAX 32
#define FOLDER "/home/ann/courses/" /* of the lesson; no message to a student names it */
#define LIMIT_NS (60 * CLOCK_NS_PER_S)

typedef struct Outcome {
	char id[64], status[16], text[256];
	bool seen;
} Outcome;

typedef struct Case {
	char lesson[64], grading[64], fails[256], record[256];
	json_t *only;
	long attempts;
	json_int_t run_seed; /* -1: none */
	size_t expects;
	Outcome expect[EXPECTS_MAX];
} Case;

static void quoted(const char *line, char *out, size_t cap)
{
	const char *begin = strchr(line, '"'), *end = strrchr(line, '"');

	if (begin && end > begin)
		snprintf(out, cap, "%.*s", (int)(end - begin - 1), begin + 1);
}

static void case_line(Case *c, const char *line)
{
	char id[64];
	Outcome *expect = &c->expect[c->expects];

	if (sscanf(line, "-- only: %63s", id) == 1) {
		if (!c->only)
			c->only = json_array();
		json_array_append_new(c->only, json_string(id));
	} else if (c->expects < EXPECTS_MAX &&
		   sscanf(line, "-- expect: %63s %15s", expect->id, expect->status) == 2) {
		quoted(line, expect->text, sizeof expect->text);
		c->expects++;
	} else if (strncmp(line, "-- fails:", 9) == 0) {
		quoted(line, c->fails, sizeof c->fails);
	} else if (strncmp(line, "-- record: ", 11) == 0) {
		text_format(c->record, sizeof c->record, "%s", line + 11);
	} else if (sscanf(line, "-- lesson: %63s", c->lesson) == 1 ||
		   sscanf(line, "-- grading: %63s", c->grading) == 1 ||
		   sscanf(line, "-- attempts: %ld", &c->attempts) == 1 ||
		   sscanf(line, "-- run_seed: %" JSON_INTEGER_FORMAT, &c->run_seed) == 1) {
	}
}

static void case_read(Case *c, const char *text)
{
	memset(c, 0, sizeof *c);
	strcpy(c->lesson, "basic");
	c->run_seed = -1;
	while (strncmp(text, "--", 2) == 0) {
		char line[1024];
		size_t len = strcspn(text, "\n");

		snprintf(line, sizeof line, "%.*s", (int)len, text);
		case_line(c, line);
		text += len + (text[len] == '\n');
	}
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool judge_check(Case *c, const json_t *record)
{
	const char *id = record_text(record, "id"), *status = record_text(record, "status"),
		   *message = record_text(record, "message");

	if (strstr(message, FOLDER)) {
		printf("  check %s: a path is told: %s\n", id, message);
		return false;
	}
	for (size_t i = 0; i < c->expects; i++) {
		Outcome *expect = &c->expect[i];

		if (strcmp(expect->id, id) != 0 || expect->seen)
			continue;
		expect->seen = true;
		if (strcmp(expect->status, status) == 0 && strstr(message, expect->text))
			return true;
		printf("  check %s: %s, not %s \"%s\": %s\n", id, status, expect->status,
		       expect->text, message);
		return false;
	}
	if (strcmp(status, "pass") == 0)
		return true;
	printf("  check %s: %s, and nothing was expected: %s\n", id, status, message);
	return false;
}

static bool judge_records(Case *c, int file, bool show)
{
	bool fine = true;
	json_t *record;
	Err err;
	RecordIn *in = lseek(file, 0, SEEK_SET) == 0 ? record_in_new(file, &err) : NULL;

	while (in && record_in_next(in, &record, &err) == RECORD_GOT) {
		const char *type = record_text(record, "type");
		char *text = json_dumps(record, JSON_COMPACT);

		if (show)
			puts(text);
		if (strcmp(type, "check") == 0)
			fine = judge_check(c, record) && fine;
		if (strcmp(type, "exercise") == 0 && !strstr(text, c->record)) {
			printf("  '%s' is not in %s\n", c->record, text);
			fine = false;
		}
		free(text);
		json_decref(record);
	}
	record_in_free(in);
	for (size_t i = 0; i < c->expects; i++)
		if (!c->expect[i].seen) {
			printf("  no check %s came\n", c->expect[i].id);
			fine = false;
		}
	return fine && in;
}

/* --- running ---------------------------------------------------------------------------------- */

static bool read_file(Host *host, const char *name, const char *end)
{
	char folder[4096], path[8192];

	host_path(folder, sizeof folder, "tests/lua/cheats/lessons");
	snprintf(path, sizeof path, "%s/%s%s", folder, name, end);
	return host_read(host, path);
}

static json_t *make_wish(Host *host, const Case *c, const char *text)
{
	json_t *wish = json_pack("{s:s, s:s, s:s, s:I}", "exercise", "ex1", "file", "ex1.lua",
				 "text", text, "attempts", (json_int_t)c->attempts);

	if (c->grading[0] && read_file(host, c->grading, ".grade.lua"))
		json_object_set_new(wish, "grading",
				    json_pack("{s:s, s:s}", "name", "grade.lua", "text",
					      host->text));

	if (c->only)
		json_object_set(wish, "only", c->only);
	if (c->run_seed >= 0)
		json_object_set_new(wish, "run_seed", json_integer(c->run_seed));
	return wish;
}

static bool run_round(Host *host, const Case *c, const char *text, Err *err)
{
	if (!read_file(host, c->lesson, ".lua"))
		return err_set(err, ERR_FILE, "cannot read the lesson %s", c->lesson);
	ScriptOptions options = {
		.name = FOLDER "lesson.lua",
		.text = host->text,
		.len = host->len,
		.memory_bytes = SCRIPT_MEMORY_DEFAULT,
		.deadline_ns = clock_now_ns() + LIMIT_NS,
		.data = &host->paths,
		.trial = &host->trial,
	};
	Script *script = lesson_open(&options, "ann", false, err);
	json_t *wish = script ? make_wish(host, c, text) : NULL;
	bool fine = script && exercise_check(script, wish, err);

	json_decref(wish);
	script_close(script);
	return fine;
}

static bool check(const char *path, bool show)
{
	static Host host;
	static Case c;
	Err err = { .code = ERR_NONE };
	int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);

	if (!host_begin(&host, file) || !host_read(&host, path)) {
		printf("FAIL %s: cannot be read\n", path);
		return false;
	}
	char *text = strdup(host.text);

	case_read(&c, text);
	bool ran = run_round(&host, &c, text, &err);
	bool fine = ran ? !c.fails[0] : c.fails[0] && strstr(err.text, c.fails);

	if (!fine)
		printf("  the round %s%s\n",
		       ran ? "did not fail" : "failed: ", ran ? "" : err.text);
	else if (ran)
		fine = judge_records(&c, file, show);
	printf("%s %s\n", fine ? "ok  " : "FAIL", path);
	json_decref(c.only);
	free(text);
	host_end(&host);
	close(file);
	return fine;
}

static bool has_twin(const char *folder, const char *name)
{
	char path[8192];

	if (strstr(name, ".ok.lua"))
		return true;
	snprintf(path, sizeof path, "%s/%.*s.ok.lua", folder, (int)strlen(name) - 4, name);
	if (access(path, R_OK) == 0)
		return true;
	printf("FAIL %s has no benign twin\n", name);
	return false;
}

int main(int argc, char **argv)
{
	char folder[4096], path[8192];
	struct dirent **names;
	int failed = 0, ran = 0;

	for (int i = 1; i < argc; i++, ran++)
		failed += !check(argv[i], true);
	int n = argc > 1 ? 0
			 : scandir(host_path(folder, sizeof folder, "tests/lua/cheats"), &names,
				   host_filter, alphasort);

	for (int i = 0; i < n; i++, ran++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		failed += !check(path, false) || !has_twin(folder, names[i]->d_name);
		free(names[i]);
	}
	if (n > 0)
		free(names);
	printf("%d files, %d failed\n", ran, failed);
	return failed > 0 || ran == 0;
}
