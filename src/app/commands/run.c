/* wattle run FILE.lua: an experiment script, from its plan to its verdicts.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/run/experiment.h"
#include "app/flags.h"
#include "app/energy/footprint.h"
#include "app/session/launch.h"
#include "app/outlet.h"
#include "app/run/output.h"
#include "app/screen/on_screen.h"
#include "app/run/given_files.h"
#include "app/run/run_line.h"
#include "app/run/run_plan.h"
#include "app/run/run_report.h"
#include "app/runs/run_store.h"
#include "app/screen/screen.h"
#include "app/energy/user_profile.h"
#include "base/text.h"

extern const Command command_run;

static const Param run_params[] = {
	FLAG_SEED(.help = "First seed, instead of the script's."),
	{ .name = "set",
	  .type = PARAM_PAIRS,
	  .help = "Change a parameter of the script, or design.KEY; may be repeated." },
	FLAG_KERNEL(.help = "auto, scalar, avx2, avx512, or kernel names joined by commas "
			    "(wattle list kernels)."),
	FLAG_THREADS(.help = "Threads of the engine."),
	FLAG_BATCH(.help = "Rows of a batch, instead of the script's."),
	FLAG_ENERGY(.help = "auto, none, or a source of wattle list sources; external:PATH, "
			    "host:DIR; replay:FILE."),
	FLAG_REQUIRE,
	{ .name = "record",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Keep the sensor's joules in a new file, for --energy replay:FILE." },
	{ .name = "carbon",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Show grams of CO2 in the summary, also without --region." },
	FOOTPRINT_PARAMS,
	{ .name = "profile",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Price work by this profile where no sensor measures, instead of the user's." },
	FLAG_TIME_LIMIT(.help = "End the run after this time."),
	FLAG_MAX_MEMORY(.help = "Memory of a worker (min of 4 GiB and half of the machine's)."),
	FLAG_OUT(.help = "Write the records to a file, too."),
	FLAG_REPORT(.help = "Write a page about the run, with its figures, into this folder when "
			    "it is "
			    "over."),
	{ .name = "plan",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .bare = true,
	  .help = "Print what would run, block by block, or write it to a new file for --from; "
		  "run nothing." },
	{ .name = "from",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Run what was planned by --plan=FILE, its script and settings." },
	{ .name = "shard",
	  .type = PARAM_TEXT,
	  .unit = "I/N",
	  .help = "Run every Nth block only, from block I on: a part for wattle runs merge." },
	{ .name = "resume",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Go on with the last run of this script and these settings that was broken "
		  "off." },
	{ .name = "trust",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Let this script, as it is now, start the programs that are its arms, now and "
		  "later." },
	FLAG_NO_STORE,
	{ 0 },
};

#define REPLAY "replay:"

/* Where the records of this run go. */
typedef struct RunOutput {
	bool quiet;
	RecordOut *json, *file; /* --json, --out; NULL: not asked for */
	Screen *screen;         /* NULL: text */
	Footprint footprint;
	bool carbon;          /* grams are shown */
	const RunText *text;  /* the script, where it is in no file; NULL: it is in one */
	const PlanFile *from; /* NULL: not by a plan of before */
	bool stored;          /* the run is, in … */
	bool resume;          /* the next one is gone on with, not begun */
	RunStore store;
	RunReport report;
	Outlet progress;
} RunOutput;

static bool take_record(void *user, const json_t *record, Err *err)
{
	RunOutput *output = user;
	run_store_take(&output->store, record);
	if (output->screen)
		screen_take(output->screen, record);
	else if (output->progress.stream)
		output_progress(output->progress.stream, record);
	return output_json(output->file, record, err) && output_json(output->json, record, err) &&
	       run_report_take(&output->report, record, err) &&
	       outlet_alive(&output->progress, err);
}

static void fill_job(const Cli *cli, Job *job, json_t *data, json_t *overrides)
{
	const Params *flags = &cli->flags;
	*job = (Job){
		.script = cli->operands ? cli->operand[0] : "",
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

/* What the joules of a run depend on: a trace is served to a run of an equal key only. */
static json_t *trace_key(const Job *job, const ScriptFile *script)
{
	json_t *seed = job->seed_given ? json_integer((json_int_t)job->seed) : json_null();
	json_t *set = job->set ? json_deep_copy(job->set) : json_object();
	return json_pack("{s:s, s:o, s:o, s:I, s:s, s:i}", "script_sha256", script->sha256, "seed",
			 seed, "set", set, "batch", (json_int_t)job->batch, "kernel", job->kernel,
			 "threads", (int)job->threads);
}

/* Begins to record, or sees that what is replayed is of this run. */
static bool open_trace(const Cli *cli, ExperimentOptions *options, Err *err)
{
	const ParamValue *record = params_get(&cli->flags, "record");
	if (!record->given && !options->replay)
		return true;
	json_t *key = trace_key(&options->job, &options->script);
	bool ok = key || err_set(err, ERR_MEMORY, "opening a trace");
	if (ok && options->replay)
		ok = trace_fits(options->replay, key, err);
	else if (ok)
		ok = (options->record = trace_out_new(record->text, key, err)) != NULL;
	json_decref(key);
	return ok;
}

/* What running it again takes, beside the script. */
static json_t *run_settings(const Job *job, const char *shard)
{
	json_t *seed = job->seed_given ? json_integer((json_int_t)job->seed) : json_null();
	json_t *set = job->set ? json_deep_copy(job->set) : json_object();
	return json_pack("{s:o, s:o, s:I, s:s, s:i, s:s, s:s*}", "seed", seed, "set", set, "batch",
			 (json_int_t)job->batch, "kernel", job->kernel, "threads",
			 (int)job->threads, "energy", job->energy, "shard", shard);
}

/* --plan: instead of a run. */
static bool show_plan(const Cli *cli, const ExperimentOptions *options, RecordOut *json, Err *err)
{
	json_t *settings = run_settings(&options->job, NULL);
	bool fine = run_plan(options, settings, WATTLE_VERSION, json,
			     params_get(&cli->flags, "plan")->text, err);
	json_decref(settings);
	return fine;
}

/* past: the records of a run that is gone on with. */
static bool begin_store(RunOutput *output, ExperimentOptions *options, json_t **past, Err *err)
{
	char shard[48];
	text_format(shard, sizeof shard, "%zu/%zu", options->shard + 1, options->shards);
	json_t *settings = run_settings(&options->job, options->shards ? shard : NULL);
	bool fine = run_report_begin(&output->report, &options->script, settings, err);
	*past = NULL;
	if (fine && output->resume)
		fine = run_store_resume(&output->store, &options->script, settings, past, err);
	else if (fine && output->stored)
		run_store_begin(&output->store, &options->script, settings);
	options->past = *past;
	/* "Run again" on the screen is a run of its own. */
	output->resume = false;
	json_decref(settings);
	return fine;
}

/* What is said of a run behind its results: where people look. */
static void tell(const RunOutput *output, const char *text)
{
	if (output->screen)
		screen_message(output->screen, text);
	else
		text_printf(stderr, "wattle: %s\n", text);
}

/* Says where the run is and where the page about it, or why they are not there; whichever, its results
 * stand. */
static void end_store(RunOutput *output, bool ended)
{
	char id[STORE_ID_MAX], page[PATH_MAX];
	FILE *progress = output->progress.stream;
	Err err;
	bool fine = run_store_end(&output->store, id, &err);
	if (output->screen && (!fine || *id))
		screen_stored(output->screen);
	if (!fine)
		tell(output, err.text);
	else if (*id && ended && progress)
		text_printf(progress, "stored as %.8s; wattle runs show %.8s\n", id, id);
	if (!run_report_end(&output->report, id, page, &err))
		tell(output, err.text);
	else if (*page && progress)
		text_printf(progress, "reported in %s\n", page);
}

/* Once from begin to end; on a screen it may be asked for again, with the next seed or the same,
 * and with the script as it is then. */
static int run_once(const Cli *cli, ExperimentOptions *options, RunOutput *output, Err *err)
{
	Results *results = NULL;
	json_t *past = NULL;
	Err late = { .code = ERR_NONE };
	int status = 0;
	const char *name = options->job.script;
	const RunText *text = output->text;
	bool ok = (text ? script_file_make(&options->script, name, text->text, text->len, err)
			: script_file_open(&options->script, name, err)) &&
		  (!options->from ||
		   plan_file_is_of(options->from, options->script.sha256, WATTLE_VERSION, err)) &&
		  open_trace(cli, options, err) && (results = results_new(err));
	if (ok && params_get(&cli->flags, "plan")->given) {
		ok = show_plan(cli, options, output->json, err);
		if (!ok && options->mend)
			options->mend(err);
		goto done;
	}
	ok = ok && begin_store(output, options, &past, err);
	if (ok)
		status = experiment_run(options, results, err);
	/* Who was interrupted may have a reader that stalled, and no session is left to hear of
	 * signals. */
	end_store(output, ok && err->code == ERR_NONE);
	json_decref(past);
	if (ok && !output->json && !output->screen) {
		output_summary(stdout, results);
		if (output->carbon)
			output_carbon(stdout, results, &output->footprint);
	}
done:
	results_free(results);
	script_file_close(&options->script);
	if (!trace_out_close(options->record, &late) && ok && err->code == ERR_NONE) {
		*err = late;
		ok = false;
	}
	options->record = NULL;
	return ok ? status : err_exit_status(err->code);
}

static int run_on_screen(const Cli *cli, ExperimentOptions *options, RunOutput *output, Err *err)
{
	for (;;) {
		int status = run_once(cli, options, output, err);
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

/* --energy replay:FILE: the meter and the worker measure time only. */
static bool open_replay(const Cli *cli, ExperimentOptions *options, Trace **trace, Err *err)
{
	char required[32];
	options->require_measured = *params_choice(&cli->flags, "require", required);
	if (strncmp(options->energy, REPLAY, strlen(REPLAY)) != 0)
		return true;
	if (options->require_measured)
		return err_set(err, ERR_NEED,
			       "--require measured: what is replayed was not measured here");
	if (params_get(&cli->flags, "record")->given)
		return err_set(err, ERR_USAGE, "--record: what is replayed is not recorded again");
	*trace = trace_read(options->energy + strlen(REPLAY), err);
	options->replay = *trace;
	options->energy = "none";
	return *trace;
}

/* An array job of Slurm: its tasks, from whatever number and in whatever steps. */
static bool array_shard(ExperimentOptions *options, Err *err)
{
	static const char *const names[] = { "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
					     "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP" };
	unsigned long value[] = { 0, 0, 0, 1 };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *text = getenv(names[i]);
		char *end = NULL;
		if (text)
			value[i] = strtoul(text, &end, 10);
		if (!text && i < 2)
			return true;
		if (text && (!*text || *end))
			return err_set(err, ERR_USAGE, "%s=%.40s is no number; give --shard I/N",
				       names[i], text);
	}
	if (value[0] < value[2] || !value[3] || (value[0] - value[2]) / value[3] >= value[1])
		return err_set(err, ERR_USAGE,
			       "SLURM_ARRAY_TASK_ID=%lu is none of %lu tasks from %lu on; give "
			       "--shard I/N",
			       value[0], value[1], value[2]);
	options->shard = (value[0] - value[2]) / value[3];
	options->shards = value[1];
	return true;
}

/* "2/5": the second of five. */
static bool read_shard(const Cli *cli, ExperimentOptions *options, Err *err)
{
	const ParamValue *flag = params_get(&cli->flags, "shard");
	int end = 0;
	if (!flag->given)
		return !options->from || array_shard(options, err);
	if (sscanf(flag->text, "%4zu/%4zu%n", &options->shard, &options->shards, &end) != 2 ||
	    flag->text[end] || options->shard < 1 || options->shard > options->shards)
		return err_set(err, ERR_USAGE,
			       "--shard %.40s: must be I/N, the Ith of N parts, as in 2/5",
			       flag->text);
	options->shard--;
	return true;
}

/* A plan says what it is run with; on the command line stands what is of this machine. */
static bool fill_planned(const Cli *cli, const PlanFile *from, Job *job, Err *err)
{
	static const char *const planned[] = { "seed", "set", "batch", "kernel", "threads", NULL };
	const json_t *settings = json_object_get(from->head, "settings");
	const json_t *seed = json_object_get(settings, "seed");
	const char *kernel = json_string_value(json_object_get(settings, "kernel"));
	json_int_t threads = json_integer_value(json_object_get(settings, "threads"));
	for (size_t i = 0; planned[i]; i++)
		if (strcmp(planned[i], "set") == 0 ? json_object_get(cli->pairs, "set") != NULL
						   : params_get(&cli->flags, planned[i])->given)
			return err_set(err, ERR_USAGE,
				       "--from: the plan has its own --%s; to change it, plan anew",
				       planned[i]);
	if (!cli->operands)
		job->script = plan_file_script(from);
	job->seed_given = json_is_integer(seed);
	job->seed = (uint64_t)json_integer_value(seed);
	job->set = json_object_get(settings, "set");
	job->batch = (size_t)json_integer_value(json_object_get(settings, "batch"));
	job->kernel = kernel ? kernel : "auto";
	job->threads = threads >= 1 && threads <= 256 ? (unsigned)threads : 1;
	return true;
}

/* Beside the records, or where one stands. */
static const char *models_folder(const Cli *cli, char out[PATH_MAX])
{
	const char *path = params_get(&cli->flags, "out")->text, *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	text_format(out, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return out;
}

static int run_script(const Cli *cli, RunOutput *output, Err *err)
{
	const ParamValue *limit = params_get(&cli->flags, "time-limit");
	char models[PATH_MAX];
	ExperimentOptions options = {
		.paths = cli->paths,
		.energy = params_get(&cli->flags, "energy")->text,
		.time_limit_s = limit->given ? limit->number : 0,
		.models = models_folder(cli, models),
		.trust = output->text && output->text->typed      ? TRUST_TYPED
			 : params_get(&cli->flags, "trust")->flag ? TRUST_GIVEN
								  : TRUST_LOOK,
		.take = take_record,
		.user = output,
		.from = output->from,
		.hook = output->screen ? screen_hook(output->screen) : NULL,
	};
	Trace *trace = NULL;
	if (output->text) {
		options.files = output->text->files;
		options.file_count = output->text->file_count;
		options.trust_name = output->text->of;
		options.mend = output->text->mend;
	}
	if (!read_shard(cli, &options, err) || !open_replay(cli, &options, &trace, err))
		return err_exit_status(err->code);
	json_t *data = paths_data_folders(cli->paths), *overrides = launch_overrides();
	fill_job(cli, &options.job, data, overrides);
	options.job.energy = options.energy;
	json_t *profile = NULL;
	int status;
	bool found = user_profile_find(options.energy, params_get(&cli->flags, "profile")->text,
				       NULL, &profile, err) &&
		     (!options.from || fill_planned(cli, options.from, &options.job, err));
	options.job.profile = profile;
	if (!found)
		status = err_exit_status(err->code);
	else if (output->screen)
		status = run_on_screen(cli, &options, output, err);
	else
		status = run_once(cli, &options, output, err);
	json_decref(profile);
	trace_free(trace);
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

/* A script, or a plan that names one. */
static bool check_operands(const Cli *cli, Err *err)
{
	const ParamValue *plan = params_get(&cli->flags, "plan");
	if (cli->operands == 1 || (!cli->operands && params_get(&cli->flags, "from")->given))
		return true;
	if (cli->operands && plan->given && !*plan->text)
		return err_set(err, ERR_USAGE,
			       "--plan has its file behind an equals sign: --plan=%s",
			       cli->operand[cli->operands - 1]);
	return err_set(err, ERR_USAGE, "usage: wattle run %s", command_run.synopsis);
}

/* --from FILE */
static bool open_from(const Cli *cli, RunOutput *output, PlanFile *from, Err *err)
{
	const ParamValue *path = params_get(&cli->flags, "from");
	if (!path->given)
		return true;
	output->from = from;
	return plan_file_read(from, path->text, err);
}

/* With its outputs open: in this process, or in the screen's. */
static bool check_flags(const Cli *cli, Err *err)
{
	const ParamValue *plan = params_get(&cli->flags, "plan");
	if (params_get(&cli->flags, "resume")->flag && params_get(&cli->flags, "no-store")->flag)
		return err_set(err, ERR_USAGE,
			       "--resume goes on in the store: it does not go with --no-store");
	if (plan->given && *plan->text && params_get(&cli->flags, "shard")->given)
		return err_set(err, ERR_USAGE,
			       "--plan=FILE holds all blocks: give --shard when it is run, with "
			       "--from");
	return true;
}

static int run_with(const Cli *cli, RunOutput *output, Err *err)
{
	const ParamValue *out = params_get(&cli->flags, "out");
	int fd = -1, status;
	PlanFile from = { .head = NULL };
	output->stored = !params_get(&cli->flags, "no-store")->flag;
	if (params_get(&cli->flags, "report")->given)
		output->report.folder = params_get(&cli->flags, "report")->text;
	output->resume = params_get(&cli->flags, "resume")->flag;
	output->carbon =
		params_get(&cli->flags, "carbon")->flag || params_get(&cli->flags, "region")->given;
	bool ok = check_flags(cli, err) && footprint_open(&output->footprint, cli, err) &&
		  (!out->given || open_out(output, out->text, &fd, err));
	if (ok && params_get(&cli->common, "json")->flag)
		ok = (output->json = record_out_new(STDOUT_FILENO, 0, err)) != NULL;
	else if (ok && !output->quiet && !output->screen)
		ok = outlet_open(&output->progress, STDERR_FILENO, err);
	if (output->json)
		record_out_wait(output->json, session_wait_room);
	ok = ok && open_from(cli, output, &from, err);
	status = ok ? run_script(cli, output, err) : err_exit_status(err->code);
	plan_file_done(&from);
	outlet_close(&output->progress);
	footprint_close(&output->footprint);
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
	if (!check_operands(cli, err))
		return err_exit_status(err->code);
	if (cli_wants_screen(cli) && !params_get(&cli->flags, "plan")->given)
		return cli_on_screen(cli, "lab", run_screen);
	return run_with(cli, &output, err);
}

int run_text(const Cli *cli, const RunText *text, Err *err)
{
	RunOutput output = { .quiet = params_get(&cli->common, "quiet")->flag, .text = text };
	return run_with(cli, &output, err);
}

const Command command_run = {
	.info = { .name = "run",
		  .title = "Run a script",
		  .about = "Run an experiment: train, race, say what the race shows.",
		  .params = run_params },
	.synopsis = "FILE.lua",
	.operands_max = 2, /* checked above, which tells more */
	.run = run_run,
};
