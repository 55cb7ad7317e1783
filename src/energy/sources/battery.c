/* Batteries: what the whole machine takes while it runs from them. Measured; power_now, or current
 * times voltage, integrated by the trapezoid at the meter's polls.
 *
 * Only while a battery discharges and nothing else feeds the machine; else there is nothing to
 * measure, and the domain is lost with the reason. Plugging in or out in mid-run is a gap, which
 * voids the window. All batteries of the machine are one domain: one after the other may
 * discharge. Those of a mouse or a headset (scope "Device") are none of ours. A current or power
 * may be below 0 while it discharges (Documentation/ABI/testing/sysfs-class-power).
 * SPDX-License-Identifier: MIT */
#include "energy/track.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define SUPPLY_ROOT "/sys/class/power_supply"
#define ABSENT_FIX "no battery here: only machines that run from one have this"
#define DENIED_FIX "chmod a+r on that file, by a udev rule with RUN+=, so that it lasts"
#define PLUG_FIX "pull the plug: a battery measures only while it discharges"
#define CELLS_MAX 8
#define FEEDS_MAX 8

typedef struct Cell {
	char name[40];
	int status, power, current, voltage; /* descriptors; power -1: current and voltage */
} Cell;

typedef struct Feed { /* mains, or a port that charges */
	char name[40];
	int online;
} Feed;

typedef struct Battery {
	Tracks tracks;
	int cells, feeds;
	Cell cell[CELLS_MAX];
	Feed feed[FEEDS_MAX];
} Battery;

static void supply_path(char out[128], const char *name, const char *file)
{
	text_format(out, 128, SUPPLY_ROOT "/%s/%s", name, file);
}

static bool supply_text(const Battery *b, const char *name, const char *file, char out[32])
{
	char path[128];
	Why ignored;

	supply_path(path, name, file);
	return sysfs_text(b->tracks.os, path, out, 32, &ignored);
}

static int supply_open(const Battery *b, const char *name, const char *file)
{
	char path[128];

	supply_path(path, name, file);
	return b->tracks.os->open(b->tracks.os, path, O_RDONLY | O_NONBLOCK);
}

/* An open file again, without closing white space. */
static bool again(const Battery *b, int fd, const char *name, const char *file, char out[32],
		  Why *why)
{
	ssize_t n = b->tracks.os->pread(b->tracks.os, fd, out, 31, 0);

	if (n < 0)
		return why_set(why, errno, "", "read(" SUPPLY_ROOT "/%s/%s)", name, file);
	while (n > 0 && strchr(" \t\n", out[n - 1]))
		n--;
	out[n] = '\0';
	return true;
}

/* The amount of a figure that may be below 0. */
static bool amount(const Battery *b, int fd, const char *name, const char *file, uint64_t *out,
		   Why *why)
{
	char text[32];

	if (!again(b, fd, name, file, text, why))
		return false;
	return sysfs_u64(text + (text[0] == '-'), out) ||
	       why_set(why, EINVAL, "", "parse(" SUPPLY_ROOT "/%s/%s)", name, file);
}

static bool cell_microwatts(const Battery *b, const Cell *cell, uint64_t *out, Why *why)
{
	uint64_t ua, uv, product;

	if (cell->power >= 0)
		return amount(b, cell->power, cell->name, "power_now", out, why);
	if (!amount(b, cell->current, cell->name, "current_now", &ua, why) ||
	    !amount(b, cell->voltage, cell->name, "voltage_now", &uv, why))
		return false;
	if (__builtin_mul_overflow(ua, uv, &product))
		return why_set(why, ERANGE, "", "%s: current_now times voltage_now", cell->name);
	*out = product / 1000000;
	return true;
}

/* False, with the reason, while something else than a battery feeds the machine. */
static bool discharging(const Battery *b, Why *why)
{
	char text[32];
	int out = 0;

	for (int i = 0; i < b->feeds; i++) {
		if (!again(b, b->feed[i].online, b->feed[i].name, "online", text, why))
			return false;
		if (strcmp(text, "0") != 0)
			return why_set(why, 0, PLUG_FIX, "%s is online", b->feed[i].name);
	}
	for (int i = 0; i < b->cells; i++) {
		if (!again(b, b->cell[i].status, b->cell[i].name, "status", text, why))
			return false;
		if (strcmp(text, "Charging") == 0)
			return why_set(why, 0, PLUG_FIX, "%s is Charging", b->cell[i].name);
		out += strcmp(text, "Discharging") == 0;
	}
	if (out == 0)
		return why_set(why, 0, PLUG_FIX, "%s is %s, not Discharging", b->cell[0].name,
			       *text ? text : "of no status");
	return true;
}

/* Microwatts of all batteries that discharge. */
static bool battery_value(void *state, int i, uint64_t *raw, Why *why)
{
	Battery *b = state;
	char text[32];

	(void)i;
	*raw = 0;
	if (!discharging(b, why)) {
		energy_power_gap(&b->tracks.track[0].power);
		return false;
	}
	for (int k = 0; k < b->cells; k++) {
		uint64_t uw;
		if (!again(b, b->cell[k].status, b->cell[k].name, "status", text, why))
			return false;
		if (strcmp(text, "Discharging") != 0)
			continue;
		if (!cell_microwatts(b, &b->cell[k], &uw, why))
			return false;
		if (__builtin_add_overflow(*raw, uw, raw))
			return why_set(why, ERANGE, "", "the sum of the batteries");
	}
	return *raw > 0 ||
	       why_set(why, ENODATA, "", "%s discharges, and says 0 W", b->cell[0].name);
}

static bool cell_open(Battery *b, const char *name, Why *why)
{
	Cell *cell = &b->cell[b->cells];

	*cell = (Cell){ .current = -1, .voltage = -1 };
	text_format(cell->name, sizeof cell->name, "%s", name);
	cell->power = -1;
	cell->status = supply_open(b, name, "status");
	if (cell->status < 0)
		return why_set(why, errno, errno == EACCES ? DENIED_FIX : "",
			       "open(" SUPPLY_ROOT "/%s/status)", name);
	b->cells++; /* from here on closing it is battery_close's business */
	cell->power = supply_open(b, name, "power_now");
	if (cell->power >= 0)
		return true;
	if (errno != ENOENT)
		return why_set(why, errno, errno == EACCES ? DENIED_FIX : "",
			       "open(" SUPPLY_ROOT "/%s/power_now)", name);
	cell->current = supply_open(b, name, "current_now");
	cell->voltage = cell->current < 0 ? -1 : supply_open(b, name, "voltage_now");
	return cell->voltage >= 0 || why_set(why, errno, "", "open(" SUPPLY_ROOT "/%s/%s)", name,
					     cell->current < 0 ? "current_now" : "voltage_now");
}

/* One power supply: a battery of the machine, something that feeds it, or neither. */
static bool supply_add(Battery *b, const char *name, Why *why)
{
	char type[32], scope[32];

	if (!supply_text(b, name, "type", type) ||
	    (supply_text(b, name, "scope", scope) && strcmp(scope, "Device") == 0))
		return true;
	if (strcmp(type, "Battery") == 0)
		return b->cells < CELLS_MAX
			       ? cell_open(b, name, why)
			       : why_set(why, E2BIG, "", "more than %d batteries", CELLS_MAX);
	if (b->feeds == FEEDS_MAX)
		return why_set(why, E2BIG, "", "more than %d supplies", FEEDS_MAX);
	text_format(b->feed[b->feeds].name, sizeof b->feed[0].name, "%s", name);
	b->feed[b->feeds].online = supply_open(b, name, "online");
	b->feeds += b->feed[b->feeds].online >= 0;
	return true;
}

static bool supplies_add(Battery *b, Why *why)
{
	char names[4096], *end;

	if (b->tracks.os->list(b->tracks.os, SUPPLY_ROOT, names, sizeof names) != 0)
		return why_set(why, errno, ABSENT_FIX, "opendir(" SUPPLY_ROOT ")");
	for (char *at = names; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		if (strlen(at) < sizeof b->cell[0].name && !supply_add(b, at, why))
			return false;
	}
	return b->cells > 0 || why_set(why, ENOENT, ABSENT_FIX, "no battery in " SUPPLY_ROOT);
}

static void battery_close(void *state)
{
	Battery *b = state;

	if (!b)
		return;
	for (int i = 0; i < b->cells; i++) {
		const int fds[] = { b->cell[i].status, b->cell[i].power, b->cell[i].current,
				    b->cell[i].voltage };
		for (int k = 0; k < 4; k++)
			if (fds[k] >= 0)
				b->tracks.os->close(b->tracks.os, fds[k]);
	}
	for (int i = 0; i < b->feeds; i++)
		b->tracks.os->close(b->tracks.os, b->feed[i].online);
	free(b);
}

static Battery *battery_new(const EnergyOs *os, Why *why)
{
	Battery *b = calloc(1, sizeof *b);
	uint64_t raw;

	if (!b) {
		why_set(why, ENOMEM, "", "calloc");
		return NULL;
	}
	b->tracks = (Tracks){ .os = os, .source = "battery", .count = 1 };
	b->tracks.track[0] = (Track){
		.domain = { .id = "battery",
			    .scope = ENERGY_SYSTEM,
			    .parent = -1,
			    .unit_j = 1e-6,
			    .update_s = 2, /* assumed: controllers take 1 to several seconds */
			    .max_w = 500,
			    .scale_err = 0.05,
			    .poll_s = 1 },
		.prov = ENERGY_MEASURED,
		.raw_w = 1e-6,
	};
	if (supplies_add(b, why) && battery_value(b, 0, &raw, why) &&
	    track_start(&b->tracks, &b->tracks.track[0], raw, false, why))
		return b;
	battery_close(b);
	return NULL;
}

static bool battery_probe(const EnergyOs *os, Why *why)
{
	Battery *b = battery_new(os, why);

	battery_close(b);
	return b != NULL;
}

static void *battery_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	Battery *b = battery_new(os, why);
	char text[192];

	(void)arg;
	if (!b)
		err_set(err, ERR_NEED, "battery: %s", why_text(why, text));
	return b;
}

static bool battery_read(void *state, Reading *out, Err *err)
{
	return tracks_read(state, battery_value, out, err);
}

const EnergySource energy_battery = {
	.info = { .name = "battery",
		  .title = "battery",
		  .about = "What the whole machine takes from its batteries, while nothing else "
			   "feeds it." },
	.place = ENERGY_IN_METER,
	.probe = battery_probe,
	.open = battery_open,
	.domains = tracks_domains,
	.read = battery_read,
	.close = battery_close,
};
