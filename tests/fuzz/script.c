/* Fuzzes the loading of scripts: any bytes, little memory, little time. What counts is that nothing
 * crashes, that an error has a text, and that the memory cap holds.
 * SPDX-License-Identifier: MIT */
#include "script/script.h"

#include <stdlib.h>

#include "base/clock.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { .code = ERR_NONE };
	ScriptOptions options = {
		.name = "fuzz.lua",
		.text = (const char *)data,
		.len = size,
		.memory_bytes = (size_t)4 << 20,
		.deadline_ns = clock_now_ns() + 20000000,
	};
	Script *script = script_open(&options, &err);

	if (!script && (err.code == ERR_NONE || !err.text[0] || err.code == ERR_INTERNAL))
		abort();
	if (script && script_plan(script)->arms < 2)
		abort();
	script_close(script);
	return 0;
}
