/* Edges: how the worker marks the borders of a measured window, and what the meter answers.
 *
 * The worker sends an EdgeRequest over a SOCK_SEQPACKET pair; the meter reads every sensor and
 * answers one EdgeReply with the same id. Of plain counters the worker holds descriptors, and reads
 * them itself beside that: handles.h. At most EDGE_PER_S_MAX are answered in a second: fast
 * energy readings are a side channel (CVE-2020-8694). End of file ends the meter. Both structs are
 * fixed; fields are the machine's own order.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_EDGE_H
#define WATTLE_ENERGY_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "energy/energy.h"

#define EDGE_MAGIC 0x57415454u         /* "WATT" */
#define EDGE_HANDLES_MAGIC 0x57415444u /* "WATD": asks for descriptors; handles.h */
#define EDGE_PER_S_MAX 50

typedef struct EdgeRequest {
	uint32_t magic, id;
} EdgeRequest;

/* Jiffies of /proc/stat's first line, the clocks, and what machine.h senses, for the gates. */
typedef struct EdgeMachine {
	int64_t busy_ns, steal_ns, capacity_ns; /* since boot, all CPUs; -1: unknown */
	int64_t boot_minus_mono_ns;
	/* Integrals over time until held_ns: the mean of a window is the difference of two over
	 * the difference of held_ns. NaN: unknown. */
	double temperature_cs, frequency_hzs;
	int64_t held_ns;
	int32_t on_ac; /* -1: unknown */
	uint32_t ac_changes;
} EdgeMachine;

typedef struct EdgeReply {
	uint32_t magic, id;
	uint32_t domains; /* of the headline source; the others go into reading records only */
	int32_t headline; /* first domain of the headline; -1: none measured here */
	uint32_t headline_count; /* domains of one scope, from headline on, that are summed */
	char source[32];
	int64_t sent_ns,
		received_ns;  /* filled by edge_ask: when the worker asked, when it had the answer;
			      * by edge_settle: its own reading, next to the work */
	int64_t read_ns;      /* when the meter had read everything; between the two */
	int64_t meter_cpu_ns; /* CPU time that the meter itself has used */
	EdgeMachine machine;
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading reading[ENERGY_DOMAINS_MAX];
	EnergyCount count[ENERGY_DOMAINS_MAX]; /* behind readings, where descriptors are handed */
	double edge_w[ENERGY_DOMAINS_MAX]; /* power just before the edge; not above 0: unknown */
} EdgeReply;

/* The power just before a reading, from the readings before it. Kept by who reads; begin with
 * zeros. */
typedef struct EdgeWatts {
	double watts, energy_j;
	int64_t t_ns;
	uint32_t events;
} EdgeWatts;
/* Takes a reading and returns watts: over at least 4 updates of the counter and 5 ms, so that its
 * lateness does not show, and at most 2 s; 0: unknown. */
double edge_watts(EdgeWatts *watts, const EnergyDomain *domain, const Reading *now);

/* Worker side. fd -1: no meter; then replies carry the clock and no domain. Waits for the answer
 * at most timeout_ms; ERR_DIED when the meter has gone or does not answer. */
bool edge_ask(int fd, uint32_t id, int timeout_ms, EdgeReply *out, Err *err);

/* Waits until the meter says something on fd; false with ERR_DIED past the deadline, which was
 * timeout_ms away. */
bool edge_wait(int fd, int64_t deadline_ns, int timeout_ms, Err *err);
/* A request to the meter: an edge, or its descriptors. */
bool edge_send(int fd, uint32_t magic, uint32_t id, Err *err);

/* The joules between two replies, per headline: gross, with every part of their error.
 *
 * value is the difference of the counter. Its error, for each domain:
 *
 * - unit_j. The counter shows whole units, so each edge misses U(0, unit): u² = 2·unit²/12.
 * - edges_j. The counter shows what it was at its last update, d before the edge, d in U(0, τ),
 *   τ = update_s, and the edge itself falls anywhere in the call that read it, r long. With the
 *   powers P₁ and P₂ just before the edges (edge_w), the first misses up to a = P₁·√(τ² + r²), the
 *   last up to b likewise. The difference of U(0, a) and U(0, b) is a trapezoid; its middle 95 %
 *   reach h = (a + b)/2 − √(0.05·a·b) to either side, or 0.475·b where a < 0.05·b. u = h/1.902. For
 *   P₁ = P₂ = P, and where they are not known, that is the 0.41·P·τ of the design (1/√6: the
 *   trapezoid is a triangle, and 1.96 sigmas of it hold 96 %). Where the power steps, P₁ and P₂
 *   are not the window's mean: a bar of 0.41·P·τ would hold as few as 70 % of windows that begin
 *   at rest and end at work; and one of 1.96 sigmas would hold all, since the trapezoid is then
 *   nearly a box.
 *   A source that integrates samples of power adds the growth of its u_j².
 * - lag_j. On average the edges miss P₁·τ/2 and P₂·τ/2: the truth is expected at value +
 *   (P₂ − P₁)·τ/2, and low and high lie around that. value stays what the counter says.
 * - scale_j = ε·value, with ε = scale_err.
 *
 * The first two are summed over domains as independent, the scale as common to all. Counter
 * differences never come out negative: RESET, MULTIWRAP, SUSPENDED, LOST (gaps too), AC_CHANGED are
 * flagged and give NaN. A domain inside another of the headline is not added to it; of domains that
 * the meter marked DUPLICATE, or that have the same name and the same difference, one counts. An
 * edge slower than 0.1 % of the window is STALE. A domain that used nothing in more than 10 updates
 * stands still, as behind a hypervisor that shows a counter and does not count: LOST; so is a sum
 * of 0 over any time, which is no measured 0. out->prov is the lowest of the readings; ENERGY_NONE
 * when nothing was measured. */
void edge_joules(const EdgeReply *begin, const EdgeReply *end, Joules *out);
/* The same of a part of a span, in which a slow counter may show nothing new: it may be 0. */
void edge_step(const EdgeReply *begin, const EdgeReply *end, Joules *out);
/* low and high from value and the parts of u. */
void joules_bars(Joules *joules);

/* Two dies that show one counter: a mask of the root domains whose scope and name are those of
 * an earlier one (ids differ in their numbers only) and whose difference since before is the
 * same to the unit, and not 0. Over one span that can be chance: the meter marks a domain
 * DUPLICATE after three in a row. */
uint32_t edge_twins(const EnergyDomain *domains, const Reading *before, const Reading *now,
		    int count);

/* The kernel counts CPU time in ticks (10 ms mostly). Under so many of capacity, all CPUs together,
 * one tick more or less is 1 % and would decide. */
#define EDGE_TICKS_MIN 100

/* Of capacity: what voids a window. */
#define EDGE_STEAL_SHARE 0.01
#define EDGE_FOREIGN_SHARE 0.05

/* Reads the machine; stat_fd: /proc/stat, opened through os, or -1. */
void edge_machine(const EnergyOs *os, int stat_fd, EdgeMachine *out);

/* True when a window is long enough for steal and foreign CPU to be judged. */
bool edge_judged(const EdgeMachine *begin, const EdgeMachine *end);

/* Flags of a window from the machine's state at its edges: steal over EDGE_STEAL_SHARE, foreign CPU
 * over EDGE_FOREIGN_SHARE (own_cpu_s is ours) where edge_judged, suspended, and mains
 * that came or went. */
uint32_t edge_gates(const EdgeMachine *begin, const EdgeMachine *end, double own_cpu_s);

/* Means over a window; NaN: not known here, and not judged. */
typedef struct EdgeClimate {
	double temperature_c, frequency_hz;
} EdgeClimate;
void edge_climate(const EdgeMachine *begin, const EdgeMachine *end, EdgeClimate *out);
/* CONTENDED when a window is over 3 °C or 2 % of frequency off the first one (assumed limits). */
uint32_t edge_drift(const EdgeClimate *first, const EdgeClimate *now);

#endif
