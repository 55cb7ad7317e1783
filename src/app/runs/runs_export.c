/* wattle runs export: stored runs for other programs and for papers.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/runs/loaded_run.h"
#include "app/runs/runs_command.h"
#include "app/session/session.h"
#include "base/file.h"
#include "lab/tabulate.h"

/* In the order of the flags' choices. */
typedef enum What { WHAT_RECORDS, WHAT_TRIALS, WHAT_TABLE } What;
static const TableFormat formats[] = { TABLE_JSON, TABLE_CSV, TABLE_MARKDOWN, TABLE_LATEX };

typedef struct Export {
	Runs *runs;
	What what;
	TableFormat format;
	ParetoPair pareto;
	FILE *to; /* what is written, until it is whole */
} Export;

static const What usual[] = {
	[TABLE_JSON] = WHAT_RECORDS,
	[TABLE_CSV] = WHAT_TRIALS,
	[TABLE_MARKDOWN] = WHAT_TABLE,
	[TABLE_LATEX] = WHAT_TABLE,
};

static bool read_flags(Export *self, Err *err)
{
	const Params *flags = &self->runs->cli->flags;
	const ParamValue *what = params_get(flags, "what"), *pareto = params_get(flags, "pareto");

	self->format = formats[params_get(flags, "format")->choice];
	self->what = what->given ? (What)what->choice : usual[self->format];
	if (self->what == WHAT_RECORDS && self->format != TABLE_JSON)
		return err_set(err, ERR_USAGE,
			       "records are JSON: --what trials or table for another format");
	if (self->what == WHAT_TRIALS && usual[self->format] == WHAT_TABLE)
		return err_set(err, ERR_USAGE,
			       "trials are for programs: --format csv or json, or --what table");
	if (pareto->given && self->what != WHAT_TABLE)
		return err_set(err, ERR_USAGE, "--pareto goes with --what table");
	return !pareto->given || pareto_pair_parse(&self->pareto, pareto->text, err);
}

/* --- what is written -------------------------------------------------------------------------- */

static bool put_record(void *user, const json_t *record, Err *err)
{
	return record_out_put(user, json_incref((json_t *)(uintptr_t)record), err);
}

/* The records as they were written, for wattle replay and other programs. */
static bool put_records(Export *self, int fd, Err *err)
{
	const Cli *cli = self->runs->cli;
	RecordOut *out = record_out_new(fd, 0, err);
	char id[STORE_ID_MAX];
	bool fine = out != NULL;

	if (out && fd == STDOUT_FILENO)
		record_out_wait(out, session_wait_room);
	for (size_t i = 1; fine && i < cli->operands; i++)
		fine = store_find(self->runs->store, cli->operand[i], id, err) &&
		       store_records(self->runs->store, id, put_record, out, err);
	record_out_free(out);
	return fine;
}

typedef struct Trials {
	Table *table;
	const LoadedRun *run;
} Trials;

static bool take_trial(void *user, const json_t *record, Err *err)
{
	Trials *trials = user;

	(void)err;
	tabulate_trials_add(trials->table, trials->run->id, trials->run->results, record);
	return true;
}

static bool add_run(Export *self, Table *table, const LoadedRun *run, Err *err)
{
	Trials trials = { table, run };

	if (self->what == WHAT_TRIALS)
		return store_records(self->runs->store, run->id, take_trial, &trials, err);
	if (table)
		tabulate_add(table, run->id, run->results, self->pareto);
	return table ||
	       tabulate_paper(self->to, run->id, run->results, self->pareto, self->format, err);
}

/* Programs get one table of all runs, papers one of each. */
static bool put_tables(Export *self, Err *err)
{
	const Cli *cli = self->runs->cli;
	bool programs = self->format == TABLE_CSV || self->format == TABLE_JSON;
	Table *table = NULL;
	bool fine = true;

	if (programs) {
		table = self->what == WHAT_TRIALS ? tabulate_trials_new(err) : tabulate_new(err);
		fine = table != NULL;
	}
	for (size_t i = 1; fine && i < cli->operands; i++) {
		LoadedRun run;

		if (i > 1 && !programs)
			fputs("\n", self->to);
		fine = loaded_run_open(&run, self->runs->store, cli->operand[i], err) &&
		       (results_plan(run.results) ||
			err_set(err, ERR_ARGUMENT, "the run %.8s compared nothing", run.id)) &&
		       add_run(self, table, &run, err);
		loaded_run_close(&run);
	}
	fine = fine && (!table || table_write(self->to, table, self->format, NULL, err));
	table_free(table);
	return fine;
}

/* --- where it goes ---------------------------------------------------------------------------- */

/* All that was written; to be freed. */
static char *read_back(FILE *from, size_t *len, Err *err)
{
	long size = fflush(from) == 0 ? ftell(from) : -1;
	char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;

	*len = 0;
	if (size >= 0 && !text)
		err_set(err, ERR_MEMORY, "no memory for the export");
	if (!text)
		return NULL;
	rewind(from);
	*len = fread(text, 1, (size_t)size, from);
	if (*len == (size_t)size)
		return text;
	err_set(err, ERR_FILE, "cannot read the export back: %s", strerror(errno));
	free(text);
	return NULL;
}

static bool put_out(const char *path, const char *text, size_t len, Err *err)
{
	if (path)
		return file_write(path, "the export", text, len, FILE_REPLACE, err);
	return (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0) ||
	       err_set(err, ERR_FILE, "cannot write the export: %s", strerror(errno));
}

/* Nothing appears unless all of it could be made. */
static bool export_whole(Export *self, const char *path, Err *err)
{
	char *text = NULL;
	size_t len = 0;

	self->to = tmpfile();
	if (!self->to)
		return err_set(err, ERR_FILE, "cannot make a temporary file for the export: %s",
			       strerror(errno));
	bool fine = self->what == WHAT_RECORDS ? put_records(self, fileno(self->to), err)
					       : put_tables(self, err);

	if (fine && (ferror(self->to) || fseek(self->to, 0, SEEK_END) != 0))
		fine = err_set(err, ERR_FILE, "cannot write a temporary file: %s", strerror(errno));
	if (fine)
		text = read_back(self->to, &len, err);
	fine = text && put_out(path, text, len, err);
	free(text);
	fclose(self->to);
	return fine;
}

bool runs_export(void *user, Err *err)
{
	Export self = { .runs = user };
	const ParamValue *out = params_get(&self.runs->cli->flags, "out");

	if (!read_flags(&self, err))
		return false;
	if (self.what == WHAT_RECORDS && !out->given)
		return put_records(&self, STDOUT_FILENO, err);
	return export_whole(&self, out->given ? out->text : NULL, err);
}
