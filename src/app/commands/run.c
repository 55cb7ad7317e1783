/* wattle run FILE.lua: an experiment script, from its plan to its verdicts.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/experiment.h"
#include "app/launch.h"
#include "app/outlet.h"
#include "app/output.h"
#include "app/on_screen.h"
#include "app/screen.h"
#include "base/text.h"

static const Param run_params[] = {
	{ .name = "seed",
	  .type = PARAM_INT,
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "First seed, instead of the script's." },
	{ .name = "set",
	  .type = PARAM_PAIRS,
	  .help = "Change a parameter of the script, or design.KEY; may be repeated." },
	{ .name = "kernel",
	  .type = PARAM_TEXT,
	  .value = "auto",
	  .unit = "K",
	  .help = "auto, scalar, avx2, avx512, or kernel names joined by commas (wattle list "
		  "kernels)." },
	{ .name = "threads",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 256,
	  .help = "Threads of the engine." },
	{ .name = "batch",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 65536,
	  .help = "Rows of a batch, instead of the script's." },
	{ .name = "energy",
	  .type = PARAM_TEXT,
	  .value = "auto",
	  .unit = "NAME",
	  .help = "auto, none, or a source of wattle list sources." },
	{ .name = "time-limit",
	  .type = PARAM_TIME,
	  .minimum = 0.01,
	  .maximum = 1e7,
	  .help = "End the run after this time." },
	{ .name = "max-memory",
	  .type = PARAM_SIZE,
	  .minimum = 67108864,
	  .maximum = 1e15,
	  .help = "Memory of a worker (min of 4 GiB and half of the machine's)." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Write the records to a file, too." },
	{ 0 },
};

/* Where the records of this run go. */
typedef struct RunOutput {
	bool quiet;
	RecordOut *json, *file; /* --json, --out; NULL: not asked for */
	Screen *screen;         /* NULL: text */
	Outlet progress;
} RunOutput;

static bool take_record(void *user, const json_t *record, Err *err)
{
	RunOutput *output = user;
	if (output->screen)
		screen_take(output->screen, record);
	else if (output->progress.stream)
		output_progress(output->progress.stream, record);
	return output_json(output->file, record, err) && output_json(output->json, record, err) &&
	       outlet_alive(&output->progress, err);
}

static void fill_job(const Cli *cli, Job *job, json_t *data, json_t *overrides)
{
	const Params *flags = &cli->flags;
	*job = (Job){
		.script = cli->operand[0],
		.kernel = params_get(flags, "kernel")->text,
		.energy = params_get(flags, "energy")->text,
		.seed_given = params_get(flags, "seed")->given,
		.seed = (uint64_t)params_get(flags, "seed")->integer,
		.threads = (unsigned)params_get(flags, "threads")->integer,
		.batch = params_get(flags, "batch")->given
				 ? (size_t)params_get(flags, "batch")->integer
				 : 0,
		.memory_bytes = params_get(flags, "max-memory")->given
					? params_get(flags, "max-memory")->bytes
					: 0,
		.set = json_object_get(cli->pairs, "set"),
		.data = data,
		.overrides = overrides,
	};
}

/* Once from begin to end; on a screen it may be asked for again, with the next seed or the same,
 * and with the script as it is then. */
static int run_once(ExperimentOptions *options, RunOutput *output, Err *err)
{
	if (!script_file_open(&options->script, options->job.script, err))
		return err_exit_status(err->code);
	Results *results = results_new(err);
	int status = results ? experiment_run(options, results, err) : err_exit_status(err->code);
	if (results && !output->json && !output->screen)
		output_summary(stdout, results);
	results_free(results);
	script_file_close(&options->script);
	return status;
}

static int run_on_screen(ExperimentOptions *options, RunOutput *output, Err *err)
{
	for (;;) {
		int status = run_once(options, output, err);
		Request asked = screen_asked(output->screen);
		if (asked.kind == REQUEST_NONE) {
			if (err->code != ERR_NONE)
				screen_message(output->screen, err->text);
			asked = screen_wait(output->screen, -1);
		}
		json_decref(asked.value);
		if (asked.kind != REQUEST_RUN)
			return status;
		options->job.seed_given |= asked.flag;
		options->job.seed += asked.flag;
	}
}

static int run_script(const Cli *cli, RunOutput *output, Err *err)
{
	const ParamValue *limit = params_get(&cli->flags, "time-limit");
	ExperimentOptions options = {
		.paths = cli->paths,
		.energy = params_get(&cli->flags, "energy")->text,
		.time_limit_s = limit->given ? limit->number : 0,
		.take = take_record,
		.user = output,
		.hook = output->screen ? screen_hook(output->screen) : NULL,
	};
	json_t *data = paths_data_folders(cli->paths), *overrides = launch_overrides();
	fill_job(cli, &options.job, data, overrides);
	int status = output->screen ? run_on_screen(&options, output, err)
				    : run_once(&options, output, err);
	json_decref(data);
	json_decref(overrides);
	return status;
}

/* Records to a new file: an old one is never overwritten. */
static bool open_out(RunOutput *output, const char *path, int *fd, Err *err)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (*fd < 0)
		return err_set(err, ERR_FILE, "cannot create %s: %s", path, strerror(errno));
	output->file = record_out_new(*fd, 0, err);
	return output->file != NULL;
}

/* With its outputs open: in this process, or in the screen's. */
static int run_with(const Cli *cli, RunOutput *output, Err *err)
{
	const ParamValue *out = params_get(&cli->flags, "out");
	int fd = -1, status;
	bool ok = !out->given || open_out(output, out->text, &fd, err);
	if (ok && params_get(&cli->common, "json")->flag)
		ok = (output->json = record_out_new(STDOUT_FILENO, 0, err)) != NULL;
	else if (ok && !output->quiet && !output->screen)
		ok = outlet_open(&output->progress, STDERR_FILENO, err);
	if (output->json)
		record_out_wait(output->json, session_wait_room);
	status = ok ? run_script(cli, output, err) : err_exit_status(err->code);
	outlet_close(&output->progress);
	record_out_free(output->json);
	record_out_free(output->file);
	if (fd >= 0 && close(fd) != 0 &&
	    !err_set(err, ERR_FILE, "cannot write %s: %s", out->text, strerror(errno)))
		status = err_exit_status(err->code);
	return status;
}

static int run_screen(const Cli *cli, Screen *screen, Err *err)
{
	RunOutput output = { .screen = screen };
	return run_with(cli, &output, err);
}

static int run_run(const Cli *cli, Err *err)
{
	RunOutput output = { .quiet = params_get(&cli->common, "quiet")->flag };
	if (cli_wants_screen(cli))
		return cli_on_screen(cli, "lab", run_screen);
	return run_with(cli, &output, err);
}

const Command command_run = {
	.info = { .name = "run",
		  .title = "Run a script",
		  .about = "Run an experiment: train, race, say what the race shows.",
		  .params = run_params },
	.synopsis = "FILE.lua",
	.operands_min = 1,
	.operands_max = 1,
	.run = run_run,
};
