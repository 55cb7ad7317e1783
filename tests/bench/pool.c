/* What sharing work among threads costs: rounds of an empty task, one after the other and after a
 * pause, and from which work on two threads pay.
 * SPDX-License-Identifier: MIT */
#include "num/pool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

#define ROUNDS 4001
#define PAUSED_ROUNDS 301

typedef struct Load {
	uint64_t steps; /* of all parts together */
	uint64_t out[POOL_THREADS_MAX];
} Load;

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void chain(void *user, unsigned part, unsigned parts)
{
	Load *load = user;
	uint64_t x = part + 3;
	for (uint64_t i = 0; i < load->steps / parts; i++) {
		x *= 3;
		__asm__ volatile("" : "+r"(x));
	}
	load->out[part] = x;
}

/* Waits without sleeping, so that only the workers' sleep is new. */
static void wait_ns(int64_t ns)
{
	int64_t until_ns = clock_now_ns() + ns;
	while (clock_now_ns() < until_ns)
		;
}

/* Median and 99 % of rounds, in microseconds, pause_ns apart. */
static double rounds(Pool *pool, Load *load, size_t count, int64_t pause_ns, double *late_us)
{
	static int64_t ns[ROUNDS];
	for (size_t i = 0; i < count; i++) {
		if (pause_ns)
			wait_ns(pause_ns);
		int64_t begin_ns = clock_now_ns();
		pool_run(pool, chain, load);
		ns[i] = clock_now_ns() - begin_ns;
	}
	qsort(ns, count, sizeof *ns, by_size);
	*late_us = (double)ns[count * 99 / 100] / 1e3;
	return (double)ns[count / 2] / 1e3;
}

static void break_even(Pool *alone, Pool *shared)
{
	printf("work on one thread, shared, ratio (medians of turns)\n");
	for (uint64_t steps = 500; steps <= 512000; steps *= 2) {
		Load load = { .steps = steps };
		double one_us = 0, two_us = 0, late;
		for (int turn = 0; turn < 9; turn++) {
			double one = rounds(alone, &load, 101, 0, &late),
			       two = rounds(shared, &load, 101, 0, &late);
			one_us = turn == 0 || one < one_us ? one : one_us;
			two_us = turn == 0 || two < two_us ? two : two_us;
		}
		printf("%9.2f us %9.2f us  %.2f\n", one_us, two_us, one_us / two_us);
	}
}

int main(int argc, char **argv)
{
	static const int64_t pauses_ns[] = { 0, 5000, 15000, 50000, 500000 };
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 2;
	Err err;
	Pool *alone = pool_new(1, &err), *shared = pool_new(threads, &err);
	Load none = { .steps = 0 };
	if (!alone || !shared) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("an empty round of %u threads\n", threads);
	for (size_t i = 0; i < sizeof pauses_ns / sizeof *pauses_ns; i++) {
		double late_us, us = rounds(shared, &none, pauses_ns[i] ? PAUSED_ROUNDS : ROUNDS,
					    pauses_ns[i], &late_us);
		printf("%6.0f us after the one before: median %6.2f us, 99 %% within %8.2f us\n",
		       (double)pauses_ns[i] / 1e3, us, late_us);
	}
	break_even(alone, shared);
	pool_free(shared);
	pool_free(alone);
	return 0;
}
