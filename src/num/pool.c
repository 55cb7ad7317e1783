/* Threads that spin briefly for the next task, then sleep on a condition.
 * SPDX-License-Identifier: MIT */
#include "num/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* As long as it takes to wake a sleeper (30 to 50 us by tests/bench/pool): then waiting costs at
 * most twice what it would if one knew when the next round comes. */
#define POOL_SPIN_NS 40000
/* From then on a spinning thread lets others have its core: the one that it waits for may have been
 * put there (an empty round then costs 14 us, not 50 to 90). */
#define POOL_YIELD_NS 4000
#define POOL_SPINS_PER_CLOCK 64

typedef struct PoolWorker {
	Pool *pool;
	unsigned part;
	pthread_t thread;
} PoolWorker;

struct Pool {
	unsigned threads;
	PoolWorker *workers; /* threads − 1, for the parts from 1 on */
	void (*task)(void *user, unsigned part, unsigned parts);
	void *user;
	atomic_uint round;    /* counts tasks; a new value publishes task and user */
	atomic_uint pending;  /* workers that have not finished this round */
	atomic_uint sleepers; /* workers that wait, or are about to, for `begin` */
	atomic_bool waiting;  /* the caller waits, or is about to, for `end` */
	atomic_bool quit;
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
};

static inline void pool_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Spins until *value differs from old; false when it took too long. */
static bool pool_spin_while(atomic_uint *value, unsigned old, bool until_zero)
{
	int64_t begin_ns = clock_now_ns(), spent_ns;

	do {
		for (int i = 0; i < POOL_SPINS_PER_CLOCK; i++) {
			unsigned now = atomic_load_explicit(value, memory_order_acquire);

			if (until_zero ? now == 0 : now != old)
				return true;
			pool_pause();
		}
		spent_ns = clock_now_ns() - begin_ns;
		if (spent_ns > POOL_YIELD_NS)
			sched_yield();
	} while (spent_ns < POOL_SPIN_NS);
	return false;
}

/* Sleepers are counted before the round is looked at again, and the caller looks at sleepers
 * after it has changed the round: one of the two sees the other. */
static void pool_sleep_for_round(Pool *pool, unsigned seen)
{
	pthread_mutex_lock(&pool->lock);
	atomic_fetch_add(&pool->sleepers, 1);
	while (atomic_load(&pool->round) == seen)
		pthread_cond_wait(&pool->begin, &pool->lock);
	atomic_fetch_sub(&pool->sleepers, 1);
	pthread_mutex_unlock(&pool->lock);
}

static void *pool_work(void *user)
{
	PoolWorker *self = user;
	Pool *pool = self->pool;
	unsigned seen = 0;

	for (;;) {
		if (!pool_spin_while(&pool->round, seen, false))
			pool_sleep_for_round(pool, seen);
		seen = atomic_load(&pool->round);
		if (atomic_load(&pool->quit))
			return NULL;
		pool->task(pool->user, self->part, pool->threads);
		if (atomic_fetch_sub(&pool->pending, 1) == 1 && atomic_load(&pool->waiting)) {
			pthread_mutex_lock(&pool->lock);
			pthread_cond_signal(&pool->end);
			pthread_mutex_unlock(&pool->lock);
		}
	}
}

static void pool_begin_round(Pool *pool)
{
	atomic_fetch_add(&pool->round, 1);
	if (atomic_load(&pool->sleepers)) {
		pthread_mutex_lock(&pool->lock);
		pthread_cond_broadcast(&pool->begin);
		pthread_mutex_unlock(&pool->lock);
	}
}

static void pool_wait_end(Pool *pool)
{
	if (pool_spin_while(&pool->pending, 0, true))
		return;
	pthread_mutex_lock(&pool->lock);
	atomic_store(&pool->waiting, true);
	while (atomic_load(&pool->pending))
		pthread_cond_wait(&pool->end, &pool->lock);
	atomic_store(&pool->waiting, false);
	pthread_mutex_unlock(&pool->lock);
}

/* Workers take no signals: handlers run on the caller's threads. */
static bool pool_start(Pool *pool, unsigned threads, Err *err)
{
	sigset_t all, old;
	int fault = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (unsigned part = 1; part < threads && !fault; part++) {
		PoolWorker *worker = &pool->workers[part - 1];

		worker->pool = pool;
		worker->part = part;
		fault = pthread_create(&worker->thread, NULL, pool_work, worker);
		if (!fault)
			pool->threads++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (fault)
		return err_set(err, ERR_LIMIT, "cannot start thread %u of %u: %s",
			       pool->threads + 1, threads, strerror(fault));
	return true;
}

Pool *pool_new(unsigned threads, Err *err)
{
	Pool *pool;

	if (threads < 1 || threads > POOL_THREADS_MAX) {
		err_set(err, ERR_ARGUMENT, "threads is %u, must be 1 to %d", threads,
			POOL_THREADS_MAX);
		return NULL;
	}
	pool = calloc(1, sizeof *pool);
	if (!pool) {
		err_set(err, ERR_MEMORY, "no memory for a pool of %u threads", threads);
		return NULL;
	}
	pool->threads = 1;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->begin, NULL);
	pthread_cond_init(&pool->end, NULL);
	pool->workers = calloc(threads, sizeof *pool->workers);
	if (!pool->workers) {
		err_set(err, ERR_MEMORY, "no memory for a pool of %u threads", threads);
		goto fail;
	}
	if (!pool_start(pool, threads, err))
		goto fail;
	return pool;
fail:
	pool_free(pool);
	return NULL;
}

void pool_free(Pool *pool)
{
	if (!pool)
		return;
	atomic_store(&pool->quit, true);
	pool_begin_round(pool);
	for (unsigned part = 1; part < pool->threads; part++)
		pthread_join(pool->workers[part - 1].thread, NULL);
	pthread_cond_destroy(&pool->end);
	pthread_cond_destroy(&pool->begin);
	pthread_mutex_destroy(&pool->lock);
	free(pool->workers);
	free(pool);
}

unsigned pool_threads(const Pool *pool)
{
	return pool ? pool->threads : 1;
}

bool pool_worth(const Pool *pool, uint64_t work)
{
	return pool_threads(pool) > 1 && work >= POOL_WORTH;
}

void pool_run(Pool *pool, void (*task)(void *user, unsigned part, unsigned parts), void *user)
{
	if (pool_threads(pool) == 1) {
		task(user, 0, 1);
		return;
	}
	pool->task = task;
	pool->user = user;
	atomic_store(&pool->pending, pool->threads - 1);
	pool_begin_round(pool);
	task(user, 0, pool->threads);
	pool_wait_end(pool);
}

void pool_share(size_t n, size_t grain, unsigned part, unsigned parts, size_t *begin, size_t *end)
{
	size_t units = n / grain + (n % grain != 0);
	size_t each = units / parts, more = units % parts;
	size_t first = part * each + (part < more ? part : more);
	size_t last = first + each + (part < more);

	*begin = first * grain < n ? first * grain : n;
	*end = last < units ? last * grain : n;
}
