/* wattle-worker: one job in one fresh process, behind walls. Started by wattle only;
 * wattle-records(5) tells what it writes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/data/data_job.h"
#include "app/session/job.h"
#include "app/session/launch.h"
#include "app/worker/lessons.h"
#include "app/worker/walls.h"
#include "app/worker/worker_control.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/prepare.h"
#include "energy/counters.h"
#include "model/model.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "num/kernel.h"
#include "num/peak.h"
#include "script/round/exercise.h"
#include "script/lesson/lesson.h"
#include "script/script.h"
#include "technique/technique.h"
#include "trial/bench.h"
#include "trial/calibration.h"
#include "trial/inspect.h"
#include "trial/receipt.h"
#include "trial/trial.h"

/* A script that only loads has this long, whatever the time limit of the run. */
#define LOAD_LIMIT_NS (10 * CLOCK_NS_PER_S)
#define HANDLES_TIMEOUT_MS 2000
/* A round of checks asks the meter of a lesson's worker that waits meanwhile, and may be killed before
 * it has the answer: that one must never take it for one of its own. */
#define EDGES_OF_CHECKS (UINT32_C(1) << 31)
#define DATA_FOLDERS_MAX 64
#define MODEL_BYTES_MAX (UINT64_C(1) << 31) /* of a model file */

/* What a worker holds. */
typedef struct Worker {
	json_t *job_json;
	Job job;
	RecordOut *out;
	int edge_fd; /* looked at before anything is opened, which would take its number; -1: no
			meter */
	EdgeHandles handles; /* energy counters that the meter handed over */
	WorkerControl control;
	Walls walls;
	Counters counters;
	Pool *pool;
	Trial trial;
	EnergyProfile profile;
	DataPaths data;
	const char *folders[DATA_FOLDERS_MAX + 1];
} Worker;

static bool read_job(Worker *worker, const char *counters, Err *err)
{
	worker->edge_fd = fcntl(FD_EDGES, F_GETFD) >= 0 ? FD_EDGES : -1;
	worker_control_init(&worker->control, record_in_new(FD_COMMANDS, err));
	if (!worker->control.commands)
		return false;
	RecordGot got = record_in_next(worker->control.commands, &worker->job_json, err);
	if (got != RECORD_GOT)
		return err_set(err, ERR_USAGE,
			       "wattle-worker is started by wattle; see wattle --help");
	fcntl(FD_COMMANDS, F_SETFL, O_NONBLOCK);
	if (!job_from_json(&worker->job, worker->job_json, err))
		return false;
	worker->out = record_out_new(FD_RECORDS, worker->job.origin_ns, err);
	worker->control.out = worker->out;
	worker->control.trial = worker->job.kind == JOB_TRIAL;
	json_t *json = counters ? json_loads(counters, 0, NULL) : NULL;
	bool ok = worker->out && (!json || counters_from_json(&worker->counters, json, err));
	json_decref(json);
	return ok;
}

/* Walls, which let no descriptor in any more, then threads and BLAS, then the memory limit: the order
 * of walls.h. */
static bool raise_walls(Worker *worker, Err *err)
{
	const Job *job = &worker->job;
	Err none; /* then the meter is asked at each edge; if it has gone, the first one tells */
	(void)edge_handles_ask(worker->edge_fd, 0, HANDLES_TIMEOUT_MS, &worker->handles, &none);
	if (job->time_limit_s > 0)
		worker->control.deadline_ns =
			clock_now_ns() + (int64_t)(job->time_limit_s * CLOCK_NS_PER_S);
	json_t *read = json_copy((json_t *)(uintptr_t)job->data);
	json_array_extend(read, (json_t *)(uintptr_t)job->lessons);
	json_array_extend(read, json_object_get(job->dataset, "files"));
	bool raised = walls_raise(&worker->walls, read, job->scratch, job->time_limit_s, err);
	json_decref(read);
	if (!raised)
		return false;
	worker->pool = pool_new(job->threads, err);
	if (!worker->pool)
		return false;
	blas_prepare(worker->pool);
	return walls_memory(&worker->walls, job->memory_bytes, err);
}

/* The model that prices what no sensor measures. A profile that the reader found goes before what
 * knows the processor only by its name. */
static bool choose_model(Worker *worker, Err *err)
{
	const Job *job = &worker->job;
	bool wanted = strcmp(job->energy, "auto") == 0 || strcmp(job->energy, "profile") == 0;
	worker->trial.model = energy_model_find(&energy_os, job->energy);
	if (!job->profile || !wanted)
		return true;
	worker->trial.model = energy_source_find("profile");
	worker->trial.profile = &worker->profile;
	return profile_from_json(&worker->profile, job->profile, err);
}

static bool prepare_trial(Worker *worker, Err *err)
{
	const Job *job = &worker->job;
	trial_init(&worker->trial, worker->out, &worker->control.control);
	worker->trial.edge_fd = worker->edge_fd;
	worker->trial.next_edge = job->kind == JOB_CHECK ? EDGES_OF_CHECKS : 0;
	worker->trial.handles = worker->handles;
	worker->trial.status_fd = worker->walls.status_fd;
	worker->trial.counters = &worker->counters;
	if (!choose_model(worker, err))
		return false;
	worker->trial.pool = worker->pool;
	worker->trial.choices = job->choices;
	worker->trial.cache = job->cache;
	worker->trial.firsts = job->firsts;
	worker->trial.scratch = job->scratch;
	size_t n = 0, i;
	json_t *folder;
	json_array_foreach((json_t *)(uintptr_t)job->data, i,
			   folder) if (n < DATA_FOLDERS_MAX && json_is_string(folder))
		worker->folders[n++] = json_string_value(folder);
	worker->data.folders = worker->folders;
	return kernel_wish_parse(&worker->trial.wish, job->kernel, err);
}

static json_t *make_receipt(const Worker *worker)
{
	return receipt_json(&worker->trial.wish, worker->job.threads, worker->job.overrides,
			    worker->walls.told);
}

static Script *open_script(Worker *worker, char **text, Err *err)
{
	const Job *job = &worker->job;
	ScriptOptions options = {
		.name = job->script,
		.seed_given = job->seed_given,
		.seed = job->seed,
		.set = job->set,
		.memory_bytes = SCRIPT_MEMORY_DEFAULT,
		.deadline_ns = worker->control.deadline_ns,
		.call_limit_s = job->call_limit_s,
		.load_limit_ns = LOAD_LIMIT_NS,
		.batch = job->batch,
		.condition = job->condition,
		.data = &worker->data,
		.trial = &worker->trial,
		.saved = job->saved,
		.grading = job->kind == JOB_DESCRIBE,
		.known = job->kind == JOB_TRIAL || job->kind == JOB_ONCE,
	};
	options.text = *text = lessons_read(FD_SCRIPT, "the script", &options.len, err);
	if (!*text)
		return NULL;
	if (job->kind == JOB_LESSON || job->kind == JOB_DESCRIBE || job->kind == JOB_CHECK)
		return lesson_open(&options, job->student, job->fast, err);
	return script_open(&options, err);
}

static bool put_plan(Worker *worker, Script *script, Err *err)
{
	json_t *sums = worker->job.sums ? script_dataset_sums(script, err) : NULL;
	if (worker->job.sums && !sums)
		return false;
	json_t *record = record_new("plan", worker->job.origin_ns);
	json_object_set_new(record, "plan", plan_json(script_plan(script)));
	if (sums)
		json_object_set_new(record, "datasets", sums);
	json_object_set_new(record, "receipt", make_receipt(worker));
	return record_out_put(worker->out, record, err);
}

static bool do_run(Worker *worker, Err *err)
{
	char *text = NULL;
	Script *script = open_script(worker, &text, err);
	bool ok = script && put_plan(worker, script, err);
	const Plan *plan = ok ? script_plan(script) : NULL;
	if (ok && worker->job.kind == JOB_RUN && plan->build == PLAN_BUILD_ONCE && !plan->factors)
		ok = script_run_once(script, err);
	script_close(script);
	free(text);
	return ok;
}

static bool do_once(Worker *worker, Err *err)
{
	char *text = NULL;
	Script *script = open_script(worker, &text, err);
	bool ok = script && script_run_once(script, err);
	script_close(script);
	free(text);
	return ok;
}

static bool do_trial(Worker *worker, Err *err)
{
	char *text = NULL;
	const Job *job = &worker->job;
	Script *script = open_script(worker, &text, err);
	bool ok = script && script_run_trial(script, job->block, job->attempt, job->arm, err);
	script_close(script);
	free(text);
	return ok;
}

typedef struct WorkerReader {
	LessonReader reader; /* first member */
	Worker *worker;
} WorkerReader;

static bool reader_next(LessonReader *self, json_t **command, Err *err)
{
	return worker_control_next(&((WorkerReader *)self)->worker->control, command, err);
}

static json_t *reader_receipt(LessonReader *self)
{
	return make_receipt(((WorkerReader *)self)->worker);
}

static bool do_lesson(Worker *worker, Err *err)
{
	char *text = NULL;
	WorkerReader reader = { { .next = reader_next, .receipt = reader_receipt }, worker };
	worker->control.queue = json_array();
	Script *script = open_script(worker, &text, err);
	bool ok = script && lesson_serve(script, &reader.reader, err);
	script_close(script);
	free(text);
	json_decref(worker->control.queue);
	worker->control.queue = NULL;
	return ok;
}

static bool do_describe(Worker *worker, Err *err)
{
	char *text = NULL;
	Script *script = open_script(worker, &text, err);
	json_t *record = script ? lesson_describe(script, err) : NULL;
	bool ok = record && record_out_put(worker->out, record, err);
	script_close(script);
	free(text);
	return ok;
}

/* What a kind's rows tell beyond their Info. */
static void add_dataset(const void *row, json_t *record)
{
	const DataSource *source = row;
	char what[32] = "numbers";
	if (source->classes)
		text_format(what, sizeof what, "%zu classes", source->classes);
	json_object_set_new(record, "state",
			    json_sprintf("%zu + %zu rows x %zu, %s; %s; %s", source->train_rows,
					 source->test_rows, source->features, what, source->licence,
					 source->origin));
	json_object_set_new(record, "get", json_string(source->get));
}

static void add_kernel(const void *row, json_t *record)
{
	const Kernel *kernel = row;
	char needs[64];
	cpu_features_text(kernel->needs, needs, sizeof needs);
	bool runs = (kernel->needs & ~cpu_features()) == 0;
	json_object_set_new(record, "form", json_string(kernel_form_name(kernel->form)));
	json_object_set_new(record, "runs_here", json_boolean(runs));
	json_object_set_new(record, "state",
			    json_sprintf("%s, needs %s%s", kernel_form_name(kernel->form), needs,
					 runs ? "" : ": not on this processor"));
}

typedef struct ListTable {
	const char *kind;
	const void *const *rows; /* pointers to structs that begin with an Info; ends with NULL */
	void (*add)(const void *row, json_t *record);
} ListTable;

static bool list_rows(Worker *worker, const ListTable *table, Err *err)
{
	for (size_t i = 0; table->rows[i]; i++) {
		json_t *record = record_new("row", worker->job.origin_ns);
		json_object_set_new(record, "kind", json_string(table->kind));
		json_object_update_new(record, info_json(table->rows[i]));
		if (table->add)
			table->add(table->rows[i], record);
		if (!record_out_put(worker->out, record, err))
			return false;
	}
	return true;
}

static bool do_list(Worker *worker, Err *err)
{
	const ListTable tables[] = {
		{ "models", (const void *const *)model_kinds, NULL },
		{ "layers", (const void *const *)layer_kinds, NULL },
		{ "techniques", (const void *const *)techniques, NULL },
		{ "kernels", (const void *const *)kernels, add_kernel },
		{ "datasets", (const void *const *)data_sources, add_dataset },
		{ "prepares", (const void *const *)prepare_kinds, NULL },
		{ "sources", (const void *const *)energy_sources, NULL },
		{ "methods", (const void *const *)script_methods, NULL },
	};
	ScriptOptions options = { .memory_bytes = SCRIPT_MEMORY_DEFAULT, .data = &worker->data };
	if (strcmp(worker->job.list, "lessons") == 0 && worker->job.lessons)
		return lessons_list(worker->job.lessons, &options, worker->out, err);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (strcmp(tables[i].kind, worker->job.list) == 0)
			return list_rows(worker, &tables[i], err);
	return err_set(err, ERR_USAGE, "nothing is listed as '%s'", worker->job.list);
}

#define CLOCK_PROBES 16
#define CLOCK_PROBE_MS 20.0

/* What a thread's clock really was, probe by probe: doctor judges the spread. */
static json_t *probe_clock(void)
{
	json_t *json = json_array();
	for (int i = 0; i < CLOCK_PROBES; i++)
		json_array_append_new(json, json_real(peak_clock_ghz(CLOCK_PROBE_MS)));
	return json;
}

static bool do_receipt(Worker *worker, Err *err)
{
	json_t *record = record_new("receipt", worker->job.origin_ns);
	json_object_set_new(record, "clock_ghz", probe_clock());
	json_object_set_new(record, "receipt", make_receipt(worker));
	json_object_set_new(record, "counters", counters_json(&worker->counters));
	return record_out_put(worker->out, record, err);
}

/* The whole of the model file that the reader opened; NULL and *err. */
static uint8_t *read_model(const char *name, size_t *len, Err *err)
{
	struct stat status;
	size_t done = 0;
	ssize_t got = 1;
	if (fstat(FD_SCRIPT, &status) != 0 || !S_ISREG(status.st_mode) ||
	    (uint64_t)status.st_size > MODEL_BYTES_MAX) {
		err_set(err, ERR_FILE, "%s is not a regular file of at most %llu bytes", name,
			(unsigned long long)MODEL_BYTES_MAX);
		return NULL;
	}
	*len = (size_t)status.st_size;
	uint8_t *bytes = malloc(*len + 1);
	while (bytes && done < *len && got > 0) {
		got = pread(FD_SCRIPT, bytes + done, *len - done, (off_t)done);
		done += got > 0 ? (size_t)got : 0;
	}
	if (bytes && done == *len)
		return bytes;
	if (!bytes)
		err_set(err, ERR_MEMORY, "reading %s", name);
	else
		err_set(err, ERR_FILE, "cannot read %s: %s", name,
			got < 0 ? strerror(errno) : "it was cut while it was read");
	free(bytes);
	return NULL;
}

/* What was measured is told before why there is no more of it. */
static bool put_bench(Worker *worker, json_t *record, Err *err)
{
	json_object_set_new(record, "peak_rss_bytes",
			    json_integer((json_int_t)walls_peak_rss(&worker->walls)));
	json_object_set_new(record, "receipt", make_receipt(worker));
	return record_out_put(worker->out, record, err);
}

static bool do_bench(Worker *worker, Err *err)
{
	BenchOptions options;
	json_t *record = NULL;
	uint8_t *file = NULL;
	Err later;
	if (!bench_options_from_json(&options, worker->job.bench, err))
		return false;
	if (json_is_true(json_object_get(worker->job.bench, "file"))) {
		options.file = file = read_model(options.model, &options.file_len, err);
		if (!file)
			return false;
	}
	bool ok = bench_run(&worker->trial, &worker->data, &options, &record, err);
	if (record)
		ok = put_bench(worker, record, ok ? err : &later) && ok;
	free(file);
	return ok;
}

static bool do_inspect(Worker *worker, Err *err)
{
	InspectOptions options;
	json_t *record = NULL;
	uint8_t *file = NULL;
	if (!inspect_options_from_json(&options, worker->job.inspect, err))
		return false;
	if (json_is_true(json_object_get(worker->job.inspect, "file"))) {
		options.file = file = read_model(options.model, &options.file_len, err);
		if (!file)
			return false;
	}
	bool ok = inspect_run(&worker->trial, &options, &record, err) &&
		  record_out_put(worker->out, record, err);
	free(file);
	return ok;
}

static bool do_calibrate(Worker *worker, Err *err)
{
	return calibration_run(&worker->trial, worker->job.fast, err);
}

static bool do_data(Worker *worker, Err *err)
{
	const DataJob job = { .wish = worker->job.dataset,
			      .paths = &worker->data,
			      .scratch = worker->job.scratch,
			      .out = worker->out,
			      .control = &worker->control.control };
	return data_job_run(&job, err);
}

static bool do_check(Worker *worker, Err *err)
{
	char *text = NULL;
	Script *script = open_script(worker, &text, err);
	bool ok = script && exercise_check(script, worker->job.check, err);
	script_close(script);
	free(text);
	return ok;
}

static bool (*const jobs[])(Worker *, Err *) = {
	[JOB_RUN] = do_run,           [JOB_PLAN] = do_run,
	[JOB_TRIAL] = do_trial,       [JOB_LIST] = do_list,
	[JOB_RECEIPT] = do_receipt,   [JOB_LESSON] = do_lesson,
	[JOB_DESCRIBE] = do_describe, [JOB_BENCH] = do_bench,
	[JOB_INSPECT] = do_inspect,   [JOB_CALIBRATE] = do_calibrate,
	[JOB_DATA] = do_data,         [JOB_ONCE] = do_once,
	[JOB_CHECK] = do_check,
};

/* The error as the last record, or on stderr when there is nowhere to write records to. */
static int end_badly(Worker *worker, const Err *err)
{
	Err ignored;
	if (!worker->out ||
	    !record_out_put(worker->out, record_error(err, worker->job.origin_ns), &ignored))
		fprintf(stderr, "wattle-worker: %s\n", err->text);
	return err_exit_status(err->code);
}

static bool put_usage(Worker *worker, Err *err)
{
	json_t *record = record_new("usage", worker->job.origin_ns);
	json_object_set_new(record, "peak_rss_bytes",
			    json_integer((json_int_t)walls_peak_rss(&worker->walls)));
	json_object_set_new(record, "cpu_s",
			    json_real((double)clock_process_ns() / CLOCK_NS_PER_S));
	return record_out_put(worker->out, record, err);
}

#ifdef WITH_SANITIZER
/* Leaks are looked for by a traced copy of the process, which the walls forbid. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

int main(int argc, char **argv)
{
	static Worker worker;
	Err err = { .code = ERR_NONE };
	bool ok = read_job(&worker, argc > 1 ? argv[1] : NULL, &err) &&
		  raise_walls(&worker, &err) && prepare_trial(&worker, &err) &&
		  jobs[worker.job.kind](&worker, &err) && put_usage(&worker, &err);
	int status = ok ? 0 : end_badly(&worker, &err);
	edge_handles_close(&worker.handles);
	pool_free(worker.pool);
	record_out_free(worker.out);
	record_in_free(worker.control.commands);
	walls_done(&worker.walls);
	json_decref(worker.job_json);
	return status;
}
