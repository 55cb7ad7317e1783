/* wattle report: a page about a run, or about several, with its figures.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"
#include "app/run/output.h"
#include "app/report/report.h"
#include "app/runs/run_store.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/tabulate.h"

static const Param report_params[] = {
	{ .name = "format",
	  .type = PARAM_CHOICE,
	  .value = "html",
	  .choices = "html|md|latex|csv",
	  .help = "A page for a browser, all in one file; or its tables." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "DIR",
	  .help = "Write the report and the figures into this folder." },
	{ .name = "plots",
	  .type = PARAM_CHOICE,
	  .value = "svg",
	  .choices = "svg|none",
	  .help = "With --out: the figures as files of their own, too, or not." },
	{ .name = "pareto",
	  .type = PARAM_TEXT,
	  .unit = "X,Y",
	  .help = "Axes of the Pareto figure: accuracy, time, energy, bytes, macs." },
	{ 0 },
};

typedef struct Reporting {
	const Cli *cli;
	Store *store; /* NULL until a stored run is asked for */
	ReportRun *run[REPORT_RUNS_MAX];
	size_t n;
	ReportWay way;
} Reporting;

/* --- reading ---------------------------------------------------------------------------------- */

static bool take(void *user, const json_t *record, Err *err)
{
	return report_run_take(user, record, err);
}

static bool read_file(ReportRun *run, const char *path, Err *err)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO without a writer */
	bool regular = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	RecordIn *in = regular ? record_in_new(fd, err) : NULL;
	RecordGot got = RECORD_BAD;
	json_t *record;
	bool fine = true;

	if (fd < 0)
		return err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
	if (!regular) {
		close(fd);
		return err_set(err, ERR_FILE, "cannot read %s: not a regular file", path);
	}
	while (in && fine && (got = record_in_next(in, &record, err)) == RECORD_GOT) {
		fine = report_run_take(run, record, err);
		json_decref(record);
	}
	record_in_free(in);
	close(fd);
	return (fine && got == RECORD_END) || err_prefix(err, "%s", path);
}

static bool read_stored(Reporting *self, ReportRun *run, const char *meant, Err *err)
{
	char id[STORE_ID_MAX], *script;
	size_t len;
	json_t *settings;

	if (!self->store)
		self->store = run_store_read(err);
	if (!self->store || !store_find(self->store, meant, id, err) ||
	    !store_records(self->store, id, take, run, err) ||
	    !store_asked(self->store, id, &script, &len, &settings, err))
		return false;
	run->stored = script != NULL;
	report_run_asked(run, script, len, settings);
	return true;
}

static bool read_run(Reporting *self, const char *what, Err *err)
{
	ReportRun *run = self->n < REPORT_RUNS_MAX ? report_run_new(what, err) : NULL;

	if (self->n == REPORT_RUNS_MAX)
		return err_set(err, ERR_USAGE, "a report is on %d runs at most", REPORT_RUNS_MAX);
	if (!run)
		return false;
	self->run[self->n++] = run;
	/* What is no file is a run of the store. */
	if (access(what, F_OK) == 0 || strpbrk(what, "/."))
		return read_file(run, what, err);
	if (read_stored(self, run, what, err))
		return true;
	/* The wrong name of a run was typed here, in no script. */
	if (err->code == ERR_ARGUMENT)
		err->code = ERR_USAGE;
	return false;
}

/* --- what is asked ---------------------------------------------------------------------------- */

static bool take_axes(Reporting *self, Err *err)
{
	const ParamValue *asked = params_get(&self->cli->flags, "pareto");
	ParetoPair pair;

	if (!asked->given)
		return true;
	self->way.axes_asked = true;
	if (!pareto_pair_parse(&pair, asked->text, err))
		return err_prefix(err, "--pareto");
	self->way.across = pair.metric[0];
	self->way.up = pair.metric[1];
	return true;
}

static bool check_flags(Reporting *self, Err *err)
{
	const Params *flags = &self->cli->flags;
	char plots[32];
	bool out = params_get(flags, "out")->given;

	self->way.svg = strcmp(params_choice(flags, "plots", plots), "svg") == 0;
	if (!out && params_get(flags, "plots")->given && self->way.svg)
		return err_set(err, ERR_USAGE,
			       "--plots svg writes files: say where with --out DIR");
	if (!out && params_get(&self->cli->common, "json")->flag)
		return err_set(err, ERR_USAGE,
			       "--json tells which files were written: say where with --out DIR");
	self->way.format = (ReportFormat)params_get(flags, "format")->choice;
	if (!out && self->way.format == REPORT_HTML && isatty(STDOUT_FILENO))
		return err_set(err, ERR_USAGE,
			       "a report is a page for a browser: --out DIR, or send it to a file, "
			       "wattle report %s >report.html",
			       self->cli->operand[0]);
	return take_axes(self, err);
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool tell(const Reporting *self, const char *folder, json_t *files, Err *err)
{
	size_t figures = json_array_size(files) - 1;

	if (params_get(&self->cli->common, "json")->flag) {
		RecordOut *out = record_out_new(STDOUT_FILENO, 0, err);
		json_t *record = record_new("report", 0);

		json_object_set_new(record, "folder", json_string(folder));
		json_object_set(record, "files", files);
		bool fine = out && record_out_put(out, record, err);

		record_out_free(out);
		return fine;
	}
	text_printf(stdout, "%s/%s", folder, json_string_value(json_array_get(files, 0)));
	if (figures)
		text_printf(stdout, " and %zu figure%s beside it", figures,
			    figures == 1 ? "" : "s");
	text_printf(stdout, "\n");
	return true;
}

static bool write_report(const Reporting *self, Err *err)
{
	const ParamValue *out = params_get(&self->cli->flags, "out");
	json_t *files;

	if (!out->given) {
		if (!report_print(stdout, self->run, self->n, &self->way, err))
			return false;
		return (fflush(stdout) == 0 && !ferror(stdout)) ||
		       err_set(err, ERR_FILE, "cannot write the report: %s", strerror(errno));
	}
	if (!report_write(out->text, self->run, self->n, &self->way, &files, err))
		return false;
	bool fine = tell(self, out->text, files, err);

	json_decref(files);
	return fine;
}

static int report_command(const Cli *cli, Err *err)
{
	Reporting self = { .cli = cli };
	bool fine = check_flags(&self, err);

	for (size_t i = 0; fine && i < cli->operands; i++)
		fine = read_run(&self, cli->operand[i], err);
	fine = fine && write_report(&self, err);
	for (size_t i = 0; i < self.n; i++)
		report_run_free(self.run[i]);
	store_close(self.store);
	return fine ? 0 : err_exit_status(err->code);
}

const Command command_report = {
	.info = { .name = "report",
		  .title = "Report",
		  .about = "Write a page about runs, with figures that can be published.",
		  .params = report_params },
	.synopsis = "RUN | FILE...",
	.operands_min = 1,
	.operands_max = CLI_OPERANDS_MAX,
	.run = report_command,
};
