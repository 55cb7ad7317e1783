/* A meter outside the machine that prints a line for each reading: --energy external:PATH, the path
 * of a serial line, a FIFO or a file that a program appends to. Measured.
 *
 * The form of the lines is meter_line.h's. Watts are integrated by the trapezoid; joules and
 * watt-hours are taken as a counter. Which of the two is decided by the first line; lines of the
 * other kind, and lines that cannot be read, count as silence. Lines that came before the meter was
 * opened are passed over.
 *
 * A reading holds the energy up to the newest line: it lags by up to one period, which the
 * windows' uncertainty accounts for (update_s). The period is that seen so far. After three
 * periods (and 1 s) without a line the reading is STALE, after ten (and 3 s) it is LOST. Times of
 * the meter's own clock are used for what lies between two lines; without them the times of
 * arrival, lines that arrived together spread evenly.
 *
 * A serial line is used as it is set: stty -F PATH 9600 raw -echo.
 * SPDX-License-Identifier: MIT */
#include "energy/meter_line.h"
#include "energy/track.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LINE_BYTES 128
#define CHUNK 4096
#define CHUNKS_AT_ONCE 16 /* of 4096 bytes; no meter says more between two reads */
#define CHUNKS_BEFORE 256 /* that may lie there from before */
#define LINES_AT_ONCE 64
#define FIRST_WAIT_MS 4000 /* for two lines; the reader of the meter's records waits 5 s */
#define PERIOD_LEAST_S 0.01
#define STALE_PERIODS 3 /* and at least a second: a busy machine lets programs wait */
#define STALE_LEAST_S 1.0
#define LOST_PERIODS 10
#define LOST_LEAST_S 3.0
#define DRIFT 1e-4
#define LINE_FIX                                                                                   \
	"a line is [SECONDS] NUMBER UNIT, as in 12.5 W or 3.2 kJ; wattle-energy(7); serial line: " \
	"stty -F PATH 9600 raw -echo"
#define DENIED_FIX "join the group that owns it (serial lines: dialout), or chmod it"

typedef struct External {
	const EnergyOs *os;
	int fd;
	char text[LINE_BYTES]; /* of a line that has not ended yet */
	size_t used;
	bool skip;                  /* until the line ends: it is a rest, or too long */
	enum MeterLineKind kind;    /* EMPTY: no line yet */
	int64_t line_ns, sample_ns; /* newest line: arrival; our time of its value */
	double meter_s, offset_s;   /* its own time; the least that arrivals were behind that */
	double period_s;
	uint64_t lines;
	double joules; /* last value of the counter */
	double sum_j;  /* since open */
	uint32_t resets;
	EnergyDomain domain;
	EnergyPower power;
	char wrong[96]; /* the last line that was not taken, and why; "": none since a good one */
} External;

/* --- lines ------------------------------------------------------------------------------------ */

/* Our time of a value: that of the meter's clock, put on ours by the least delay seen, or that of
 * arrival. Never before the last one, never after arrival. */
static int64_t sample_time(External *e, const MeterLine *line, int64_t arrival_ns)
{
	double arrival_s = (double)arrival_ns * 1e-9, at_s = arrival_s;

	if (!isnan(line->time_s)) {
		double offset_s = arrival_s - line->time_s;
		bool jumped = isnan(e->meter_s) || line->time_s < e->meter_s ||
			      offset_s - e->offset_s > STALE_PERIODS * e->period_s;
		if (!jumped) /* its clock may be slower than ours, though not by much */
			e->offset_s += DRIFT * (line->time_s - e->meter_s);
		e->offset_s = jumped ? offset_s : fmin(e->offset_s, offset_s);
		at_s = line->time_s + e->offset_s;
	}
	e->meter_s = line->time_s;
	if (e->lines > 0 && at_s * 1e9 < (double)e->sample_ns)
		return e->sample_ns;
	return at_s < arrival_s ? (int64_t)(at_s * 1e9) : arrival_ns;
}

static void count_joules(External *e, double joules, double span_s)
{
	double step_j = joules - e->joules;

	if (step_j < 0 || step_j > 1.5 * e->domain.max_w * (span_s + e->domain.update_s))
		e->resets++;
	else
		e->sum_j += step_j;
	e->joules = joules;
}

/* What is wrong with a value, NULL when nothing is. */
static const char *value_wrong(const External *e, const MeterLine *line)
{
	if (e->lines > 0 && line->kind != e->kind)
		return e->kind == METER_LINE_WATTS ? "it said watts before"
						   : "it said joules before";
	if (line->kind == METER_LINE_WATTS && line->value > e->domain.max_w)
		return "more watts than are believed";
	return NULL;
}

/* The mean of the last ten or so; a silence is none. */
static void learn_period(External *e, double span_s)
{
	double weight = 1.0 / (double)(e->lines < 10 ? e->lines : 10);

	if (e->lines == 1 || span_s < LOST_PERIODS * e->period_s)
		e->period_s += weight * (span_s - e->period_s);
	e->period_s = fmax(e->period_s, PERIOD_LEAST_S);
	e->domain.update_s = e->period_s;
}

static void take_value(External *e, const MeterLine *line, int64_t arrival_ns)
{
	int64_t at_ns = sample_time(e, line, arrival_ns);
	double span_s = (double)(at_ns - e->sample_ns) * 1e-9;

	if (e->lines == 0) {
		e->kind = line->kind;
		e->joules = line->value;
		energy_power_start(&e->power, false, line->value, at_ns);
	} else {
		if (e->kind == METER_LINE_WATTS)
			energy_power_step(&e->power, &e->domain, line->value, at_ns);
		else
			count_joules(e, line->value, span_s);
		learn_period(e, span_s);
	}
	e->sample_ns = at_ns;
	e->line_ns = arrival_ns;
	e->lines++;
	e->wrong[0] = '\0';
}

static void take_line(External *e, int64_t arrival_ns)
{
	MeterLine line;
	const char *wrong;

	e->text[e->used] = '\0';
	wrong = strlen(e->text) == e->used ? meter_line_parse(e->text, &line) : "a NUL byte";
	if (!wrong && line.kind == METER_LINE_EMPTY)
		return;
	wrong = wrong ? wrong : value_wrong(e, &line);
	if (!wrong) {
		take_value(e, &line, arrival_ns);
		return;
	}
	for (size_t i = 0; i < e->used; i++) /* it goes to terminals and records */
		if (e->text[i] < ' ' || e->text[i] > '~')
			e->text[i] = '?';
	text_format(e->wrong, sizeof e->wrong, "%s: \"%.40s\"", wrong, e->text);
}

/* Puts bytes to the open line. Returns whether they ended one. */
static bool put_byte(External *e, char c)
{
	bool ended = c == '\n';

	if (!ended && e->used + 1 == sizeof e->text) {
		text_format(e->wrong, sizeof e->wrong, "a line of over %d bytes", LINE_BYTES - 2);
		e->skip = true;
		e->used = 0;
	}
	if (!ended && !e->skip)
		e->text[e->used++] = c;
	return ended;
}

static void take_bytes(External *e, const char *bytes, size_t size, int64_t now_ns)
{
	int64_t from_ns = e->lines ? e->line_ns : now_ns;
	int ends = 0, seen = 0;

	for (size_t i = 0; i < size; i++)
		ends += bytes[i] == '\n';
	for (size_t i = 0; i < size; i++) {
		if (!put_byte(e, bytes[i]))
			continue;
		seen++;
		if (!e->skip)
			take_line(e, from_ns + (int64_t)((double)(now_ns - from_ns) * seen / ends));
		e->skip = false;
		e->used = 0;
	}
}

/* All that has come. False with errno when it cannot be read any more. */
static bool external_drain(External *e, int chunks, bool keep)
{
	char bytes[CHUNK];
	ssize_t n = 0;

	for (int i = 0; i < chunks; i++) {
		n = e->os->read(e->os, e->fd, bytes, sizeof bytes);
		if (n <= 0)
			break;
		if (keep)
			take_bytes(e, bytes, (size_t)n, e->os->now_ns(e->os));
		else
			e->skip = bytes[n - 1] != '\n'; /* what follows is the rest of a line */
	}
	if (n > 0 && !keep)
		errno = EFBIG;
	return n == 0 || (n < 0 && errno == EAGAIN) || (n > 0 && keep);
}

/* --- the source ------------------------------------------------------------------------------- */

static void external_close(void *state)
{
	External *e = state;

	if (e && e->fd >= 0)
		e->os->close(e->os, e->fd);
	free(e);
}

/* Waits for two lines, so that what it measures, and how often, is known. One will do. */
static bool external_first(External *e, const char *path, Why *why)
{
	int64_t until_ns = e->os->now_ns(e->os) + FIRST_WAIT_MS * 1000000LL, now_ns;

	while (e->lines < 2 && (now_ns = e->os->now_ns(e->os)) < until_ns) {
		/* A FIFO that nobody writes to yet, and the end of a file, are always readable. */
		int wait_ms = (int)((until_ns - now_ns) / 1000000) + 1;
		size_t before = e->used + (size_t)e->lines;
		e->os->wait(e->os, e->fd, wait_ms);
		if (!external_drain(e, CHUNKS_AT_ONCE, true))
			return why_set(why, errno, "", "read(%.96s)", path);
		if (before == e->used + (size_t)e->lines)
			e->os->wait(e->os, -1, wait_ms < 20 ? wait_ms : 20);
	}
	if (e->lines > 0)
		return true;
	if (e->wrong[0])
		return why_set(why, EINVAL, LINE_FIX, "%s", e->wrong);
	return why_set(why, ETIMEDOUT, LINE_FIX, "no line within %d s from %.64s",
		       FIRST_WAIT_MS / 1000, path);
}

static bool external_start(External *e, const char *path, Why *why)
{
	if (!*path)
		return why_set(why, EINVAL, "--energy external:PATH", "no path was named");
	e->fd = e->os->open(e->os, path, O_RDONLY | O_NONBLOCK);
	if (e->fd < 0)
		return why_set(why, errno, errno == EACCES ? DENIED_FIX : LINE_FIX, "open(%.96s)",
			       path);
	if (!external_drain(e, CHUNKS_BEFORE, false))
		return why_set(why, errno, LINE_FIX, "read(%.96s)", path);
	return external_first(e, path, why);
}

static void *external_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	External *e = calloc(1, sizeof *e);
	char text[192];
	bool ok = e || why_set(why, ENOMEM, "", "calloc");

	if (e) {
		*e = (External){ .os = os, .fd = -1, .meter_s = NAN, .period_s = 1 };
		e->domain = (EnergyDomain){
			.id = "external",
			.scope = ENERGY_SYSTEM,
			.parent = -1,
			.unit_j = 1e-3,
			.update_s = 1,
			.max_w = track_max_w(ENERGY_SYSTEM),
			.scale_err = 0.01, /* assumed: what meters of this kind state */
			.poll_s = 0.1,
		};
	}
	ok = ok && external_start(e, arg, why);
	if (ok)
		return e;
	err_set(err, ERR_NEED, "external: %s", why_text(why, text));
	external_close(e);
	return NULL;
}

static bool external_probe(const EnergyOs *os, Why *why)
{
	(void)os;
	return why_set(why, 0, "--energy external:PATH, with the path of a meter that prints lines",
		       "only when it is asked for");
}

static int external_domains(void *state, EnergyDomain *out, int max)
{
	const External *e = state;

	if (max > 0)
		*out = e->domain;
	return max > 0;
}

static bool external_read(void *state, Reading *out, Err *err)
{
	External *e = state;
	int64_t before = e->os->now_ns(e->os), after;
	bool fine = external_drain(e, CHUNKS_AT_ONCE, true);
	int error = errno;
	double silent_s;

	after = e->os->now_ns(e->os);
	energy_reading(out, before, after);
	silent_s = (double)(after - e->line_ns) * 1e-9;
	if (!fine)
		return err_set(err, ERR_FILE, "external: read: %s (%d)", energy_errno_name(error),
			       error);
	if (silent_s > fmax(LOST_PERIODS * e->period_s, LOST_LEAST_S))
		return err_set(err, ERR_FILE, "external: no line for %.1f s%s%s", silent_s,
			       e->wrong[0] ? "; " : "", e->wrong);
	if (e->kind == METER_LINE_WATTS) {
		energy_power_reading(&e->power, ENERGY_MEASURED, out);
	} else {
		out->energy_j = e->sum_j;
		out->u_j = e->domain.unit_j / sqrt(6);
		out->prov = ENERGY_MEASURED;
		out->flags &= ~(uint32_t)ENERGY_LOST;
		out->resets = e->resets;
	}
	if (silent_s > fmax(STALE_PERIODS * e->period_s, STALE_LEAST_S))
		out->flags |= ENERGY_STALE;
	return true;
}

const EnergySource energy_external = {
	.info = { .name = "external",
		  .title = "external meter",
		  .about = "A meter outside the machine that prints watts or joules, one line a "
			   "reading." },
	.place = ENERGY_IN_METER,
	.on_request = "PATH",
	.probe = external_probe,
	.open = external_open,
	.domains = external_domains,
	.read = external_read,
	.close = external_close,
};
