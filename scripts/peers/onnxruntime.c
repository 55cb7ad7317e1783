/* ONNX Runtime through its C API: latency and accuracy of one file, as one line of JSON.
 *
 *   onnxruntime MODEL.onnx BATCH THREADS CALLS WINDOWS TEST.f32 TEST.u8 DIM...     (dims behind the batch)
 *
 * The C API is a table of functions in a fixed order. The npm package onnxruntime-node has the library without its
 * header: the entries used here are declared by their index. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

typedef void Opaque;
typedef struct {
	const void *const *(*get_api)(uint32_t version);
	const char *(*version)(void);
} OrtBase;
const OrtBase *OrtGetApiBase(void);
double probe(int threads, double milliseconds);

static const void *const *api;
#define ENTRY(index, returns, ...) ((returns(*)(__VA_ARGS__))(uintptr_t)api[index])
#define GetErrorMessage ENTRY(2, const char *, const Opaque *)
#define CreateEnv ENTRY(3, Opaque *, int, const char *, Opaque **)
#define CreateSession ENTRY(7, Opaque *, const Opaque *, const char *, const Opaque *, Opaque **)
#define Run                                                                                                       \
	ENTRY(9, Opaque *, Opaque *, const void *, const char *const *, const Opaque *const *, size_t,            \
	      const char *const *, size_t, Opaque **)
#define CreateSessionOptions ENTRY(10, Opaque *, Opaque **)
#define SetGraphOptimizationLevel ENTRY(23, Opaque *, Opaque *, int)
#define SetIntraOpNumThreads ENTRY(24, Opaque *, Opaque *, int)
#define SetInterOpNumThreads ENTRY(25, Opaque *, Opaque *, int)
#define SessionGetInputName ENTRY(36, Opaque *, const Opaque *, size_t, Opaque *, char **)
#define SessionGetOutputName ENTRY(37, Opaque *, const Opaque *, size_t, Opaque *, char **)
#define CreateTensorWithData \
	ENTRY(49, Opaque *, const Opaque *, void *, size_t, const int64_t *, size_t, int, Opaque **)
#define GetTensorMutableData ENTRY(51, Opaque *, Opaque *, void **)
#define CreateCpuMemoryInfo ENTRY(69, Opaque *, int, int, Opaque **)
#define GetAllocatorWithDefaultOptions ENTRY(78, Opaque *, Opaque **)
#define ReleaseValue ENTRY(96, void, Opaque *)
#define API_VERSION 16 /* has all of these; later libraries serve it */
#define LOG_ERROR 3
#define OPTIMIZE_ALL 99
#define ELEMENT_FLOAT 1
#define IMAGES 10000
#define CLASSES 10
#define ROTATED 2000 /* images that the timed calls take in turn */
#define DIMS_MAX 8
#define PROBE_MS 20

typedef struct Bench {
	Opaque *session;
	const char *in[1], *out[1];
	Opaque *input[IMAGES];
	size_t inputs, rotated, batch;
	unsigned char labels[IMAGES];
} Bench;

static void check(Opaque *status)
{
	if (!status)
		return;
	fprintf(stderr, "onnxruntime: %s\n", GetErrorMessage(status));
	exit(1);
}

static double now_s(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *read_file(const char *path, void *to, size_t bytes)
{
	FILE *file = fopen(path, "rb");
	if (!file || !to || fread(to, 1, bytes, file) != bytes) {
		fprintf(stderr, "onnxruntime: cannot read %s\n", path);
		exit(1);
	}
	fclose(file);
	return to;
}

static void open_session(Bench *bench, const char *path, int threads)
{
	Opaque *env, *options, *allocator;
	char *name;
	check(CreateEnv(LOG_ERROR, "peers", &env));
	check(CreateSessionOptions(&options));
	check(SetIntraOpNumThreads(options, threads));
	check(SetInterOpNumThreads(options, 1));
	check(SetGraphOptimizationLevel(options, OPTIMIZE_ALL));
	check(CreateSession(env, path, options, &bench->session));
	check(GetAllocatorWithDefaultOptions(&allocator));
	check(SessionGetInputName(bench->session, 0, allocator, &name));
	bench->in[0] = name;
	check(SessionGetOutputName(bench->session, 0, allocator, &name));
	bench->out[0] = name;
}

/* One run on input i; the result is the caller's to release. */
static Opaque *run(const Bench *bench, size_t i)
{
	Opaque *result = NULL;
	check(Run(bench->session, NULL, bench->in, (const Opaque *const *)&bench->input[i], 1,
		  bench->out, 1, &result));
	return result;
}

/* The share of right classes over all whole batches. */
static double accuracy(const Bench *bench)
{
	size_t right = 0, seen = 0;
	for (size_t i = 0; i < bench->inputs; i++) {
		float *logits;
		Opaque *result = run(bench, i);
		check(GetTensorMutableData(result, (void **)&logits));
		for (size_t row = 0; row < bench->batch; row++, seen++, logits += CLASSES) {
			int best = 0;
			for (int c = 1; c < CLASSES; c++)
				best = logits[c] > logits[best] ? c : best;
			right += best == bench->labels[seen];
		}
		ReleaseValue(result);
	}
	return (double)right / (double)seen;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void window(const Bench *bench, int threads, size_t calls, double *times)
{
	double before = probe(threads, PROBE_MS), begin_s = now_s(CLOCK_MONOTONIC),
	       cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 0; i < calls; i++) {
		double t = now_s(CLOCK_MONOTONIC);
		Opaque *result = run(bench, i % bench->rotated);
		times[i] = now_s(CLOCK_MONOTONIC) - t;
		ReleaseValue(result);
	}
	double time_s = now_s(CLOCK_MONOTONIC) - begin_s;
	cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
	double after = probe(threads, PROBE_MS);
	qsort(times, calls, sizeof *times, by_value);
	printf("{\"p50_us\": %.3f, \"p99_us\": %.3f, \"time_s\": %.6f, \"cpu_s\": %.6f, \"ghz\": %.3f}",
	       times[calls / 2] * 1e6, times[calls * 99 / 100] * 1e6, time_s, cpu_s,
	       before < after ? before : after);
}

int main(int argc, char **argv)
{
	static Bench bench;
	struct rusage usage;
	int64_t dims[DIMS_MAX];
	size_t rank = 1, per = 1;
	Opaque *memory;
	if (argc < 9 || argc > 8 + DIMS_MAX - 1)
		return 2;
	int threads = atoi(argv[3]);
	size_t calls = strtoul(argv[4], NULL, 10), windows = strtoul(argv[5], NULL, 10);
	bench.batch = strtoul(argv[2], NULL, 10);
	dims[0] = (int64_t)bench.batch;
	for (int i = 8; i < argc; i++) {
		dims[rank] = atoll(argv[i]);
		per *= (size_t)dims[rank++];
	}
	api = OrtGetApiBase()->get_api(API_VERSION);
	if (!api || bench.batch == 0 || bench.batch > IMAGES || calls == 0)
		return 2;
	double begin_s = now_s(CLOCK_MONOTONIC);
	open_session(&bench, argv[1], threads);
	double load_s = now_s(CLOCK_MONOTONIC) - begin_s;
	float *x = read_file(argv[6], aligned_alloc(64, IMAGES * per * sizeof *x), IMAGES * per * sizeof *x);
	read_file(argv[7], bench.labels, IMAGES);
	bench.inputs = IMAGES / bench.batch;
	bench.rotated = bench.batch < ROTATED ? ROTATED / bench.batch : 1;
	check(CreateCpuMemoryInfo(1, 0, &memory));
	for (size_t i = 0; i < bench.inputs; i++)
		check(CreateTensorWithData(memory, x + i * bench.batch * per, bench.batch * per * sizeof *x, dims,
					   rank, ELEMENT_FLOAT, &bench.input[i]));
	double *times = calloc(calls, sizeof *times);
	if (!times)
		return 1;
	printf("{\"version\": \"%s\", \"accuracy\": [%.4f], \"load_s\": %.4f, \"threads\": %d, \"windows\": [",
	       OrtGetApiBase()->version(), accuracy(&bench), load_s, threads);
	for (size_t i = 0; i < windows; i++) {
		fputs(i ? ", " : "", stdout);
		window(&bench, threads, calls, times);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("], \"peak_rss_bytes\": %ld}\n", usage.ru_maxrss * 1024);
	return 0;
}
