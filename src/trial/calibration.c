/* Loads and their order.
 * SPDX-License-Identifier: MIT */
#include "trial/calibration.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "num/cpu.h"
#include "technique/technique.h"

#define WINDOW_S 1.0
#define WINDOW_FAST_S 0.1
#define PASS_NS 10000000LL /* how often a body looks up */
#define IDLE_NAP_NS 20000000L
#define SWITCH_NAP_NS 50000L
#define FAULT_BYTES (4u << 20)
#define PAGE_BYTES 4096u
#define CACHE_BYTES (16u << 10) /* of one copy; two lie in every first-level cache */
#define MEMORY_BYTES_MIN (64u << 20)
#define MEMORY_BYTES_MAX (256u << 20)
#define MEMORY_BYTES_FAST (16u << 20)
#define ROWS 256
#define CLASSES 10
#define ROWS_BATCH_LEAST 32 /* of the networks below */
#define LOADS_MAX 128
#define THREADS_TRIED 3
#define ROUNDS_MAX 4
#define SPOILED_MAX 12

typedef struct Network {
	const char *name;
	const char *layers;
	size_t inputs, rows, batch;
} Network;

static const Network networks[] = {
	{ "small", "64,64,64,10", 64, ROWS, 64 },
	{ "middle", "784,256,128,10", 784, ROWS, 64 },
	{ "large", "1024,3072,3072,10", 1024, 32, 32 }, /* 50 MB of f32 weights */
};
#define NETWORKS (sizeof networks / sizeof *networks)

struct Load;
typedef struct Suite {
	Trial *trial;
	Random random;
	double window_s, memory_bytes;
	int64_t begin_ns;
	unsigned threads[THREADS_TRIED];
	size_t threads_tried, windows;
	int spoiled; /* windows, one after the other, that were disturbed twice */
	int round;
	bool fast;
} Suite;

/* One load: of a kernel, or of a simple body. */
typedef struct Load {
	const char *kernel, *workload;
	bool (*run)(Suite *suite, const struct Load *load, Err *err);
	const Network *network;
	const Kernel *program; /* its kernel; NULL: no program */
} Load;

/* --- windows ---------------------------------------------------------------------------------- */

/* One body of a window, cut into parts for threads 0 … threads − 1 of the pool. */
typedef struct Body {
	Pool *pool; /* NULL: the caller alone */
	unsigned threads;
	void (*part)(struct Body *body, unsigned part);
	uint64_t items[POOL_THREADS_MAX]; /* of each part, in this pass */
	uint8_t *memory;                  /* two areas of bytes */
	size_t bytes;
	Program *program;
	const Rows *rows;
	Control *control;
} Body;

static void body_part(void *user, unsigned part, unsigned parts)
{
	Body *body = user;

	(void)parts;
	if (part < body->threads)
		body->part(body, part);
}

static bool body_pass(void *user, uint64_t *items, Err *err)
{
	Body *body = user;

	(void)err;
	memset(body->items, 0, sizeof body->items);
	if (body->pool)
		pool_run(body->pool, body_part, body);
	else
		body->part(body, 0);
	for (unsigned i = 0; i < body->threads; i++)
		*items += body->items[i];
	return true;
}

static bool body_predict(void *user, uint64_t *items, Err *err)
{
	Body *body = user;

	*items = body->rows->count;
	return program_predict(body->program, body->rows, NULL, body->control, err);
}

static bool late(const Suite *suite)
{
	return (double)(clock_now_ns() - suite->begin_ns) / CLOCK_NS_PER_S > CALIBRATION_LIMIT_S;
}

/* A window of a load; once more when it was disturbed. */
static bool suite_window(Suite *suite, const Load *load, unsigned threads, const EnergyItem *item,
			 TrialBody run, Body *body, Err *err)
{
	char arm[64];
	TrialWindow window = {
		.arm = arm, .block = suite->round, .window_s = suite->window_s, .item = item
	};
	uint32_t flags = 0;

	text_format(arm, sizeof arm, "%s/%s/%u", load->kernel, load->workload, threads);
	suite->windows++;
	for (window.attempt = 0; window.attempt < 2; window.attempt++) {
		if (!trial_window(suite->trial, &window, run, body, &flags, err))
			return false;
		if (!(flags & (ENERGY_VOID | ENERGY_CONTENDED))) {
			suite->spoiled = 0;
			return true;
		}
	}
	if (++suite->spoiled < SPOILED_MAX)
		return true;
	return err_set(
		err, ERR_NEED,
		"%d loads one after the other were disturbed, most likely by other programs: "
		"a calibration wants a quiet machine",
		SPOILED_MAX);
}

/* --- simple loads ----------------------------------------------------------------------------- */

static void nap(long ns)
{
	struct timespec time = { .tv_nsec = ns };

	nanosleep(&time, NULL);
}

static void idle_part(Body *body, unsigned part)
{
	nap(IDLE_NAP_NS);
	body->items[part] = 1;
}

static void switches_part(Body *body, unsigned part)
{
	int64_t until_ns = clock_now_ns() + PASS_NS;

	while (clock_now_ns() < until_ns) {
		nap(SWITCH_NAP_NS);
		body->items[part]++;
	}
}

/* A chain of multiplications that no compiler can shorten. */
static void scalar_part(Body *body, unsigned part)
{
	int64_t until_ns = clock_now_ns() + PASS_NS;
	volatile uint64_t out = part;

	while (clock_now_ns() < until_ns) {
		uint64_t x = out;
		for (int i = 0; i < 20000; i++)
			x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
		out = x;
		body->items[part]++;
	}
}

/* Each thread copies its own share to and fro. */
static void stream_part(Body *body, unsigned part)
{
	int64_t until_ns = clock_now_ns() + PASS_NS;
	size_t share = body->bytes / body->threads / PAGE_BYTES * PAGE_BYTES;
	uint8_t *a = body->memory + part * share, *b = a + body->bytes;

	while (clock_now_ns() < until_ns) {
		memcpy(b, a, share);
		memcpy(a, b, share);
		body->items[part] += 4 * share; /* read and written, twice */
	}
}

static void faults_part(Body *body, unsigned part)
{
	int64_t until_ns = clock_now_ns() + PASS_NS;

	while (clock_now_ns() < until_ns) {
		uint8_t *at = mmap(NULL, FAULT_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED)
			return;
		madvise(at, FAULT_BYTES, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < FAULT_BYTES; i += PAGE_BYTES)
			((volatile uint8_t *)at)[i] = 1;
		munmap(at, FAULT_BYTES);
		body->items[part]++;
	}
}

static bool run_alone(Suite *suite, const Load *load, void (*part)(Body *, unsigned), Err *err)
{
	static const EnergyItem nothing;
	Body body = { .threads = 1, .part = part };

	return suite_window(suite, load, 1, &nothing, body_pass, &body, err);
}

static bool run_idle(Suite *suite, const Load *load, Err *err)
{
	return run_alone(suite, load, idle_part, err);
}

static bool run_switches(Suite *suite, const Load *load, Err *err)
{
	return run_alone(suite, load, switches_part, err);
}

static bool run_faults(Suite *suite, const Load *load, Err *err)
{
	return run_alone(suite, load, faults_part, err);
}

static bool run_scalar(Suite *suite, const Load *load, Err *err)
{
	static const EnergyItem nothing;

	for (size_t i = 0; i < suite->threads_tried; i++) {
		Body body = { .pool = suite->trial->pool,
			      .threads = suite->threads[i],
			      .part = scalar_part };
		if (!suite_window(suite, load, body.threads, &nothing, body_pass, &body, err))
			return false;
	}
	return true;
}

static bool stream(Suite *suite, const Load *load, size_t bytes, unsigned threads, Err *err)
{
	static const EnergyItem one_byte = { .bytes = 1 };
	Body body = {
		.pool = suite->trial->pool, .threads = threads, .part = stream_part, .bytes = bytes
	};
	bool ok;

	body.memory = malloc(2 * bytes);
	if (!body.memory)
		return err_set(err, ERR_MEMORY, "no memory for a copy of %zu bytes", bytes);
	memset(body.memory, 1, 2 * bytes);
	ok = suite_window(suite, load, threads, &one_byte, body_pass, &body, err);
	free(body.memory);
	return ok;
}

static bool run_cached(Suite *suite, const Load *load, Err *err)
{
	for (size_t i = 0; i < suite->threads_tried; i++)
		if (!stream(suite, load, (size_t)CACHE_BYTES * suite->threads[i], suite->threads[i],
			    err))
			return false;
	return true;
}

static bool run_memory(Suite *suite, const Load *load, Err *err)
{
	for (size_t i = 0; i < suite->threads_tried; i++)
		if (!stream(suite, load, (size_t)suite->memory_bytes, suite->threads[i], err))
			return false;
	return true;
}

/* --- programs --------------------------------------------------------------------------------- */

static Model *apply(const char *technique, const Model *model, const char *name, const char *value,
		    const Rows *rows, Control *control, Err *err)
{
	const Technique *way = technique_find(technique);
	Params params;

	if (!way || !params_init(&params, &way->info, err) ||
	    !params_set_text(&params, name, value, err) ||
	    !params_set_object(&params, "data", "rows", rows, err)) {
		if (!way)
			err_set(err, ERR_INTERNAL, "no technique %s", technique);
		return NULL;
	}
	return way->apply(model, &params, NULL, control, err);
}

/* The network, in the shape that a form is made for. */
static Model *make_model(const Network *network, const char *form, const Rows *rows,
			 Control *control, Err *err)
{
	const ModelKind *kind = model_kind_find("mlp");
	Model *base = NULL, *made = NULL;
	Params params;

	if (!kind || !params_init(&params, &kind->info, err) ||
	    !params_set_text(&params, "layers", network->layers, err))
		return NULL;
	base = model_new(kind, &params, err);
	if (!base)
		return NULL;
	base->input_scale = rows->set->byte_scale;
	if (strcmp(form, "int8") == 0)
		made = apply("quantize", base, "rows", "32", rows, control, err);
	else if (strcmp(form, "csr") == 0 || strcmp(form, "block") == 0)
		made = apply("prune", base, "epochs", "0", rows, control, err);
	else
		return base;
	model_free(base);
	return made;
}

/* Whether the kernel runs in the program: it may be made for another kind of layer. */
static bool runs(const Program *program, const Kernel *kernel)
{
	json_t *steps = program_steps_json(program), *step;
	bool found = false;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		const char *name = json_string_value(json_object_get(step, "kernel"));
		found = found || (name && strcmp(name, kernel->info.name) == 0);
	}
	json_decref(steps);
	return found;
}

/* The same kernel for all layers, on so many threads. *pool: one of its own, or NULL. */
static Program *make_program(const Suite *suite, const Load *load, const Model *model,
			     unsigned threads, Pool **pool, Err *err)
{
	ProgramOptions options = { .batch = load->network->batch };
	Pool *all = suite->trial->pool;

	*pool = NULL;
	for (size_t i = 0; i < MODEL_LAYERS_MAX; i++)
		options.form[i] = load->program->form;
	if (!kernel_wish_parse(&options.wish, load->program->info.name, err))
		return NULL;
	if (threads == pool_threads(all))
		options.pool = all;
	else if (threads > 1 && !(options.pool = *pool = pool_new(threads, err)))
		return NULL;
	return program_new(model, &options, err);
}

static bool run_threads(Suite *suite, const Load *load, const Model *model, const Rows *rows,
			unsigned threads, Err *err)
{
	Pool *pool;
	Program *program = make_program(suite, load, model, threads, &pool, err);
	Body body = { .program = program, .rows = rows, .control = suite->trial->control };
	EnergyItem item;
	bool ok = program != NULL;

	if (ok && runs(program, load->program))
		ok = program_predict(program, rows, NULL, body.control, err) && /* warms up */
		     trial_item(program, &item, err) &&
		     suite_window(suite, load, threads, &item, body_predict, &body, err);
	program_free(program);
	pool_free(pool);
	return ok;
}

static bool make_rows(Suite *suite, const Network *network, Dataset *set, Err *err)
{
	size_t bytes = network->rows * network->inputs;

	*set = (Dataset){ .name = "calibration",
			  .rows = network->rows,
			  .train_rows = network->rows,
			  .features = network->inputs,
			  .classes = CLASSES,
			  .byte_scale = 1.0f / 255 };
	set->bytes = malloc(bytes);
	set->labels = calloc(network->rows, sizeof *set->labels);
	for (size_t i = 0; set->bytes && i < bytes; i++)
		set->bytes[i] = (uint8_t)random_below(&suite->random, 256);
	return (set->bytes && set->labels) ||
	       err_set(err, ERR_MEMORY, "no memory for rows to calibrate by");
}

static bool run_program(Suite *suite, const Load *load, Err *err)
{
	Dataset set;
	Rows rows = { .set = &set, .count = load->network->rows };
	Model *model = NULL;
	bool ok;

	if (make_rows(suite, load->network, &set, err))
		model = make_model(load->network, kernel_form_name(load->program->form), &rows,
				   suite->trial->control, err);
	ok = model != NULL;
	for (size_t i = 0; ok && i < suite->threads_tried; i++)
		ok = run_threads(suite, load, model, &rows, suite->threads[i], err);
	model_free(model);
	free(set.bytes);
	free(set.labels);
	return ok;
}

/* --- the suite -------------------------------------------------------------------------------- */

/* The networks of the suite are dense layers, in the batches of the table above. */
static bool suits(const Kernel *kernel)
{
	const KernelWish wish = { .features = cpu_features() };

	return kernel->op == KERNEL_LINEAR && kernel_fits(kernel, ROWS_BATCH_LEAST, &wish);
}

/* The preferred kernel of its form, or the last one: what lies between tells little more. */
static bool is_wanted(const Kernel *kernel)
{
	const Kernel *first = NULL, *last = NULL;

	for (size_t i = 0; kernels[i]; i++)
		if (kernels[i]->form == kernel->form && suits(kernels[i])) {
			first = first ? first : kernels[i];
			last = kernels[i];
		}
	return kernel == first || kernel == last;
}

static size_t make_loads(const Suite *suite, Load *out)
{
	const Load simple[] = {
		{ "idle", "idle", run_idle, NULL, NULL },
		{ "idle", "idle", run_idle, NULL, NULL },
		{ "idle", "idle", run_idle, NULL, NULL },
		{ "scalar", "scalar", run_scalar, NULL, NULL },
		{ "stream", "cached", run_cached, NULL, NULL },
		{ "stream", "memory", run_memory, NULL, NULL },
		{ "faults", "system", run_faults, NULL, NULL },
		{ "switches", "system", run_switches, NULL, NULL },
	};
	size_t n = sizeof simple / sizeof *simple, most = suite->fast ? NETWORKS - 1 : NETWORKS;

	memcpy(out, simple, sizeof simple);
	for (size_t k = 0; kernels[k]; k++)
		for (size_t w = 0; w < most && is_wanted(kernels[k]) && n < LOADS_MAX; w++)
			out[n++] = (Load){ kernels[k]->info.name, networks[w].name, run_program,
					   &networks[w], kernels[k] };
	return n;
}

static void choose_threads(Suite *suite)
{
	unsigned all = pool_threads(suite->trial->pool);
	const unsigned tried[THREADS_TRIED] = { 1, suite->fast ? all : all / 2, all };

	for (size_t i = 0; i < THREADS_TRIED; i++) {
		size_t n = suite->threads_tried;
		if (tried[i] > (n ? suite->threads[n - 1] : 0))
			suite->threads[suite->threads_tried++] = tried[i];
	}
}

static void choose_memory(Suite *suite)
{
	long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
	double bytes = cache > 0 ? 4.0 * (double)cache : 0;

	bytes = bytes > MEMORY_BYTES_MIN ? bytes : MEMORY_BYTES_MIN;
	bytes = bytes < MEMORY_BYTES_MAX ? bytes : MEMORY_BYTES_MAX;
	suite->memory_bytes = suite->fast ? MEMORY_BYTES_FAST : bytes;
}

/* What this machine has no memory for, or a kernel cannot run, is passed over. */
static bool run_load(Suite *suite, const Load *load, Err *err)
{
	if (load->run(suite, load, err))
		return true;
	if (err->code != ERR_ARGUMENT && err->code != ERR_MEMORY)
		return false;
	return trial_log(suite->trial, err, "%s/%s is passed over: %s", load->kernel,
			 load->workload, err->text);
}

static bool run_round(Suite *suite, const Load *loads, size_t n, Err *err)
{
	uint32_t order[LOADS_MAX];

	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	random_shuffle(&suite->random, order, n);
	for (size_t i = 0; i < n; i++) {
		const Load *load = &loads[order[i]];
		if (late(suite))
			return trial_log(suite->trial, err,
					 "the suite ends after %.0f s, before its last loads",
					 CALIBRATION_LIMIT_S);
		if (!control_poll(suite->trial->control, err) || !run_load(suite, load, err))
			return false;
	}
	return true;
}

bool calibration_run(Trial *trial, bool fast, Err *err)
{
	Suite suite = { .trial = trial,
			.fast = fast,
			.window_s = fast ? WINDOW_FAST_S : WINDOW_S,
			.begin_ns = clock_now_ns() };
	Load loads[LOADS_MAX];
	size_t n;

	random_init(&suite.random, 1, RANDOM_ORDER);
	choose_threads(&suite);
	choose_memory(&suite);
	n = make_loads(&suite, loads);
	for (; suite.round < (fast ? 1 : ROUNDS_MAX); suite.round++) {
		if (suite.windows >= CALIBRATION_WINDOWS_AIM || late(&suite))
			break;
		if (!run_round(&suite, loads, n, err))
			return false;
	}
	return true;
}
