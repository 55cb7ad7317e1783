/* Fuzzes traces, as they come and with a checksum that fits, so that what lies behind it is reached.
 * What a trace serves is replayed and never measured.
 * SPDX-License-Identifier: MIT */
#include "energy/trace.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "fuzz.h"

#define CRC_KEY "\"crc32c\":\""

static void serve(const Trace *trace)
{
	Err err = { .code = ERR_NONE };
	json_t *window = json_pack("{s:s, s:i, s:i}", "arm", "a", "block", 0, "items", 5);

	require(window && trace_serve(trace, window, &err));
	const json_t *energy = json_object_get(window, "energy");
	const char *prov = json_string_value(json_object_get(energy, "provenance"));
	require(energy && (json_is_null(energy) || (prov && strcmp(prov, "measured") != 0)));
	json_decref(window);
}

static void take(const char *text, size_t size)
{
	Err err = { .code = ERR_NONE };
	Trace *trace = trace_parse(text, size, &err);
	json_t *key = json_pack("{s:s}", "script_sha256", "0");

	require(trace ? err.code == ERR_NONE : err.code == ERR_FORMAT);
	if (trace) {
		require(json_is_object(trace_head(trace)));
		(void)trace_fits(trace, key, &err);
		serve(trace);
	}
	json_decref(key);
	trace_free(trace);
}

/* The checksum that this text should have, put where one stands. */
static void mend(char *text, size_t size)
{
	const char *newline = memchr(text, '\n', size);
	char *at =
		newline ? memmem(text, (size_t)(newline - text), CRC_KEY, strlen(CRC_KEY)) : NULL;
	char digits[9];

	if (!at || newline - at < (ptrdiff_t)strlen(CRC_KEY) + 8)
		return;
	at += strlen(CRC_KEY);
	memset(at, '0', 8);
	snprintf(digits, sizeof digits, "%08x", (unsigned)crc32c(0, text, size));
	memcpy(at, digits, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	take(text, size);
	mend(text, size);
	take(text, size);
	free(text);
	return 0;
}
