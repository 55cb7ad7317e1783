/* wattle bench: how fast this machine trains, infers, fits, and runs each kernel; one record.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/bench/bench_flags.h"
#include "app/bench/bench_report.h"
#include "app/command.h"
#include "app/flags.h"
#include "app/session/launch.h"
#include "app/model_operand.h"
#include "app/outlet.h"
#include "app/run/output.h"
#include "app/session/session.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "trial/bench.h" /* BENCH_MODEL_FILE */

#define START_MAX_NS (60 * CLOCK_NS_PER_S)

/* One benchmark as the reader sees it. */
typedef struct BenchRun {
	const Cli *cli;
	const char *what;
	json_t *options; /* of the worker; owned */
	int64_t started_ns;
	Outlet progress; /* no stream: quiet */
	json_t *record;  /* of the worker; owned */
	int model_fd;    /* the model file to infer with; −1: none */
	int out_fd;      /* where the trained model goes; −1: nowhere */
} BenchRun;

/* --- running ---------------------------------------------------------------------------------- */

/* When this process began, on the monotonic clock: the kernel tells it in ticks, rounded down, so
 * that what is measured from it is never too short. Now, where it cannot be read. */
static int64_t process_began_ns(void)
{
	char line[1024];
	unsigned long long ticks = 0;
	int64_t now_ns = clock_now_ns();
	FILE *file = fopen("/proc/self/stat", "re");
	if (!file)
		return now_ns;
	const char *end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	fclose(file);
	/* The 22nd field; the second, a name in brackets, may hold spaces. */
	for (int field = 2; end && field < 22; field++)
		end = strchr(end + 1, ' ');
	if (!end || sscanf(end, " %llu", &ticks) != 1)
		return now_ns;
	int64_t age_ns =
		clock_boot_ns() - (int64_t)ticks * (CLOCK_NS_PER_S / (int64_t)sysconf(_SC_CLK_TCK));
	return age_ns > 0 && age_ns < START_MAX_NS ? now_ns - age_ns : now_ns;
}

static bool take_record(void *user, const json_t *record, Err *err)
{
	BenchRun *run = user;
	const char *type = json_string_value(json_object_get(record, "type"));
	if (strncmp(type, "bench-", 6) == 0) {
		json_decref(run->record);
		run->record = json_incref((json_t *)(uintptr_t)record);
	} else if (run->progress.stream) {
		output_progress(run->progress.stream, record);
	}
	return outlet_alive(&run->progress, err);
}

/* What would fail at the end fails before anything is measured. An old file is never
 * overwritten. */
static bool open_files(BenchRun *run, Err *err)
{
	const ParamValue *baseline = params_get(&run->cli->flags, "baseline"),
			 *out = params_get(&run->cli->flags, "out");
	if (baseline->given && access(baseline->text, R_OK) != 0)
		return err_set(err, ERR_FILE, "cannot open %s: %s", baseline->text,
			       strerror(errno));
	if (strcmp(run->what, "kernels") != 0 &&
	    !model_open(params_get(&run->cli->flags, "model")->text, &run->model_fd, err))
		return false;
	if (out->given)
		run->out_fd = open(out->text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return !out->given || run->out_fd >= 0 ||
	       err_set(err, ERR_FILE, "cannot create %s: %s", out->text, strerror(errno));
}

/* Whatever failed: no file without a model stays. */
static void close_files(BenchRun *run, bool ran)
{
	if (run->model_fd >= 0)
		close(run->model_fd);
	if (run->out_fd >= 0)
		close(run->out_fd);
	if (run->out_fd >= 0 && !ran)
		unlink(params_get(&run->cli->flags, "out")->text);
}

static bool copy_bytes(int from, int to)
{
	char bytes[65536];
	ssize_t got;
	while ((got = read(from, bytes, sizeof bytes)) > 0)
		for (ssize_t done = 0, n; done < got; done += n)
			if ((n = write(to, bytes + done, (size_t)(got - done))) <= 0)
				return false;
	return got == 0 && fsync(to) == 0;
}

/* The trained model out of the scratch folder. */
static bool keep_model(const BenchRun *run, const Session *session, Err *err)
{
	char path[PATH_MAX + sizeof BENCH_MODEL_FILE + 1];
	if (run->out_fd < 0)
		return true;
	text_format(path, sizeof path, "%s/%s", session->scratch, BENCH_MODEL_FILE);
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool ok = from >= 0 && copy_bytes(from, run->out_fd);
	if (!ok)
		err_set(err, ERR_FILE, "cannot save the model as %s: %s",
			params_get(&run->cli->flags, "out")->text, strerror(errno));
	if (from >= 0)
		close(from);
	return ok;
}

static bool run_job(BenchRun *run, Err *err)
{
	const Params *flags = &run->cli->flags;
	Session session = { .take = take_record, .user = run };
	json_t *data = paths_data_folders(run->cli->paths), *overrides = launch_overrides();
	Job job = { .kind = JOB_BENCH,
		    .script = "bench",
		    .kernel = params_get(flags, "kernel")->text,
		    .energy = "none",
		    .threads = (unsigned)params_get(flags, "threads")->integer,
		    .memory_bytes = params_get(flags, "max-memory")->given
					    ? params_get(flags, "max-memory")->bytes
					    : 0,
		    .data = data,
		    .overrides = overrides,
		    .bench = run->options };
	const ParamValue *limit = params_get(flags, "time-limit");
	bool ok = session_open(&session, run->cli->paths, NULL, limit->given ? limit->number : 0,
			       err) &&
		  session_job(&session, &job, run->model_fd, err) && keep_model(run, &session, err);
	session_close(&session);
	json_decref(overrides);
	json_decref(data);
	return ok;
}

/* --- results ---------------------------------------------------------------------------------- */

static bool against_baseline(BenchRun *run, Err *err)
{
	const ParamValue *path = params_get(&run->cli->flags, "baseline");
	if (!path->given)
		return true;
	json_t *baseline = bench_baseline(path->text, run->record, err);
	if (!baseline)
		return false;
	json_t *compared = bench_compare(run->record, baseline);
	json_object_set_new(compared, "file", json_string(path->text));
	json_object_set_new(run->record, "baseline", compared);
	json_decref(baseline);
	return true;
}

/* One record as JSON, or its table. */
static bool put_results(const BenchRun *run, Err *err)
{
	const json_t *compared = json_object_get(run->record, "baseline");
	if (!params_get(&run->cli->common, "json")->flag) {
		bench_report(stdout, run->record);
		if (compared)
			text_printf(stdout, "\n%.3f times the time of %s%s\n",
				    json_number_value(json_object_get(compared, "ratio")),
				    params_get(&run->cli->flags, "baseline")->text,
				    json_array_size(json_object_get(compared, "slower"))
					    ? ": slower"
					    : "");
		return true;
	}
	RecordOut *json = record_out_new(STDOUT_FILENO, 0, err);
	bool ok = json && output_json(json, run->record, err);
	record_out_free(json);
	return ok;
}

static bool check_slower(const BenchRun *run, Err *err)
{
	const json_t *compared = json_object_get(run->record, "baseline"),
		     *slower = json_object_get(compared, "slower");
	size_t n = json_array_size(slower);
	if (n == 0)
		return true;
	return err_set(err, ERR_CLAIM, "slower than %s: %s%s takes %.2f times as long",
		       params_get(&run->cli->flags, "baseline")->text,
		       json_string_value(json_array_get(slower, 0)), n > 1 ? " and others" : "",
		       json_number_value(json_object_get(compared, "ratio")));
}

/* A training that diverged is a result too: it is shown, and the exit status says so. */
static int finish(BenchRun *run, bool ran, Err *err)
{
	Err later;
	if (!run->record)
		return err_exit_status(err->code);
	if (!ran) {
		put_results(run, &later);
		return err_exit_status(err->code);
	}
	bool ok = against_baseline(run, err) && put_results(run, err) && check_slower(run, err);
	return ok ? 0 : err_exit_status(err->code);
}

/* --- the list --------------------------------------------------------------------------------- */

static bool take_row(void *user, const json_t *record, Err *err)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	RecordOut *json = user;
	if (strcmp(type, "row") != 0)
		return true;
	if (json)
		return output_json(json, record, err);
	const char *about = json_string_value(json_object_get(record, "about"));
	text_printf(stdout, "  %-16s %s\n", json_string_value(json_object_get(record, "name")),
		    about ? about : "");
	return true;
}

static int list_all(const Cli *cli, Err *err)
{
	static const char *const kinds[] = { "models", "datasets", "kernels" };
	RecordOut *json = NULL;
	bool ok = true;
	if (params_get(&cli->common, "json")->flag)
		ok = (json = record_out_new(STDOUT_FILENO, 0, err)) != NULL;
	Session session = { .take = take_row, .user = json };
	json_t *data = paths_data_folders(cli->paths);
	ok = ok && session_open(&session, cli->paths, NULL, 0, err);
	for (size_t i = 0; ok && i < sizeof kinds / sizeof *kinds; i++) {
		Job job = job_list(kinds[i], data);
		job.script = "bench";
		if (!json)
			text_printf(stdout, "%s%s:\n", i ? "\n" : "", kinds[i]);
		ok = session_job(&session, &job, -1, err);
	}
	if (ok && !json)
		text_printf(stdout, "\nprecisions:\n  f32 bf16 int8 sparse auto\n");
	session_close(&session);
	json_decref(data);
	record_out_free(json);
	return ok ? 0 : err_exit_status(err->code);
}

static int run_bench(const Cli *cli, Err *err)
{
	BenchRun run = {
		.cli = cli, .started_ns = process_began_ns(), .model_fd = -1, .out_fd = -1
	};
	if (params_get(&cli->flags, "list")->flag)
		return list_all(cli, err);
	bool ok = bench_what(&run.what, cli, err) &&
		  (run.options = bench_options(cli, run.what, run.started_ns, err)) &&
		  open_files(&run, err);
	if (ok && !params_get(&cli->common, "quiet")->flag)
		ok = outlet_open(&run.progress, STDERR_FILENO, err);
	bool ran = ok && run_job(&run, err);
	/* There is no script: what the worker calls an argument is a flag. */
	if (!ran && err->code == ERR_ARGUMENT)
		err->code = ERR_USAGE;
	int status = finish(&run, ran, err);
	close_files(&run, ran);
	outlet_close(&run.progress);
	json_decref(run.record);
	json_decref(run.options);
	return status;
}

const Command command_bench = {
	.info = { .name = "bench",
		  .title = "Benchmark",
		  .about = "Measure how fast this machine trains, infers, fits and runs each "
			   "kernel.",
		  .params = bench_params },
	.synopsis = "train|infer|fit|kernels",
	.operands_min = 0,
	.operands_max = 1,
	.run = run_bench,
};
