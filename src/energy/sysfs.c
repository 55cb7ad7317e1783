/* Reads and parses the small files of /sys and /proc.
 * SPDX-License-Identifier: MIT */
#include "energy/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool sysfs_text(const EnergyOs *os, const char *path, char *out, size_t cap, Why *why)
{
	int fd = os->open(os, path, O_RDONLY | O_NONBLOCK);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return why_set(why, errno, "", "open(%s)", path);
	do {
		n = os->read(os, fd, out + used, cap - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0 && used < cap);
	if (n < 0)
		why_set(why, errno, "", "read(%s)", path);
	else if (used == cap)
		n = -1, why_set(why, EOVERFLOW, "", "read(%s)", path);
	os->close(os, fd);
	if (n < 0)
		return false;
	while (used > 0 && strchr(" \t\n", out[used - 1]))
		used--;
	out[used] = '\0';
	return true;
}

/* The number at *text up to the first other character; *text goes behind it. */
static bool number_take(const char **text, uint64_t *out)
{
	const char *at = *text;
	unsigned base = 10;
	uint64_t value = 0;
	size_t digits = 0;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
		base = 16;
		at += 2;
	}
	for (;; at++, digits++) {
		static const char hex[] = "0123456789abcdefABCDEF";
		const char *digit = *at ? strchr(hex, *at) : NULL;
		unsigned d = digit ? (unsigned)(digit - hex) : 99;
		d -= d >= 16 && d < 22 ? 6 : 0;
		if (d >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return false;
	}
	*text = at;
	*out = value;
	return digits > 0;
}

bool sysfs_u64(const char *text, uint64_t *out)
{
	return number_take(&text, out) && *text == '\0';
}

bool sysfs_scale(const char *text, double *out)
{
	char *end;

	if (!*text || strspn(text, "0123456789.eE+-") != strlen(text))
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out) && *out > 0;
}

int sysfs_cpus(const char *text, int *cpus, int max)
{
	int count = 0;
	uint64_t next = 0; /* the lowest number that may follow */

	for (;;) {
		uint64_t first, last;
		if (!number_take(&text, &first))
			return -1;
		last = first;
		if (*text == '-' && (text++, !number_take(&text, &last)))
			return -1;
		if (first < next || last < first || last >= SYSFS_CPU_MAX ||
		    last - first >= (uint64_t)(max - count))
			return -1;
		for (uint64_t cpu = first; cpu <= last; cpu++)
			cpus[count++] = (int)cpu;
		next = last + 1;
		if (*text == '\0')
			return count;
		if (*text++ != ',')
			return -1;
	}
}

bool sysfs_event(const char *text, uint64_t *config)
{
	static const struct {
		const char *name;
		unsigned shift;
		uint64_t most;
	} terms[] = {
		{ "event=", 0, 0xff },
		{ "umask=", 8, 0xff },
		{ "config=", 0, UINT64_MAX },
	};
	unsigned seen = 0;

	*config = 0;
	for (;;) {
		uint64_t value;
		size_t i = 0;
		while (i < 3 && strncmp(text, terms[i].name, strlen(terms[i].name)) != 0)
			i++;
		if (i == 3 || seen >> i & 1u)
			return false;
		seen |= 1u << i;
		text += strlen(terms[i].name);
		if (!number_take(&text, &value) || value > terms[i].most)
			return false;
		*config |= value << terms[i].shift;
		if (*text == '\0')
			return seen == 4 || !(seen & 4);
		if (*text++ != ',')
			return false;
	}
}
