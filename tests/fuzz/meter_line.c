/* Fuzzes the lines of an external meter, and the source that reads them: any bytes, in any pieces.
 * SPDX-License-Identifier: MIT */
#include "energy/meter_line.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "energy/energy.h"
#include "fuzz.h"

#define PIECE 23 /* bytes that come at once */

typedef struct Stream {
	const uint8_t *data;
	size_t size, at, until; /* until: what has come */
	int64_t now_ns;
} Stream;

static int stream_open(const EnergyOs *os, const char *path, int flags)
{
	(void)os;
	(void)path;
	(void)flags;
	return 3;
}

static int stream_close(const EnergyOs *os, int fd)
{
	(void)os;
	(void)fd;
	return 0;
}

static ssize_t stream_read(const EnergyOs *os, int fd, void *buffer, size_t size)
{
	Stream *stream = os->user;
	size_t n = stream->until - stream->at;

	(void)fd;
	n = n < size ? n : size;
	if (n)
		memcpy(buffer, stream->data + stream->at, n);
	stream->at += n;
	return (ssize_t)n;
}

static int64_t stream_now_ns(const EnergyOs *os)
{
	Stream *stream = os->user;

	return ++stream->now_ns;
}

static void stream_more(Stream *stream)
{
	size_t left = stream->size - stream->until;

	stream->now_ns += 200000000;
	stream->until += left < PIECE ? left : PIECE;
}

static bool stream_wait(const EnergyOs *os, int fd, int timeout_ms)
{
	(void)fd;
	(void)timeout_ms;
	stream_more(os->user);
	return true;
}

static void read_stream(const uint8_t *data, size_t size)
{
	const EnergySource *source = energy_source_find("external");
	Stream stream = { .data = data, .size = size };
	EnergyOs os = { .root = "",
			.open = stream_open,
			.close = stream_close,
			.read = stream_read,
			.now_ns = stream_now_ns,
			.wait = stream_wait,
			.user = &stream };
	EnergyDomain domain;
	Reading reading;
	Why why = { .error = 0 };
	Err err;
	double last_j = 0;
	void *meter = source->open(&os, "meter", &why, &err);

	require(meter || why.step[0]);
	while (meter && stream.until < size) {
		stream_more(&stream);
		source->read(meter, &reading, &err);
		require(source->domains(meter, &domain, 1) == 1 && domain.update_s > 0);
		if (isnan(reading.energy_j))
			continue;
		require(isfinite(reading.energy_j) && reading.energy_j >= last_j);
		require(isfinite(reading.u_j) && reading.u_j >= 0);
		last_j = reading.energy_j;
	}
	source->close(meter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	MeterLine line;
	const char *wrong;

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	wrong = meter_line_parse(text, &line);
	if (!wrong && line.kind != METER_LINE_EMPTY)
		require(isfinite(line.value) && line.value >= 0 &&
			(isnan(line.time_s) || (isfinite(line.time_s) && line.time_s >= 0)));
	require(!wrong || wrong[0]);
	free(text);
	read_stream(data, size);
	return 0;
}
