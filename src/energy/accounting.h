/* What is to be taken off gross joules: idle power, and the work of others.
 *
 * Idle power is measured in spans before, between and after the windows, each cut into samples. For
 * a window it is interpolated linearly in time between the spans around it. It is never the least
 * that was seen, and never what is left over.
 *
 * The error of it, idle_j, has two causes. First the edges of the span (edge.h), u_edges, of the
 * mean. Second, idle power is not constant: timers, other programs, fans. Its samples scatter, and
 * what scatters (taken as white noise of q W²·s: a mean over s seconds has the variance q/s) is
 * unknown twice, in the span's mean and in the idle power under the window, which nobody can see.
 * For a window of T seconds in the middle between spans a and b, w of the way from a to b:
 *
 * 	P = (1 − w)·P_a + w·P_b
 * 	u² = (1 − w)²·(u_edges,a² + q/T_a) + w²·(u_edges,b² + q/T_b)	of the mean
 * 	idle_j² = k²·(T²·u² + q·T)
 *
 * q comes from a few samples: of each span the scatter around its straight line (the drift is no
 * noise), less what late updates make of it, pooled with ν degrees of freedom. k = t₀.₉₇₅(ν)/1.96 ≈
 * 1 + 1.21/ν, from Student's distribution (Abramowitz and Stegun 26.7.5), so that low and high hold
 * 95 %. One span alone says nothing of a drift: then P is constant, and the bar does not cover it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_ACCOUNTING_H
#define WATTLE_ENERGY_ACCOUNTING_H

#include "energy/edge.h"

#define IDLE_SAMPLES_MIN 4
#define IDLE_SAMPLES_MAX 32

/* Idle power of a span, or at a moment between two. Without the scale error, which it shares with
 * the window. watts NaN: not measured. */
typedef struct IdlePower {
	double watts, u_watts, time_s; /* u_watts: one sigma of the mean */
	double noise;                  /* q, W²·s */
	double freedom;                /* ν; 0: there were no samples */
	int64_t at_ns;                 /* the middle */
} IdlePower;

/* A span that is being measured: edges in, idle power out. */
typedef struct IdleSpan {
	int count; /* of samples */
	EdgeReply first, last;
	double watts[IDLE_SAMPLES_MAX], at_s[IDLE_SAMPLES_MAX];
	double sample_s; /* mean length */
	double late;     /* mean variance of a sample by its edges, W² */
	bool failed;
} IdleSpan;
/* How many samples a span of so many seconds is to have, and at which share of it sample i = 1 … n
 * ends. They are uneven, so that their edges do not fall in with the updates of the counter. */
int idle_samples(double seconds);
double idle_sample_end(int i, int n);
void idle_begin(IdleSpan *span, const EdgeReply *edge);
void idle_sample(IdleSpan *span, const EdgeReply *edge);
/* watts is NaN when the sensor was lost, reset, or there was none. */
void idle_end(const IdleSpan *span, IdlePower *out);
/* The idle record of both; new reference. */
json_t *idle_record(const IdleSpan *span, const IdlePower *idle, int64_t origin_ns);
/* Of two edges only: nothing is known of the noise. */
void edge_idle(const EdgeReply *begin, const EdgeReply *end, IdlePower *out);
/* At a moment; outside the two it is that of the nearer one. Either may be NaN. */
void idle_between(const IdlePower *before, const IdlePower *after, int64_t at_ns, IdlePower *out);

/* gross − idle·T, with idle_j added and the scale error taken of the difference; absent (NaN) when
 * either is. Noise may take it below 0; it is not clipped, so that means stay unbiased. */
void joules_minus_idle(const Joules *gross, const IdlePower *idle, double time_s, Joules *out);
/* Its share by CPU time: ours ÷ all busy time, at most 1; at best ATTRIBUTED. The kernel counts
 * busy time in ticks, of which one more or less (one sigma, assumed) goes into edges_j. */
void joules_attributed(const Joules *net, double own_cpu_s, double busy_cpu_s, Joules *out);

#endif
