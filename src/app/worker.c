/* wattle-worker: one job in one fresh process, behind walls. Started by wattle only; wattle-records(5) tells what it writes.
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

#include "app/job.h"
#include "app/launch.h"
#include "app/walls.h"
#include "base/clock.h"
#include "base/record.h"
#include "data/dataset.h"
#include "energy/counters.h"
#include "model/model.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "num/kernel.h"
#include "script/script.h"
#include "technique/technique.h"
#include "trial/receipt.h"
#include "trial/trial.h"

/* A script that only loads has this long, whatever the time limit of the run. */
#define LOAD_LIMIT_NS (10 * CLOCK_NS_PER_S)
#define POLL_EACH_NS 10000000LL
#define DATA_FOLDERS_MAX 64

/* Commands and the deadline, looked at each POLL_EACH_NS. */
typedef struct WorkerControl {
	Control control; /* first member */
	RecordIn *commands;
	int64_t next_ns, deadline_ns;
	bool stop, paused;
	ErrCode ended; /* ERR_NONE while work goes on */
} WorkerControl;

static void take_command(WorkerControl *self, const char *name)
{
	if (strcmp(name, "stop") == 0)
		self->stop = true;
	else if (strcmp(name, "abort") == 0)
		self->ended = ERR_INTERRUPTED;
	else if (strcmp(name, "pause") == 0)
		self->paused = !self->paused;
}

static void take_commands(WorkerControl *self)
{
	json_t *record;
	Err bad;
	for (;;) {
		RecordGot got = record_in_next(self->commands, &record, &bad);
		if (got == RECORD_END)
			self->ended = ERR_INTERRUPTED; /* nobody reads any more */
		if (got != RECORD_GOT)
			return;
		const char *name = json_string_value(json_object_get(record, "command"));
		if (name)
			take_command(self, name);
		json_decref(record);
	}
}

static bool worker_poll(Control *control, Err *err)
{
	WorkerControl *self = (WorkerControl *)control;
	do {
		int64_t now_ns = clock_now_ns();
		if (self->ended == ERR_NONE && now_ns >= self->next_ns) {
			self->next_ns = now_ns + POLL_EACH_NS;
			take_commands(self);
			if (self->deadline_ns && now_ns >= self->deadline_ns)
				self->ended = ERR_LIMIT;
		}
		if (self->paused && self->ended == ERR_NONE) {
			poll(NULL, 0, 10);
			control->waited_ns += clock_now_ns() - now_ns;
		}
	} while (self->paused && self->ended == ERR_NONE);
	if (self->ended == ERR_LIMIT)
		return err_set(err, ERR_LIMIT, "time limit reached");
	return self->ended == ERR_NONE || err_set(err, ERR_INTERRUPTED, "interrupted");
}

static bool worker_stopping(const Control *control)
{
	return ((const WorkerControl *)control)->stop;
}

/* What a worker holds. */
typedef struct Worker {
	json_t *job_json;
	Job job;
	RecordOut *out;
	WorkerControl control;
	Walls walls;
	Counters counters;
	Pool *pool;
	Trial trial;
	DataPaths data;
	const char *folders[DATA_FOLDERS_MAX + 1];
} Worker;

static bool read_job(Worker *worker, const char *counters, Err *err)
{
	worker->control = (WorkerControl){ .control = { .poll = worker_poll, .stopping = worker_stopping } };
	worker->control.commands = record_in_new(FD_COMMANDS, err);
	if (!worker->control.commands)
		return false;
	RecordGot got = record_in_next(worker->control.commands, &worker->job_json, err);
	if (got != RECORD_GOT)
		return err_set(err, ERR_USAGE, "wattle-worker is started by wattle; see wattle --help");
	fcntl(FD_COMMANDS, F_SETFL, O_NONBLOCK);
	if (!job_from_json(&worker->job, worker->job_json, err))
		return false;
	worker->out = record_out_new(FD_RECORDS, worker->job.origin_ns, err);
	json_t *json = counters ? json_loads(counters, 0, NULL) : NULL;
	bool ok = worker->out && (!json || counters_from_json(&worker->counters, json, err));
	json_decref(json);
	return ok;
}

/* Walls, then threads and BLAS, then the memory limit: the order of walls.h. */
static bool raise_walls(Worker *worker, Err *err)
{
	const Job *job = &worker->job;
	if (job->time_limit_s > 0)
		worker->control.deadline_ns = clock_now_ns() + (int64_t)(job->time_limit_s * CLOCK_NS_PER_S);
	if (!walls_raise(&worker->walls, job->data, job->scratch, job->time_limit_s, err))
		return false;
	worker->pool = pool_new(job->threads, err);
	if (!worker->pool)
		return false;
	blas_prepare(worker->pool);
	return walls_memory(&worker->walls, job->memory_bytes, err);
}

/* The model that prices windows: the one that was asked for; with "auto" the first that works here. NULL for none and for sensors. */
static const EnergySource *choose_model(const char *energy)
{
	Why why;
	for (size_t i = 0; energy_sources[i]; i++) {
		const EnergySource *source = energy_sources[i];
		bool wanted = strcmp(energy, "auto") == 0 || strcmp(energy, source->info.name) == 0;
		if (wanted && source->place == ENERGY_IN_WORKER && source->model && source->probe(&energy_os, &why))
			return source;
	}
	return NULL;
}

static bool prepare_trial(Worker *worker, Err *err)
{
	const Job *job = &worker->job;
	trial_init(&worker->trial, worker->out, &worker->control.control);
	worker->trial.edge_fd = fcntl(FD_EDGES, F_GETFD) >= 0 ? FD_EDGES : -1;
	worker->trial.counters = &worker->counters;
	worker->trial.model = choose_model(job->energy);
	worker->trial.pool = worker->pool;
	worker->trial.choices = job->choices;
	worker->trial.scratch = job->scratch;
	size_t n = 0, i;
	json_t *folder;
	json_array_foreach((json_t *)(uintptr_t)job->data, i, folder)
		if (n < DATA_FOLDERS_MAX && json_is_string(folder))
			worker->folders[n++] = json_string_value(folder);
	worker->data.folders = worker->folders;
	return kernel_wish_parse(&worker->trial.wish, job->kernel, err);
}

static json_t *make_receipt(const Worker *worker)
{
	return receipt_json(&worker->trial.wish, worker->job.threads, worker->job.overrides, worker->walls.told);
}

/* The script by its descriptor: a regular file of a bounded size, opened by the reader. */
static char *read_script(size_t *len, Err *err)
{
	struct stat status;
	if (fstat(FD_SCRIPT, &status) != 0 || !S_ISREG(status.st_mode)) {
		err_set(err, ERR_SCRIPT, "the script is not a regular file");
		return NULL;
	}
	if (status.st_size > SCRIPT_BYTES_MAX) {
		err_set(err, ERR_SCRIPT, "the script has %lld bytes; at most %u are allowed", (long long)status.st_size,
			SCRIPT_BYTES_MAX);
		return NULL;
	}
	char *text = malloc((size_t)status.st_size + 1);
	*len = 0;
	while (text && *len < (size_t)status.st_size) {
		ssize_t got = pread(FD_SCRIPT, text + *len, (size_t)status.st_size - *len, (off_t)*len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		*len += (size_t)got;
	}
	if (!text)
		err_set(err, ERR_MEMORY, "reading the script");
	return text;
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
		.load_limit_ns = LOAD_LIMIT_NS,
		.batch = job->batch,
		.data = &worker->data,
		.trial = &worker->trial,
	};
	options.text = *text = read_script(&options.len, err);
	return *text ? script_open(&options, err) : NULL;
}

static bool put_plan(Worker *worker, const Script *script, Err *err)
{
	json_t *record = record_new("plan", worker->job.origin_ns);
	json_object_set_new(record, "plan", plan_json(script_plan(script)));
	json_object_set_new(record, "receipt", make_receipt(worker));
	return record_out_put(worker->out, record, err);
}

static bool do_run(Worker *worker, Err *err)
{
	char *text = NULL;
	Script *script = open_script(worker, &text, err);
	bool ok = script && put_plan(worker, script, err);
	if (ok && script_plan(script)->build == PLAN_BUILD_ONCE)
		ok = script_run_once(script, err);
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

/* What a kind's rows tell beyond their Info. */
static void add_dataset(const void *row, json_t *record)
{
	const DataSource *source = row;
	json_object_set_new(record, "state", json_sprintf("%zu + %zu rows x %zu, %zu classes; %s; %s", source->train_rows,
		source->test_rows, source->features, source->classes, source->licence, source->origin));
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
	json_object_set_new(record, "state", json_sprintf("%s, needs %s%s", kernel_form_name(kernel->form), needs,
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
		{ "techniques", (const void *const *)techniques, NULL },
		{ "kernels", (const void *const *)kernels, add_kernel },
		{ "datasets", (const void *const *)data_sources, add_dataset },
		{ "sources", (const void *const *)energy_sources, NULL },
	};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (strcmp(tables[i].kind, worker->job.list) == 0)
			return list_rows(worker, &tables[i], err);
	return err_set(err, ERR_USAGE, "nothing is listed as '%s'", worker->job.list);
}

static bool do_receipt(Worker *worker, Err *err)
{
	json_t *record = record_new("receipt", worker->job.origin_ns);
	json_object_set_new(record, "receipt", make_receipt(worker));
	json_object_set_new(record, "counters", counters_json(&worker->counters));
	return record_out_put(worker->out, record, err);
}

static bool (*const jobs[])(Worker *, Err *) = {
	[JOB_RUN] = do_run,
	[JOB_TRIAL] = do_trial,
	[JOB_LIST] = do_list,
	[JOB_RECEIPT] = do_receipt,
};

/* The error as the last record, or on stderr when there is nowhere to write records to. */
static int end_badly(Worker *worker, const Err *err)
{
	Err ignored;
	if (!worker->out || !record_out_put(worker->out, record_error(err, worker->job.origin_ns), &ignored))
		fprintf(stderr, "wattle-worker: %s\n", err->text);
	return err_exit_status(err->code);
}

static bool put_usage(Worker *worker, Err *err)
{
	json_t *record = record_new("usage", worker->job.origin_ns);
	json_object_set_new(record, "peak_rss_bytes", json_integer((json_int_t)walls_peak_rss(&worker->walls)));
	json_object_set_new(record, "cpu_s", json_real((double)clock_process_ns() / CLOCK_NS_PER_S));
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
	bool ok = read_job(&worker, argc > 1 ? argv[1] : NULL, &err) && raise_walls(&worker, &err) &&
		prepare_trial(&worker, &err) && jobs[worker.job.kind](&worker, &err) && put_usage(&worker, &err);
	int status = ok ? 0 : end_badly(&worker, &err);
	pool_free(worker.pool);
	record_out_free(worker.out);
	record_in_free(worker.control.commands);
	walls_done(&worker.walls);
	json_decref(worker.job_json);
	return status;
}
