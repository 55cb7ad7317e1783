/* wattle runs rerun: the command line that a stored run was asked by, made again.
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/runs_command.h"
#include "base/text.h"

#define WORDS_MAX 256
#define WORD_MAX 512

/* A command line in the making. */
typedef struct Line {
	char *word[WORDS_MAX + 1];
	int count;
	bool full; /* or memory is short */
} Line;

__attribute__((format(printf, 2, 3))) static void add(Line *line, const char *format, ...)
{
	char word[WORD_MAX];
	va_list args;

	va_start(args, format);
	text_vformat(word, sizeof word, format, args);
	va_end(args);
	char *copy = line->count < WORDS_MAX ? strdup(word) : NULL;

	line->full |= !copy;
	if (copy)
		line->word[line->count++] = copy;
}

static void add_set(Line *line, const json_t *set)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)set, key, value)
	{
		if (json_is_string(value))
			add(line, "--set=%s=%s", key, json_string_value(value));
		else if (json_is_number(value))
			add(line, "--set=%s=%.17g", key, json_number_value(value));
		else
			add(line, "--set=%s=%s", key, json_is_true(value) ? "true" : "false");
	}
}

static const char *text_at(const json_t *settings, const char *key)
{
	return json_string_value(json_object_get(settings, key));
}

static json_int_t number_at(const json_t *settings, const char *key)
{
	return json_integer_value(json_object_get(settings, key));
}

/* --json and the like are asked of the new run, not of the old one. */
static void fill_common(Line *line, const Cli *cli)
{
	static const char *const flags[] = { "json", "plain", "quiet", NULL };

	for (size_t i = 0; flags[i]; i++)
		if (params_get(&cli->common, flags[i])->flag)
			add(line, "--%s", flags[i]);
}

static void fill(Line *line, const Cli *cli, const json_t *settings, const char *script)
{
	add(line, "wattle");
	add(line, "run");
	fill_common(line, cli);
	if (json_is_integer(json_object_get(settings, "seed")))
		add(line, "--seed=%lld", (long long)number_at(settings, "seed"));
	if (number_at(settings, "batch") > 0)
		add(line, "--batch=%lld", (long long)number_at(settings, "batch"));
	if (number_at(settings, "threads") > 0)
		add(line, "--threads=%lld", (long long)number_at(settings, "threads"));
	if (text_at(settings, "kernel"))
		add(line, "--kernel=%s", text_at(settings, "kernel"));
	if (text_at(settings, "shard"))
		add(line, "--shard=%s", text_at(settings, "shard"));
	if (text_at(settings, "energy"))
		add(line, "--energy=%s", text_at(settings, "energy"));
	add_set(line, json_object_get(settings, "set"));
	add(line, "--");
	add(line, "%s", script);
}

static bool note_script(void *user, const StoredRun *run, Err *err)
{
	(void)err;
	text_format(user, WORD_MAX, "%s", run->script);
	return true;
}

static bool run_line(Runs *self, Line *line, const char *text, size_t len, Err *err)
{
	Cli cli;

	err->code = ERR_NONE;
	if (line->full)
		return err_set(err, ERR_MEMORY, "no room for the command line of a stored run");
	if (cli_parse(&cli, line->count, line->word, err)) {
		cli.paths = self->cli->paths;
		self->status = run_text(&cli, text, len, err);
	}
	cli_done(&cli);
	return err->code == ERR_NONE;
}

bool runs_rerun(void *user, Err *err)
{
	Runs *self = user;
	char id[STORE_ID_MAX], script[WORD_MAX] = "", *text = NULL;
	Line line = { .count = 0 };
	json_t *settings = NULL;
	size_t len;
	bool fine = store_find(self->store, self->cli->operand[1], id, err) &&
		    store_run(self->store, id, note_script, script, err) &&
		    store_asked(self->store, id, &text, &len, &settings, err);

	if (fine && !text)
		fine = err_set(err, ERR_NEED, "the run %.8s has no script in the store", id);
	if (fine) {
		fill(&line, self->cli, settings, script);
		fine = run_line(self, &line, text, len, err);
	}
	for (int i = 0; i < line.count; i++)
		free(line.word[i]);
	json_decref(settings);
	free(text);
	return fine;
}
