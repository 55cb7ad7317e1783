/* The thread pool: every part runs once, what it wrote is seen, shares cover all.
 * SPDX-License-Identifier: MIT */
#include "num/pool.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "unit.h"
#include "alloc_fail.h"

#define THREADS 4
#define TINY_RUNS 10000

/* pthread_create is wrapped too: so many calls succeed, then none. */
static unsigned threads_left = UINT_MAX;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *user);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *user);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *user)
{
	if (threads_left == 0)
		return EAGAIN;
	threads_left--;
	return __real_pthread_create(thread, attr, start, user);
}

typedef struct Task {
	unsigned parts;                  /* as each part was told */
	unsigned runs[POOL_THREADS_MAX]; /* written by its own part only */
	pthread_t thread[POOL_THREADS_MAX];
} Task;

static void note_part(void *user, unsigned part, unsigned parts)
{
	Task *task = user;

	task->runs[part]++;
	task->thread[part] = pthread_self();
	if (part == 0)
		task->parts = parts;
}

static void run_parts(unsigned threads)
{
	Err err;
	Pool *pool = pool_new(threads, &err);
	Task task = { 0 };

	assert_non_null(pool);
	assert_int_equal(pool_threads(pool), threads);
	pool_run(pool, note_part, &task);
	assert_int_equal(task.parts, threads);
	for (unsigned i = 0; i < POOL_THREADS_MAX; i++)
		assert_int_equal(task.runs[i], i < threads);
	assert_true(pthread_equal(task.thread[0], pthread_self()));
	for (unsigned i = 1; i < threads; i++)
		for (unsigned j = 0; j < i; j++)
			assert_false(pthread_equal(task.thread[i], task.thread[j]));
	pool_free(pool);
}

static void test_parts(void **state)
{
	(void)state;
	run_parts(1);
	run_parts(2);
	run_parts(THREADS);
	run_parts(17);
}

static void test_no_pool(void **state)
{
	Task task = { 0 };

	(void)state;
	assert_int_equal(pool_threads(NULL), 1);
	pool_run(NULL, note_part, &task);
	assert_int_equal(task.runs[0], 1);
	assert_int_equal(task.parts, 1);
	pool_free(NULL);
}

static void test_refusals(void **state)
{
	Err err = { 0 };

	(void)state;
	assert_null(pool_new(0, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_null(pool_new(POOL_THREADS_MAX + 1, &err));
	assert_non_null(strstr(err.text, "1 to 256"));
}

/* Threads that did start are ended again. */
static void test_failures(void **state)
{
	Err err = { 0 };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		alloc_fail_after(n);
		assert_null(pool_new(THREADS, &err));
		alloc_fail_never();
		assert_int_equal(err.code, ERR_MEMORY);
	}
	threads_left = 2;
	assert_null(pool_new(THREADS, &err));
	threads_left = UINT_MAX;
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.text, "thread 4 of 4"));
}

/* Each run reads what the other parts wrote in the run before: fails when a run is not waited
 * for. */
typedef struct Ring {
	unsigned value[2][THREADS];
	unsigned from;
} Ring;

static void ring_step(void *user, unsigned part, unsigned parts)
{
	Ring *ring = user;

	ring->value[!ring->from][part] = ring->value[ring->from][(part + 1) % parts] + 1;
}

static void test_tiny_runs(void **state)
{
	Err err;
	Pool *pool = pool_new(THREADS, &err);
	Ring ring = { 0 };

	(void)state;
	assert_non_null(pool);
	for (int i = 0; i < TINY_RUNS; i++) {
		pool_run(pool, ring_step, &ring);
		ring.from = !ring.from;
	}
	for (unsigned part = 0; part < THREADS; part++)
		assert_int_equal(ring.value[ring.from][part], TINY_RUNS);
	pool_free(pool);
}

/* Long enough for the others to fall asleep: CPU time, so that a loaded machine does not make it
 * shorter. */
static void burn(void)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000000L + now.tv_nsec - begin.tv_nsec < 100000);
}

static void slow_part(void *user, unsigned part, unsigned parts)
{
	(void)parts;
	if (part == 1)
		burn();
	((unsigned *)user)[part]++;
}

/* The caller and idle workers sleep and are woken. */
static void test_sleepers_wake(void **state)
{
	Err err;
	Pool *pool = pool_new(3, &err);
	unsigned runs[3] = { 0 };

	(void)state;
	assert_non_null(pool);
	for (unsigned i = 1; i <= 50; i++) {
		burn();
		pool_run(pool, slow_part, runs);
		for (unsigned part = 0; part < 3; part++)
			assert_int_equal(runs[part], i);
	}
	pool_free(pool);
}

static void test_free_while_asleep(void **state)
{
	Err err;

	(void)state;
	for (int i = 0; i < 20; i++) {
		Pool *pool = pool_new(THREADS, &err);

		assert_non_null(pool);
		if (i & 1)
			burn();
		pool_free(pool);
	}
}

static void check_share(size_t n, size_t grain, unsigned parts)
{
	size_t next = 0, least = SIZE_MAX, most = 0;

	for (unsigned part = 0; part < parts; part++) {
		size_t begin, end;

		pool_share(n, grain, part, parts, &begin, &end);
		assert_int_equal(begin, next);
		assert_true(end >= begin && end <= n);
		assert_true(end == n || end % grain == 0);
		least = end - begin < least ? end - begin : least;
		most = end - begin > most ? end - begin : most;
		next = end;
	}
	assert_int_equal(next, n);
	assert_true(most - least < 2 * grain);
}

static void test_share(void **state)
{
	static const size_t counts[] = { 0, 1, 15, 16, 17, 63, 64, 65, 1000, 1u << 31 };
	static const size_t grains[] = { 1, 6, 16, 64 };

	(void)state;
	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
		for (size_t g = 0; g < sizeof grains / sizeof *grains; g++)
			for (unsigned parts = 1; parts <= 9; parts++)
				check_share(counts[c], grains[g], parts);
	check_share(SIZE_MAX, 64, 7);
}

static void test_worth(void **state)
{
	Err err;
	Pool *two = pool_new(2, &err), *one = pool_new(1, &err);

	(void)state;
	assert_true(two && one);
	assert_true(pool_worth(two, POOL_WORTH));
	assert_false(pool_worth(two, POOL_WORTH - 1));
	assert_false(pool_worth(one, UINT64_MAX));
	assert_false(pool_worth(NULL, UINT64_MAX));
	pool_free(two);
	pool_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_no_pool),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_tiny_runs),
		cmocka_unit_test(test_sleepers_wake),
		cmocka_unit_test(test_free_while_asleep),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_worth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
