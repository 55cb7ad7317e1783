/* The clock that threads really get, in GHz: a chain of dependent multiplications (3 cycles each on every x86-64 of the
 * last ten years) for some milliseconds. It falls when the processor throttles and when others take its time. A shared
 * library for the scripts here. SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define THREADS_MAX 64
#define CHAIN 10000
#define CYCLES 3.0

double probe(int threads, double milliseconds);

typedef struct Part {
	double milliseconds, ghz;
} Part;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *probe_part(void *argument)
{
	Part *part = argument;
	uint64_t x = 3, factor = 3, count = 0;
	double begin_s = now_s(), end_s = begin_s + part->milliseconds * 1e-3, t_s;
	while ((t_s = now_s()) < end_s) {
		for (int i = 0; i < CHAIN; i++) {
			x *= factor;
			/* No two steps become one, and none an addition. */
			__asm__ volatile("" : "+r"(x), "+r"(factor));
		}
		count += CHAIN;
	}
	part->ghz = (double)count * CYCLES / (t_s - begin_s) * 1e-9;
	return NULL;
}

/* The least of the threads. */
double probe(int threads, double milliseconds)
{
	pthread_t thread[THREADS_MAX];
	Part part[THREADS_MAX];
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	for (int i = 0; i < threads; i++)
		part[i] = (Part){ milliseconds, 0 };
	for (int i = 1; i < threads; i++)
		if (pthread_create(&thread[i], NULL, probe_part, &part[i]) != 0)
			return 0;
	probe_part(&part[0]);
	double least = part[0].ghz;
	for (int i = 1; i < threads; i++) {
		pthread_join(thread[i], NULL);
		least = part[i].ghz < least ? part[i].ghz : least;
	}
	return least;
}
