/* Experiment scripts in the making.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/run/compare_command.h"
#include "base/text.h"

/* A Lua string of the text: printable and UTF-8 bytes as they are, all others by number. */
static void put_text(FILE *to, const char *text)
{
	fputc('"', to);
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == '"' || c == '\\')
			fprintf(to, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(to, "\\%03u", c);
		else
			fputc(c, to);
	}
	fputc('"', to);
}

/* names: of the first two arms. */
static void put_question(FILE *to, const CompareAsk *ask, const char *const names[2], size_t arms)
{
	char text[PLAN_TEXT_MAX];

	if (ask->again)
		text_format(text, sizeof text,
			    "Does %.150s differ from itself? Then the machine or the method is not "
			    "to be trusted.",
			    names[0]);
	else if (arms == 2)
		text_format(text, sizeof text, "Which one costs less, %.100s or %.100s?", names[0],
			    names[1]);
	else
		text_format(text, sizeof text, "What do %zu arms cost, beside one another?", arms);
	fputs("  question = ", to);
	put_text(to, text);
	fputs(",\n", to);
}

/* versus, primary, margin: as keys of a table, each on a line of its own. */
static void put_analysis(FILE *to, const CompareAsk *ask, const char *indent)
{
	if (ask->versus) {
		fprintf(to, "%sversus = ", indent);
		put_text(to, ask->versus);
		fputs(",\n", to);
	}
	if (ask->primaries) {
		fprintf(to, "%sprimary = {", indent);
		for (size_t i = 0; i < ask->primaries; i++)
			fprintf(to, " \"%s\",", metric_name(ask->primary[i]));
		fputs(" },\n", to);
	}
	if (ask->margin > 0 || ask->margin_pt > 0) {
		fprintf(to, "%smargin = {", indent);
		if (ask->margin > 0)
			fprintf(to, " time = %.6g, energy = %.6g,", ask->margin, ask->margin);
		if (ask->margin_pt > 0)
			fprintf(to, " accuracy_pt = %.6g,", ask->margin_pt);
		fputs(" },\n", to);
	}
}

static FILE *begin(char **text, size_t *len, Err *err)
{
	FILE *to = open_memstream(text, len);

	if (!to)
		err_set(err, ERR_MEMORY, "making a script");
	else
		fputs("-- Made by wattle compare.\nlocal w = require \"wattle\"\n\n", to);
	return to;
}

static char *finish(FILE *to, char **text, Err *err)
{
	if (fclose(to) == 0 && *text)
		return *text;
	free(*text);
	err_set(err, ERR_MEMORY, "making a script");
	return NULL;
}

static void put_head(FILE *to, const CompareAsk *ask, const char *const names[2], size_t arms)
{
	fputs("return w.experiment {\n  api = 1, name = \"compare\",\n", to);
	put_question(to, ask, names, arms);
}

static void put_tail(FILE *to, const CompareAsk *ask)
{
	fputs("  analysis = {\n", to);
	if (ask->again)
		fputs("    again = true,\n", to);
	put_analysis(to, ask, "    ");
	fputs("  },\n}\n", to);
}

static void put_command(FILE *to, const char *name, const char *command, double limit_s)
{
	fputs("    { ", to);
	put_text(to, name);
	fputs(", command = ", to);
	put_text(to, command);
	if (limit_s > 0)
		fprintf(to, ", limit = %.6g", limit_s);
	fputs(" },\n", to);
}

char *compare_text_commands(const json_t *commands, const CompareAsk *ask, size_t *len, Err *err)
{
	void *first = json_object_iter((json_t *)(uintptr_t)commands);
	void *second = json_object_iter_next((json_t *)(uintptr_t)commands, first);
	const char *const names[2] = { json_object_iter_key(first),
				       second ? json_object_iter_key(second) : "" };
	const char *name;
	json_t *command;
	char *text = NULL;
	FILE *to = begin(&text, len, err);

	if (!to)
		return NULL;
	put_head(to, ask, names, json_object_size(commands));
	fputs("  arms = {\n", to);
	json_object_foreach((json_t *)(uintptr_t)commands, name, command)
	{
		char again[2 * PLAN_NAME_MAX];
		put_command(to, name, json_string_value(command), ask->limit_s);
		if (!ask->again)
			continue;
		text_format(again, sizeof again, "%.50s again", name);
		put_command(to, again, json_string_value(command), ask->limit_s);
	}
	/* Each run is a process of its own: idle power would be waited for at each. */
	fputs("  },\n  design = { idle = 0 },\n", to);
	put_tail(to, ask);
	return finish(to, &text, err);
}

/* As many '=' as no bracket in the text has. */
static size_t bracket_level(const char *text, size_t len)
{
	size_t level = 1;

	for (size_t i = 0; i < len; i++) {
		size_t n = 0;
		while (text[i] == ']' && i + n + 1 < len && text[i + n + 1] == '=')
			n++;
		if (n >= level)
			level = n + 1;
	}
	return level;
}

/* A part keeps its name and its lines in messages. */
static void put_part(FILE *to, const ComparePart *part)
{
	char level[64];
	size_t n = bracket_level(part->text, part->len);

	n = n < sizeof level - 1 ? n : sizeof level - 1;
	memset(level, '=', n);
	level[n] = '\0';
	fputs("  { ", to);
	put_text(to, part->name);
	/* Lua drops the first line end. */
	fprintf(to, ", assert(load([%s[\n", level);
	fwrite(part->text, 1, part->len, to);
	fprintf(to, "]%s], ", level);
	char chunk[512];
	text_format(chunk, sizeof chunk, "@%s", part->path);
	put_text(to, chunk);
	fputs(")) },\n", to);
}

char *compare_text_scripts(const ComparePart *parts, size_t count, const CompareAsk *ask,
			   size_t *len, Err *err)
{
	char *text = NULL;
	FILE *to = begin(&text, len, err);

	if (!to)
		return NULL;
	fputs("return w.combine {\n", to);
	for (size_t i = 0; i < count; i++)
		put_part(to, &parts[i]);
	fputs("  name = \"compare\",\n", to);
	if (ask->again) {
		const char *const names[2] = { parts[0].name, "" };
		put_question(to, ask, names, 1);
		fputs("  again = true,\n", to);
	}
	put_analysis(to, ask, "  ");
	fputs("}\n", to);
	return finish(to, &text, err);
}

char *compare_text_models(const GivenFile *files, char names[][PLAN_NAME_MAX], size_t count,
			  const CompareAsk *ask, size_t *len, Err *err)
{
	char *text = NULL;
	FILE *to = begin(&text, len, err);
	size_t arms = ask->again ? 2 : count;

	if (!to)
		return NULL;
	const char *const first[2] = { names[0], names[1] };
	put_head(to, ask, first, arms);
	fputs("  needs = { dataset = ", to);
	put_text(to, ask->dataset);
	/* These very models are compared: loaded once, by one worker, on the same rows. */
	fputs(" },\n  build = \"once\",\n"
	      "  setup = function(c) return { data = w.data.load(c.dataset) } end,\n"
	      "  arms = {\n",
	      to);
	for (size_t i = 0; i < arms; i++) {
		char name[2 * PLAN_NAME_MAX];
		text_format(name, sizeof name, i && ask->again ? "%.50s again" : "%s",
			    names[ask->again ? 0 : i]);
		fputs("    { ", to);
		put_text(to, name);
		fprintf(to, ", function() return w.model.file(\"%s\", ",
			files[ask->again ? 0 : i].sha256);
		put_text(to, files[ask->again ? 0 : i].path);
		fputs(") end },\n", to);
	}
	fputs("  },\n", to);
	put_tail(to, ask);
	return finish(to, &text, err);
}
