/* Fuzzes the lines of the cache of kernel choices: what is kept is well formed, and reads the same
 * when it is written as a line again.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/lowering_cache.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *choices = json_object(), *again = json_object(), *kernels;
	size_t lines = 0, damaged;
	const char *key;

	require(choices && again);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || i + 1 == size;
	damaged = lowering_cache_parse(choices, (const char *)data, size);
	require(damaged + json_object_size(choices) <= lines);
	json_object_foreach(choices, key, kernels)
	{
		json_t *line = json_pack("{s:i, s:s, s:O}", "v", 1, "key", key, "kernels", kernels);
		char *text = json_dumps(line, JSON_COMPACT);

		require(text && lowering_cache_parse(again, text, strlen(text)) == 0);
		json_decref(line);
		free(text);
	}
	require(json_equal(choices, again));
	json_decref(choices);
	json_decref(again);
	return 0;
}
