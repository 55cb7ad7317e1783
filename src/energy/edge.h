/* Edges: how the worker marks the borders of a measured window, and what the meter answers.
 *
 * The worker sends an EdgeRequest over a SOCK_SEQPACKET pair; the meter reads every sensor and
 * answers one EdgeReply with the same id. At most EDGE_PER_S_MAX are answered in a second: fast
 * energy readings are a side channel (CVE-2020-8694). End of file ends the meter. Both structs are
 * fixed; fields are the machine's own order.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_EDGE_H
#define WATTLE_ENERGY_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "energy/energy.h"

#define EDGE_MAGIC 0x57415454u /* "WATT" */
#define EDGE_PER_S_MAX 50

typedef struct EdgeRequest {
	uint32_t magic, id;
} EdgeRequest;

/* Jiffies of /proc/stat's first line and the clocks, for the gates: steal, foreign CPU, suspend. */
typedef struct EdgeMachine {
	int64_t busy_ns, steal_ns, capacity_ns; /* since boot, all CPUs; -1: unknown */
	int64_t boot_minus_mono_ns;
} EdgeMachine;

typedef struct EdgeReply {
	uint32_t magic, id;
	uint32_t domains; /* of the headline source; the others go into reading records only */
	int32_t headline; /* first domain of the headline; -1: none measured here */
	uint32_t headline_count; /* domains of one scope, from headline on, that are summed */
	char source[32];
	int64_t sent_ns,
		received_ns; /* filled by edge_ask: when the worker asked, when it had the answer */
	int64_t read_ns;     /* when the meter had read everything; between the two */
	int64_t meter_cpu_ns; /* CPU time that the meter itself has used */
	EdgeMachine machine;
	EnergyDomain domain[ENERGY_DOMAINS_MAX];
	Reading reading[ENERGY_DOMAINS_MAX];
} EdgeReply;

/* Worker side. fd -1: no meter; then replies carry the clock and no domain. Waits for the answer
 * at most timeout_ms; ERR_DIED when the meter has gone or does not answer. */
bool edge_ask(int fd, uint32_t id, int timeout_ms, EdgeReply *out, Err *err);

/* The joules between two replies, per headline: gross, with every error part of the design's
 * formula u² = unit²/6 + (0.41·P·τ)² + (ε·E)², the first two summed over domains as independent,
 * ε·E as common to all. Counter differences never come out negative: RESET, MULTIWRAP,
 * SUSPENDED, LOST are flagged and give NaN. A domain inside another of the headline is not added
 * to it; of domains that the meter marked DUPLICATE, or that have the same name and the same
 * difference, one counts. An edge slower than 0.1 % of the window is STALE. out->prov is the
 * lowest of the readings; ENERGY_NONE when nothing was measured. */
void edge_joules(const EdgeReply *begin, const EdgeReply *end, Joules *out);

/* Two dies that show one counter: a mask of the root domains whose scope and name are those of
 * an earlier one (ids differ in their numbers only) and whose difference since before is the
 * same to the unit, and not 0. Over one span that can be chance: the meter marks a domain
 * DUPLICATE after three in a row. */
uint32_t edge_twins(const EnergyDomain *domains, const Reading *before, const Reading *now,
		    int count);

/* Idle power over a span: watts and one sigma (without the scale error, which it shares with the
 * window); NaN when nothing was measured. */
typedef struct IdlePower {
	double watts, u_watts, time_s;
} IdlePower;
void edge_idle(const EdgeReply *begin, const EdgeReply *end, IdlePower *out);

/* gross − idle·T, with (T·u_idle)² added and the scale error taken of the difference; absent
 * (NaN) when either is. Noise may take it below 0; it is not clipped, so that means stay
 * unbiased. Then its share by CPU time: ours ÷ all busy time, at most 1; at best ATTRIBUTED. */
void joules_minus_idle(const Joules *gross, const IdlePower *idle, double time_s, Joules *out);
void joules_attributed(const Joules *net, double own_cpu_s, double busy_cpu_s, Joules *out);

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
 * over EDGE_FOREIGN_SHARE (own_cpu_s is ours) where edge_judged, and suspended. */
uint32_t edge_gates(const EdgeMachine *begin, const EdgeMachine *end, double own_cpu_s);

#endif
