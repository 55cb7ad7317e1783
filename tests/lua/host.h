/* What the tests of scripts share: a worker's equipment without a meter, and the expectations in a
 * script's first lines:
 *   -- expect: CODE "text in the message"      (as in records; none: the script ends well)
 *   -- set: NAME=VALUE                          (as --set; may come several times)
 *   -- seed: N    -- batch: N                   (as --seed, --batch)
 *   -- limit: SECONDS                           (as --time-limit of a lesson)
 *   -- run                                      (the experiment is run, too)
 *   -- lesson                                   (the file is a lesson; run: all its steps are
 * taken)
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_LUA_HOST_H
#define WATTLE_TESTS_LUA_HOST_H

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "script/lesson/lesson.h"

typedef struct Expect {
	char code[32];  /* "none": no error */
	char text[512]; /* must be part of the message */
	bool run, lesson;
	bool seed_given;
	unsigned long long seed;
	unsigned long batch;
	double limit_s;
	json_t *set;
} Expect;

typedef struct Host {
	char datasets[4096], scratch[64];
	const char *folders[2];
	DataPaths paths;
	RecordOut *out;
	Trial trial;
	char *text;
	size_t len;
	int file; /* of the records, when it can be read back; −1 */
} Host;

static inline char *host_path(char *out, size_t cap, const char *rest)
{
	const char *top = getenv("top_srcdir");

	snprintf(out, cap, "%s/%s", top ? top : ".", rest);
	return out;
}

/* Records go to fd. */
static inline bool host_begin(Host *host, int fd)
{
	Err err;

	memset(host, 0, sizeof *host);
	host->file = fd;
	host_path(host->datasets, sizeof host->datasets, "datasets");
	host->folders[0] = host->datasets;
	host->paths.folders = host->folders;
	strcpy(host->scratch, "/tmp/wattle-lua-XXXXXX");
	host->out = record_out_new(fd, clock_now_ns(), &err);
	if (!host->out || !mkdtemp(host->scratch))
		return false;
	trial_init(&host->trial, host->out, NULL);
	host->trial.rule = LOWER_TABLE;
	host->trial.scratch = host->scratch;
	return true;
}

/* Empties the scratch folder of the models that a script saved. */
static inline void host_clear(const Host *host)
{
	DIR *folder = opendir(host->scratch);

	for (struct dirent *entry; folder && (entry = readdir(folder));)
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
}

static inline void host_end(Host *host)
{
	host_clear(host);
	rmdir(host->scratch);
	record_out_free(host->out);
	free(host->text);
}

static inline bool host_read(Host *host, const char *path)
{
	FILE *file = fopen(path, "rb");

	free(host->text);
	host->len = 0;
	host->text = malloc(SCRIPT_BYTES_MAX + 2);
	if (file && host->text)
		host->len = fread(host->text, 1, SCRIPT_BYTES_MAX + 1, file);
	if (file)
		fclose(file);
	if (host->text)
		host->text[host->len] = '\0';
	return file && host->text;
}

static inline void expect_line(Expect *expect, const char *line)
{
	char name[64], value[128];

	if (sscanf(line, "-- expect: %31s", expect->code) == 1) {
		const char *begin = strchr(line, '"'), *end = strrchr(line, '"');

		if (begin && end > begin)
			snprintf(expect->text, sizeof expect->text, "%.*s", (int)(end - begin - 1),
				 begin + 1);
	} else if (sscanf(line, "-- set: %63[^=]=%127[^\n]", name, value) == 2) {
		json_object_set_new(expect->set, name, json_string(value));
	} else if (sscanf(line, "-- seed: %llu", &expect->seed) == 1) {
		expect->seed_given = true;
	} else if (sscanf(line, "-- batch: %lu", &expect->batch) == 1 ||
		   sscanf(line, "-- limit: %lf", &expect->limit_s) == 1) {
	} else if (strcmp(line, "-- run") == 0) {
		expect->run = true;
	} else if (strcmp(line, "-- lesson") == 0) {
		expect->lesson = true;
	}
}

/* Reads the comment lines at the top. The caller drops expect->set. */
static inline void expect_read(Expect *expect, const char *text)
{
	memset(expect, 0, sizeof *expect);
	strcpy(expect->code, "none");
	expect->set = json_object();
	text += strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (strncmp(text, "--", 2) == 0) {
		char line[1024];
		size_t len = strcspn(text, "\n");

		snprintf(line, sizeof line, "%.*s", (int)len, text);
		expect_line(expect, line);
		text += len + (text[len] == '\n');
	}
}

/* A script that only asserts ends without an experiment: that is its success. */
static inline bool expect_met(const Expect *expect, const Err *err)
{
	if (strcmp(expect->code, "none") == 0)
		return err->code == ERR_NONE || strstr(err->text, "this one returned nothing");
	return strcmp(expect->code, err_name(err->code)) == 0 && strstr(err->text, expect->text);
}

/* Takes a lesson's steps one after the other: answers with the first choice (or 1), runs, reads. */
typedef struct HostReader {
	LessonReader reader; /* first member */
	int step, phase, steps;
	bool said; /* an error record came, or a run that failed: *err holds it */
	Err *err;
} HostReader;

static inline bool host_next(LessonReader *self, json_t **command, Err *err)
{
	static const char *const names[] = { "answer", "run", "step" };
	HostReader *reader = (HostReader *)self;

	(void)err;
	*command = NULL;
	if (reader->said || reader->step == reader->steps)
		return true;
	*command = json_pack("{s:s, s:i, s:i, s:i, s:s}", "command", names[reader->phase], "step",
			     reader->step + 1, "choice", 1, "number", 1, "text", "it is so");
	reader->step += reader->phase == 2;
	reader->phase = (reader->phase + 1) % 3;
	return true;
}

static inline json_t *host_receipt(LessonReader *self)
{
	(void)self;
	return json_object();
}

/* Errors of the lesson itself; those of commands, which ask every step for everything, are not. */
static inline bool host_watch(void *user, const json_t *record, Err *err)
{
	HostReader *reader = user;
	const char *type = json_string_value(json_object_get(record, "type")),
		   *code = json_string_value(json_object_get(record, "code"));
	bool failed = strcmp(type, "error") == 0 && strcmp(code, "argument") != 0;
	const char *text = json_string_value(json_object_get(record, failed ? "text" : "why"));

	(void)err;
	if (failed || (strcmp(type, "step-end") == 0 &&
		       json_is_false(json_object_get(record, "ok")))) {
		reader->said = true;
		err_set(reader->err, ERR_SCRIPT, "%s", text ? text : "");
	}
	return true;
}

/* A lesson's runs take the record watch; so what it wrote is looked at in the file. */
static inline void host_lesson(Host *host, Script *script, Err *err)
{
	json_t *row = lesson_row(script);
	HostReader reader = {
		.reader = { .next = host_next, .receipt = host_receipt },
		.steps = (int)json_integer_value(json_object_get(row, "steps")),
		.err = err,
	};
	Err ended = { .code = ERR_NONE };
	json_t *record;

	json_decref(row);
	if (!lesson_serve(script, &reader.reader, &ended)) {
		*err = ended;
		return;
	}
	if (host->file < 0 || lseek(host->file, 0, SEEK_SET) != 0)
		return;
	RecordIn *in = record_in_new(host->file, &ended);

	while (in && !reader.said && record_in_next(in, &record, &ended) == RECORD_GOT) {
		host_watch(&reader, record, err);
		json_decref(record);
	}
	record_in_free(in);
}

/* Loads the script in host->text, and runs it when that is wanted. */
static inline void host_script(Host *host, const char *name, const Expect *expect, int64_t deadline_ns,
			Err *err)
{
	ScriptOptions options = {
		.name = name,
		.text = host->text,
		.len = host->len,
		.set = expect->set,
		.seed_given = expect->seed_given,
		.seed = expect->seed,
		.batch = expect->batch,
		.call_limit_s = expect->limit_s,
		.memory_bytes = SCRIPT_MEMORY_DEFAULT,
		.deadline_ns = deadline_ns,
		.data = &host->paths,
		.trial = &host->trial,
	};

	err->code = ERR_NONE;
	err->text[0] = '\0';
	Script *script = expect->lesson ? lesson_open(&options, "", true, err)
					: script_open(&options, err);

	if (script && expect->run && expect->lesson)
		host_lesson(host, script, err);
	else if (script && expect->run)
		script_run_once(script, err);
	script_close(script);
}

static inline int host_filter(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".lua") == 0;
}

#endif
