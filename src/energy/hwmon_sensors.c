/* Finds, opens and reads the energy and power sensors of /sys/class/hwmon.
 * SPDX-License-Identifier: MIT */
#include "energy/hwmon_sensors.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define HWMON_ROOT "/sys/class/hwmon"
#define LISTING_BYTES 16384
#define RAW 1e-6 /* microwatts and microjoules */

#define ABSENT_FIX "a virtual machine has none; on hardware: sensors-detect (lm-sensors)"
#define UNKNOWN_FIX "what it measures is not known; a program can print it: --energy external:PATH"
#define EACCES_FIX "chmod a+r on that file; a udev rule with RUN+= does it at each start"

typedef struct HwmonRow {
	const char *chip, *label; /* label: how it begins; NULL: any, or none */
	EnergyScope scope;
	int rank;         /* of one chip and scope the lowest counts: one sensor holds the other */
	double scale_err; /* assumed */
	double unit_j, update_s; /* of an energy counter (assumed where not AMD's) */
} HwmonRow;

/* The first row that fits counts. */
static const HwmonRow rows[] = {
	{ "amd_energy", "Esocket", ENERGY_PKG, 0, 0.15, 15.3e-6, 1e-3 },
	{ "aem1", NULL, ENERGY_SYSTEM, 0, 0.10, 1e-3, 1 },
	{ "aem2", NULL, ENERGY_SYSTEM, 0, 0.10, 1e-3, 1 },
	{ "amdgpu", "slowPPT", ENERGY_PKG, 0, 0.10, 61e-6, 0.1 },
	{ "amdgpu", "fastPPT", ENERGY_PKG, 1, 0.10, 61e-6, 0.1 },
	{ "amdgpu", NULL, ENERGY_GPU, 0, 0.10, 61e-6, 0.1 },
	{ "i915", NULL, ENERGY_GPU, 0, 0.10, 61e-6, 0.1 },
	{ "xe", "card", ENERGY_GPU, 0, 0.10, 61e-6, 0.1 },
	{ "xe", NULL, ENERGY_GPU, 1, 0.10, 61e-6, 0.1 },
	{ "nouveau", NULL, ENERGY_GPU, 0, 0.10, 61e-6, 0.1 },
	{ "fam15h_power", NULL, ENERGY_PKG, 0, 0.15, 61e-6, 0.1 },
	{ "zenpower", "SVI2_P_Core", ENERGY_CORE, 0, 0.15, 61e-6, 0.1 },
	{ "apm_xgene", "CPU power", ENERGY_PKG, 0, 0.10, 61e-6, 0.1 },
	{ "ibmpowernv", "System", ENERGY_SYSTEM, 0, 0.10, 1e-3, 1 },
	{ "p9_occ", "system", ENERGY_SYSTEM, 0, 0.10, 1e-3, 1 },
	{ "macsmc_hwmon", "Total System Power", ENERGY_SYSTEM, 0, 0.10, 1e-3, 1 },
	{ "corsairpsu", "power total", ENERGY_BOARD, 0, 0.10, 1e-3, 1 },
	{ "power_meter", NULL, ENERGY_SYSTEM, 0, 0.10, 1e-3, 1 },
};

typedef struct Sensor {
	char path[96], chip[24], label[24], name[24]; /* name: "power1" */
	int number, fd;                               /* of hwmonN */
	const HwmonRow *row;
	bool averaged;
	double update_s;
	uint64_t raw;
} Sensor;

typedef struct Hwmon {
	Tracks tracks;
	HwmonWhat what;
	int sensors;
	Sensor sensor[ENERGY_DOMAINS_MAX];
	bool failed[ENERGY_SYSTEM + 1]; /* scopes that are left out */
	Why first;                      /* what failed first */
	char unknown[64];               /* a sensor of a driver that is not in rows */
} Hwmon;

static bool fail_first(Hwmon *h, const Why *why)
{
	if (!h->first.step[0])
		h->first = *why;
	return false;
}

/* True when line is one of the lines of text. */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static const HwmonRow *row_of(const char *chip, const char *label)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].chip, chip) == 0 &&
		    (!rows[i].label || strncmp(label, rows[i].label, strlen(rows[i].label)) == 0))
			return &rows[i];
	return NULL;
}

static bool chip_known(const char *chip)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].chip, chip) == 0)
			return true;
	return false;
}

/* Whether a file holds a value of the kind that is wanted; name gets "power1" of it. */
static bool value_file(const Hwmon *h, const char *listing, const char *file, char name[24])
{
	const char *kind = h->what == HWMON_ENERGY ? "energy" : "power";
	size_t len = strlen(kind),
	       digits = strspn(file + (strncmp(file, kind, len) ? 0 : len), "0123456789");
	const char *rest = file + len + digits;
	char average[40];

	if (strncmp(file, kind, len) != 0 || digits < 1 || digits > 4)
		return false;
	text_format(name, 24, "%.*s", (int)(len + digits), file);
	text_format(average, sizeof average, "%s_average", name);
	if (strcmp(rest, "_input") == 0)
		return h->what == HWMON_ENERGY || !has_line(listing, average);
	return h->what != HWMON_ENERGY && strcmp(rest, "_average") == 0;
}

/* Seconds from a file of milliseconds; 1 s (assumed) where there is none. */
static bool interval(const Hwmon *h, const char *folder, const char *file, double *out, Why *why)
{
	char path[128], text[32];
	uint64_t ms;
	Why ignored;

	*out = 1;
	text_format(path, sizeof path, "%s/%s", folder, file);
	if (!sysfs_text(h->tracks.os, path, text, sizeof text, &ignored))
		return true;
	if (!sysfs_u64(text, &ms) || ms > 3600000)
		return why_set(why, EINVAL, "", "parse(%s)", path);
	*out = fmax((double)ms * 1e-3, 1e-3);
	return true;
}

static bool sensor_update(const Hwmon *h, Sensor *sensor, const char *folder, Why *why)
{
	char file[48];

	if (h->what == HWMON_ENERGY) {
		sensor->update_s = sensor->row->update_s;
		return true;
	}
	text_format(file, sizeof file, "%s_average_interval", sensor->name);
	return interval(h, folder, sensor->averaged ? file : "update_interval", &sensor->update_s,
			why);
}

static bool raw_read(const EnergyOs *os, const Sensor *sensor, uint64_t *raw, Why *why)
{
	EnergyHandle handle = { .fd = sensor->fd, .kind = ENERGY_HANDLE_TEXT };

	return energy_handle_read(os, &handle, raw) ||
	       why_set(why, errno, "", "read(%s)", sensor->path);
}

static bool sensor_open(Hwmon *h, Sensor *sensor, const char *folder, Why *why)
{
	const EnergyOs *os = h->tracks.os;

	if (!sensor_update(h, sensor, folder, why))
		return false;
	sensor->fd = os->open(os, sensor->path, O_RDONLY | O_NONBLOCK);
	if (sensor->fd < 0)
		return why_set(why, errno, errno == EACCES ? EACCES_FIX : "", "open(%s)",
			       sensor->path);
	if (raw_read(os, sensor, &sensor->raw, why))
		return true;
	os->close(os, sensor->fd);
	return false;
}

/* One value file of a chip: opened and kept, or passed over, or its scope is given up. */
static void sensor_try(Hwmon *h, const Sensor *chip, const char *folder, const char *file)
{
	Sensor sensor = *chip;
	char path[128];
	Why why, ignored;

	sensor.averaged = strstr(file, "_average") != NULL;
	text_format(path, sizeof path, "%s/%s_label", folder, chip->name);
	if (!sysfs_text(h->tracks.os, path, sensor.label, sizeof sensor.label, &ignored))
		sensor.label[0] = '\0';
	sensor.row = row_of(sensor.chip, sensor.label);
	if (!sensor.row) {
		if (!chip_known(sensor.chip))
			text_format(h->unknown, sizeof h->unknown, "hwmon%d %s has %s",
				    sensor.number, sensor.chip, file);
		return;
	}
	text_format(sensor.path, sizeof sensor.path, "%s/%s", folder, file);
	if (h->sensors == ENERGY_DOMAINS_MAX)
		why_set(&why, E2BIG, "", "more than %d sensors in " HWMON_ROOT, ENERGY_DOMAINS_MAX);
	else if (sensor_open(h, &sensor, folder, &why)) {
		h->sensor[h->sensors++] = sensor;
		return;
	}
	h->failed[sensor.row->scope] = true;
	fail_first(h, &why);
}

/* The values of hwmonN. Old drivers have their files in its folder device. */
static void chip_try(Hwmon *h, int number)
{
	char folder[64], path[80], listing[LISTING_BYTES], *end;
	Sensor chip = { .number = number, .fd = -1 };
	Why why;

	text_format(folder, sizeof folder, HWMON_ROOT "/hwmon%d", number);
	text_format(path, sizeof path, "%s/name", folder);
	if (!sysfs_text(h->tracks.os, path, chip.chip, sizeof chip.chip, &why)) {
		text_format(folder, sizeof folder, HWMON_ROOT "/hwmon%d/device", number);
		text_format(path, sizeof path, "%s/name", folder);
		if (!sysfs_text(h->tracks.os, path, chip.chip, sizeof chip.chip, &why))
			return;
	}
	if ((strcmp(chip.chip, "power_meter") == 0) != (h->what == HWMON_ACPI))
		return;
	if (h->tracks.os->list(h->tracks.os, folder, listing, sizeof listing) != 0) {
		why_set(&why, errno, "", "opendir(%s)", folder);
		fail_first(h, &why);
		return;
	}
	for (char *at = listing; (end = strchr(at, '\n')); at = end + 1) {
		char file[40];
		if ((size_t)(end - at) >= sizeof file)
			continue;
		text_format(file, sizeof file, "%.*s", (int)(end - at), at);
		if (value_file(h, listing, file, chip.name))
			sensor_try(h, &chip, folder, file);
	}
}

static int chips_find(Hwmon *h, Why *why)
{
	char names[LISTING_BYTES], *end;
	int chips = 0;

	if (h->tracks.os->list(h->tracks.os, HWMON_ROOT, names, sizeof names) != 0) {
		why_set(why, errno, ABSENT_FIX, "opendir(" HWMON_ROOT ")");
		return -1;
	}
	for (char *at = names; (end = strchr(at, '\n')); at = end + 1) {
		uint64_t number;
		*end = '\0';
		if (strncmp(at, "hwmon", 5) != 0 || !sysfs_u64(at + 5, &number) || number > 9999)
			continue;
		chip_try(h, (int)number);
		chips++;
	}
	return chips;
}

static void sensor_drop(Hwmon *h, int i)
{
	h->tracks.os->close(h->tracks.os, h->sensor[i].fd);
	h->sensors--;
	memmove(&h->sensor[i], &h->sensor[i + 1], (size_t)(h->sensors - i) * sizeof h->sensor[0]);
}

/* Of one chip and scope only the lowest rank stays; of a scope that failed nothing. */
static void sensors_choose(Hwmon *h)
{
	for (int i = h->sensors - 1; i >= 0; i--) {
		const Sensor *a = &h->sensor[i];
		bool drop = h->failed[a->row->scope];
		for (int j = 0; j < h->sensors; j++)
			drop |= h->sensor[j].number == a->number &&
				h->sensor[j].row->scope == a->row->scope &&
				h->sensor[j].row->rank < a->row->rank;
		if (drop)
			sensor_drop(h, i);
	}
}

static int sensor_order(const void *a, const void *b)
{
	const Sensor *x = a, *y = b;

	if (x->row->scope != y->row->scope)
		return track_order(x->row->scope) - track_order(y->row->scope);
	if (x->number != y->number)
		return x->number - y->number;
	return strcmp(x->path, y->path);
}

/* Begins to follow every sensor that was kept. One that says what cannot be ends it. */
static bool sensors_start(Hwmon *h, Why *why)
{
	qsort(h->sensor, (size_t)h->sensors, sizeof h->sensor[0], sensor_order);
	h->tracks.count = h->sensors;
	for (int i = 0; i < h->sensors; i++) {
		const Sensor *sensor = &h->sensor[i];
		Track *track = &h->tracks.track[i];
		bool power = h->what != HWMON_ENERGY;
		track->domain = (EnergyDomain){
			.scope = sensor->row->scope,
			.parent = -1,
			.unit_j = power ? RAW : sensor->row->unit_j,
			.update_s = sensor->update_s,
			.max_w = track_max_w(sensor->row->scope),
			.scale_err = sensor->row->scale_err,
			.poll_s = power ? 0.1 : 0,
		};
		text_format(track->domain.id, sizeof track->domain.id, "%s%d/%s", sensor->chip,
			    sensor->number, *sensor->label ? sensor->label : sensor->name);
		track->prov = ENERGY_MEASURED;
		track->raw_w = power ? RAW : 0;
		track->count.raw_j = RAW;
		if (!track_start(&h->tracks, track, sensor->raw, sensor->averaged, why))
			return false;
	}
	tracks_contain(&h->tracks);
	return true;
}

static bool hwmon_find(Hwmon *h, Why *why)
{
	int chips = chips_find(h, why);

	if (chips < 0)
		return false;
	sensors_choose(h);
	if (h->sensors > 0) {
		*why = h->first;
		return sensors_start(h, why);
	}
	if (h->first.step[0]) {
		*why = h->first;
		return false;
	}
	return why_set(why, ENOENT, *h->unknown ? UNKNOWN_FIX : ABSENT_FIX,
		       "no %s sensor of a known kind in " HWMON_ROOT "%s%s",
		       h->what == HWMON_ENERGY ? "energy" : "power", *h->unknown ? "; " : "",
		       h->unknown);
}

void *hwmon_sensors_open(const EnergyOs *os, HwmonWhat what, const char *source, Why *why)
{
	Hwmon *h = calloc(1, sizeof *h);

	if (!h) {
		why_set(why, ENOMEM, "", "calloc");
		return NULL;
	}
	h->tracks.os = os;
	h->tracks.source = source;
	h->what = what;
	if (hwmon_find(h, why))
		return h;
	hwmon_sensors_close(h);
	return NULL;
}

void hwmon_sensors_close(void *state)
{
	Hwmon *h = state;

	for (int i = 0; h && i < h->sensors; i++)
		h->tracks.os->close(h->tracks.os, h->sensor[i].fd);
	free(h);
}

static bool hwmon_value(void *state, int i, uint64_t *raw, Why *why)
{
	Hwmon *h = state;

	return raw_read(h->tracks.os, &h->sensor[i], raw, why);
}

bool hwmon_sensors_read(void *state, Reading *out, Err *err)
{
	return tracks_read(state, hwmon_value, out, err);
}

void hwmon_sensors_handle(void *state, int i, EnergyHandle *out, EnergyCount *count)
{
	const Hwmon *h = state;

	*out = (EnergyHandle){ .fd = h->sensor[i].fd, .kind = ENERGY_HANDLE_TEXT };
	*count = h->tracks.track[i].count;
}
