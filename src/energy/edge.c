/* The worker's side of an edge, and the joules between two of them.
 * SPDX-License-Identifier: MIT */
#include "energy/edge.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define STALE_SHARE 1e-3 /* of the window that an edge may take */
#define STILL_UPDATES 10
#define SUSPEND_NS 1000000  /* that BOOTTIME may run ahead of MONOTONIC in a window */
#define TRIANGLE_Z 1.901767 /* (1 − √0.05)·√6: see edge.h */
#define WARMER_C 3.0
#define FASTER_SHARE 0.02
#define WATTS_UPDATES 4
#define WATTS_LEAST_S 5e-3
#define WATTS_MOST_S 2.0

/* --- asking ----------------------------------------------------------------------------------- */

/* Makes what came over the socket safe to use: indices in range, texts closed. */
static bool reply_valid(EdgeReply *reply)
{
	if (reply->magic != EDGE_MAGIC || reply->domains > ENERGY_DOMAINS_MAX ||
	    reply->headline < -1 || reply->headline >= (int32_t)reply->domains ||
	    (reply->headline >= 0 &&
	     reply->headline_count > reply->domains - (uint32_t)reply->headline))
		return false;
	reply->source[sizeof reply->source - 1] = '\0';
	for (uint32_t i = 0; i < reply->domains; i++) {
		EnergyDomain *domain = &reply->domain[i];
		domain->id[sizeof domain->id - 1] = '\0';
		if (domain->parent < -1 || domain->parent >= (int)reply->domains ||
		    (unsigned)domain->scope > ENERGY_SYSTEM ||
		    (unsigned)reply->reading[i].prov > ENERGY_MEASURED)
			return false;
	}
	return true;
}

static void reply_without_meter(uint32_t id, EdgeReply *out)
{
	*out = (EdgeReply){ .magic = EDGE_MAGIC, .id = id, .headline = -1, .source = "none" };
	out->sent_ns = out->read_ns = out->received_ns = clock_now_ns();
	out->machine = (EdgeMachine){ .busy_ns = -1,
				      .steal_ns = -1,
				      .capacity_ns = -1,
				      .boot_minus_mono_ns = clock_boot_ns() - out->sent_ns,
				      .temperature_cs = NAN,
				      .frequency_hzs = NAN,
				      .on_ac = -1 };
}

bool edge_send(int fd, uint32_t magic, uint32_t id, Err *err)
{
	EdgeRequest request = { .magic = magic, .id = id };

	while (send(fd, &request, sizeof request, MSG_NOSIGNAL) != sizeof request)
		if (errno != EINTR)
			return err_set(err, ERR_DIED, "the meter has ended: %s", strerror(errno));
	return true;
}

bool edge_wait(int fd, int64_t deadline_ns, int timeout_ms, Err *err)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left_ms = (deadline_ns - clock_now_ns() + 999999) / 1000000;
		int ready = poll(&poller, 1, left_ms > 0 ? (int)left_ms : 0);
		if (ready > 0)
			return true;
		if (ready == 0)
			return err_set(err, ERR_DIED, "the meter did not answer within %d ms",
				       timeout_ms);
		if (errno != EINTR)
			return err_set(err, ERR_DIED, "waiting for the meter: %s", strerror(errno));
	}
}

/* One message. *fresh: it answers this id; answers to edges given up on are dropped, and those to
 * edge_handles_ask, of which the kernel closes the descriptors. */
static bool answer_take(int fd, uint32_t id, EdgeReply *out, bool *fresh, Err *err)
{
	ssize_t n = recv(fd, out, sizeof *out, MSG_DONTWAIT);

	*fresh = false;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n < 0)
		return err_set(err, ERR_DIED, "the meter has ended: %s", strerror(errno));
	if (n == 0)
		return err_set(err, ERR_DIED, "the meter has ended; the window is void");
	if (n >= (ssize_t)sizeof out->magic && out->magic == EDGE_HANDLES_MAGIC)
		return true;
	if (n != sizeof *out || !reply_valid(out))
		return err_set(err, ERR_DIED,
			       "the meter sent an answer of another form (%zd bytes)", n);
	*fresh = out->id == id;
	return true;
}

bool edge_ask(int fd, uint32_t id, int timeout_ms, EdgeReply *out, Err *err)
{
	int64_t sent_ns = clock_now_ns();
	int64_t deadline_ns = sent_ns + (int64_t)timeout_ms * 1000000;
	bool fresh = false;

	if (fd < 0) {
		reply_without_meter(id, out);
		return true;
	}
	if (!edge_send(fd, EDGE_MAGIC, id, err))
		return false;
	while (!fresh)
		if (!edge_wait(fd, deadline_ns, timeout_ms, err) ||
		    !answer_take(fd, id, out, &fresh, err))
			return false;
	out->sent_ns = sent_ns;
	out->received_ns = clock_now_ns();
	return true;
}

/* --- joules ----------------------------------------------------------------------------------- */

/* Equal but for the digits. */
static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (isdigit((unsigned char)*a))
			a++;
		while (isdigit((unsigned char)*b))
			b++;
		if (*a != *b || !*a)
			return *a == *b;
	}
}

uint32_t edge_twins(const EnergyDomain *domains, const Reading *before, const Reading *now,
		    int count)
{
	uint32_t mask = 0;

	for (int j = 1; j < count; j++)
		for (int i = 0; i < j; i++) {
			double step_i = now[i].energy_j - before[i].energy_j;
			double step_j = now[j].energy_j - before[j].energy_j;
			if (!(mask >> i & 1u) && domains[i].scope == domains[j].scope &&
			    domains[i].parent == domains[j].parent &&
			    same_name(domains[i].id, domains[j].id) && step_i > 0 &&
			    fabs(step_i - step_j) <= domains[i].unit_j)
				mask |= 1u << j;
		}
	return mask;
}

/* Whether the headline holds an ancestor of domain i: adding both would count the inner one
 * twice. */
static bool contained(const EdgeReply *reply, int i)
{
	int first = reply->headline, end = first + (int)reply->headline_count;
	int at = reply->domain[i].parent;

	for (int depth = 0; at >= 0 && depth < ENERGY_DOMAINS_MAX; depth++) {
		if (at >= first && at < end)
			return true;
		at = reply->domain[at].parent;
	}
	return false;
}

static bool same_headline(const EdgeReply *a, const EdgeReply *b)
{
	bool same = a->headline == b->headline && a->headline_count == b->headline_count &&
		    a->domains == b->domains && strcmp(a->source, b->source) == 0;

	for (uint32_t i = 0; same && i < a->domains; i++)
		same = strcmp(a->domain[i].id, b->domain[i].id) == 0;
	return same;
}

static uint32_t event_flags(const Reading *begin, const Reading *end)
{
	uint32_t flags = (begin->flags | end->flags) & ~(uint32_t)ENERGY_DUPLICATE;

	flags |= end->wraps != begin->wraps ? ENERGY_WRAPPED : 0;
	flags |= end->multiwraps != begin->multiwraps ? ENERGY_MULTIWRAP : 0;
	flags |= end->resets != begin->resets || end->energy_j < begin->energy_j ? ENERGY_RESET : 0;
	flags |= !(end->energy_j >= begin->energy_j) && !(flags & ENERGY_RESET) ? ENERGY_LOST : 0;
	flags |= end->gaps != begin->gaps ? ENERGY_LOST : 0;
	return flags;
}

/* How long before the worker had the first answer, and after it asked for the second, a counter
 * was read. */
static bool stale(const EdgeReply *begin, const EdgeReply *end, int i)
{
	double span = (double)(end->reading[i].t_ns - begin->reading[i].t_ns) * STALE_SHARE;
	bool late_begin =
		begin->received_ns && (double)(begin->received_ns - begin->reading[i].t_ns) > span;
	bool late_end = end->sent_ns && (double)(end->reading[i].t_ns - end->sent_ns) > span;

	return late_begin || late_end || (double)begin->reading[i].read_ns > span ||
	       (double)end->reading[i].read_ns > span;
}

typedef struct Sum {
	double energy_j;
	double unit_v, edges_v; /* variances */
	double scale_j, lag_j;  /* Σ ε·E, Σ (P₂ − P₁)·τ/2 */
	EnergyProv prov;
	uint32_t flags;
	int parts;
} Sum;

/* How much an edge misses at most, at this power. */
static double edge_width(const EnergyDomain *domain, const Reading *reading, double watts)
{
	return watts * hypot(domain->update_s, (double)reading->read_ns * 1e-9);
}

/* Of the difference of U(0, a) and U(0, b): the half-width that holds 95 %, as a sigma. */
static double edges_sigma(double a, double b)
{
	double least = fmin(a, b), most = fmax(a, b);
	double held = least >= 0.05 * most ? (a + b) / 2 - sqrt(0.05 * a * b) : 0.475 * most;

	return held / TRIANGLE_Z;
}

/* What integrating samples of power between the readings adds. */
static double sampling_variance(const Reading *a, const Reading *b)
{
	double grown = b->u_j * b->u_j - a->u_j * a->u_j;

	return grown > 0 ? grown : 0;
}

/* Adds what one domain of the headline used. */
static void sum_domain(Sum *sum, const EdgeReply *begin, const EdgeReply *end, int i)
{
	const EnergyDomain *domain = &begin->domain[i];
	const Reading *a = &begin->reading[i], *b = &end->reading[i];
	double energy_j = b->energy_j - a->energy_j;
	double span_s = (double)(b->t_ns - a->t_ns) * 1e-9;
	double mean_w = energy_j / span_s;
	double first_w = begin->edge_w[i] > 0 ? begin->edge_w[i] : mean_w;
	double last_w = end->edge_w[i] > 0 ? end->edge_w[i] : mean_w;
	double edges_j = edges_sigma(edge_width(domain, a, first_w), edge_width(domain, b, last_w));

	sum->flags |= event_flags(a, b);
	sum->flags |= !(span_s > 0) ? ENERGY_LOST : 0;
	sum->flags |= energy_j == 0 && span_s > STILL_UPDATES * domain->update_s ? ENERGY_LOST : 0;
	sum->flags |= stale(begin, end, i) ? ENERGY_STALE : 0;
	sum->energy_j += energy_j;
	sum->unit_v += domain->unit_j * domain->unit_j / 6;
	sum->edges_v += edges_j * edges_j + sampling_variance(a, b);
	sum->lag_j += (last_w - first_w) * domain->update_s / 2;
	sum->scale_j += domain->scale_err * energy_j;
	sum->prov = energy_prov_min(sum->prov, energy_prov_min(a->prov, b->prov));
	sum->parts++;
}

static bool suspended(const EdgeMachine *begin, const EdgeMachine *end)
{
	int64_t slept_ns = end->boot_minus_mono_ns - begin->boot_minus_mono_ns;

	return slept_ns > SUSPEND_NS || slept_ns < -SUSPEND_NS;
}

static uint32_t mains_flags(const EdgeMachine *begin, const EdgeMachine *end)
{
	return begin->ac_changes != end->ac_changes ? ENERGY_AC_CHANGED : 0;
}

/* The sum over the headline; false when there is none, or not the same at both edges (then
 * LOST). */
static bool headline_sum(const EdgeReply *begin, const EdgeReply *end, Sum *sum)
{
	uint32_t twins;

	*sum = (Sum){ .prov = ENERGY_MEASURED };
	if (begin->headline < 0 && end->headline < 0)
		return false;
	if (!same_headline(begin, end)) {
		sum->flags = ENERGY_LOST;
		return false;
	}
	sum->flags = suspended(&begin->machine, &end->machine) ? ENERGY_SUSPENDED : 0;
	sum->flags |= mains_flags(&begin->machine, &end->machine);
	twins = edge_twins(begin->domain, begin->reading, end->reading, (int)begin->domains);
	for (uint32_t k = 0; k < begin->headline_count; k++) {
		int i = begin->headline + (int)k;
		uint32_t marks = begin->reading[i].flags | end->reading[i].flags;
		if (twins >> i & 1u || marks & ENERGY_DUPLICATE)
			sum->flags |= ENERGY_DUPLICATE;
		else if (!contained(begin, i))
			sum_domain(sum, begin, end, i);
	}
	return sum->parts > 0;
}

void joules_bars(Joules *joules)
{
	const JouleParts *u = &joules->u;
	double own = u->unit_j * u->unit_j + u->edges_j * u->edges_j + u->idle_j * u->idle_j;
	double half_j = ENERGY_Z95 * sqrt(own + u->scale_j * u->scale_j);

	joules->low = joules->value + u->lag_j - half_j;
	joules->high = joules->value + u->lag_j + half_j;
}

void edge_step(const EdgeReply *begin, const EdgeReply *end, Joules *out)
{
	Sum sum;
	bool any = headline_sum(begin, end, &sum);

	joules_none(out);
	out->flags = sum.flags;
	if (begin->headline < 0)
		return;
	out->scope = begin->domain[begin->headline].scope;
	text_format(out->source, sizeof out->source, "%s", begin->source);
	if (!any || sum.flags & ENERGY_VOID)
		return;
	out->value = sum.energy_j;
	out->scale_err = sum.energy_j > 0 ? sum.scale_j / sum.energy_j : 0;
	out->u = (JouleParts){
		.unit_j = sqrt(sum.unit_v),
		.edges_j = sqrt(sum.edges_v),
		.scale_j = sum.scale_j,
		.lag_j = sum.lag_j,
	};
	out->prov = sum.prov;
	joules_bars(out);
}

void edge_joules(const EdgeReply *begin, const EdgeReply *end, Joules *out)
{
	edge_step(begin, end, out);
	if (out->value != 0)
		return;
	out->value = out->low = out->high = NAN;
	out->u = (JouleParts){ .unit_j = 0 };
	out->prov = ENERGY_NONE;
	out->flags |= ENERGY_LOST;
}

double edge_watts(EdgeWatts *watts, const EnergyDomain *domain, const Reading *now)
{
	double span_s = (double)(now->t_ns - watts->t_ns) * 1e-9;
	double least_s = fmax(WATTS_UPDATES * domain->update_s, WATTS_LEAST_S);
	uint32_t events = now->multiwraps + now->resets + now->gaps;
	bool whole = watts->t_ns && events == watts->events && span_s <= WATTS_MOST_S;

	if (whole && span_s < least_s)
		return watts->watts;
	watts->watts = whole ? (now->energy_j - watts->energy_j) / span_s : 0;
	watts->energy_j = now->energy_j;
	watts->t_ns = now->t_ns;
	watts->events = events;
	if (!(watts->watts > 0))
		watts->watts = 0;
	return watts->watts;
}

/* "cpu  user nice system idle iowait irq softirq steal …" in ticks; guest time is in user
 * already. */
void edge_machine(const EnergyOs *os, int stat_fd, EdgeMachine *out)
{
	char text[256], *at = text + 4;
	int64_t ticks[8], tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	ssize_t n = -1;

	*out = (EdgeMachine){ .busy_ns = -1, .steal_ns = -1, .capacity_ns = -1 };
	out->boot_minus_mono_ns = os->boot_ns(os) - os->now_ns(os);
	if (stat_fd >= 0)
		n = os->pread(os, stat_fd, text, sizeof text - 1, 0);
	if (n < 5 || memcmp(text, "cpu ", 4) != 0)
		return;
	text[n] = '\0';
	for (int i = 0; i < 8; i++) {
		char *end;
		ticks[i] = strtoll(at, &end, 10);
		if (end == at || ticks[i] < 0)
			return;
		at = end;
	}
	out->busy_ns = (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * tick_ns;
	out->steal_ns = ticks[7] * tick_ns;
	out->capacity_ns = out->busy_ns + out->steal_ns + (ticks[3] + ticks[4]) * tick_ns;
}

bool edge_judged(const EdgeMachine *begin, const EdgeMachine *end)
{
	int64_t tick_ns = CLOCK_NS_PER_S / sysconf(_SC_CLK_TCK);

	return begin->capacity_ns >= 0 && end->capacity_ns >= 0 &&
	       end->capacity_ns - begin->capacity_ns >= EDGE_TICKS_MIN * tick_ns;
}

uint32_t edge_gates(const EdgeMachine *begin, const EdgeMachine *end, double own_cpu_s)
{
	uint32_t flags = (suspended(begin, end) ? ENERGY_SUSPENDED : 0) | mains_flags(begin, end);
	double capacity_s = (double)(end->capacity_ns - begin->capacity_ns) * 1e-9;
	double steal_s = (double)(end->steal_ns - begin->steal_ns) * 1e-9;
	double foreign_s = (double)(end->busy_ns - begin->busy_ns) * 1e-9 - own_cpu_s;

	if (!edge_judged(begin, end))
		return flags;
	if (steal_s > EDGE_STEAL_SHARE * capacity_s || foreign_s > EDGE_FOREIGN_SHARE * capacity_s)
		flags |= ENERGY_CONTENDED;
	return flags;
}

void edge_climate(const EdgeMachine *begin, const EdgeMachine *end, EdgeClimate *out)
{
	double span_s = (double)(end->held_ns - begin->held_ns) * 1e-9;

	*out = (EdgeClimate){ .temperature_c = NAN, .frequency_hz = NAN };
	if (!(span_s > 0))
		return;
	out->temperature_c = (end->temperature_cs - begin->temperature_cs) / span_s;
	out->frequency_hz = (end->frequency_hzs - begin->frequency_hzs) / span_s;
}

uint32_t edge_drift(const EdgeClimate *first, const EdgeClimate *now)
{
	bool warmer = fabs(now->temperature_c - first->temperature_c) > WARMER_C;
	bool faster = fabs(now->frequency_hz / first->frequency_hz - 1) > FASTER_SHARE;

	return warmer || faster ? ENERGY_CONTENDED : 0;
}
