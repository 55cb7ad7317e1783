/* Fuzzes the filter of runs. What is taken has a field in each term and can be held against JSON.
 * SPDX-License-Identifier: MIT */
#include "lab/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { .code = ERR_NONE };
	char *text = calloc(1, size + 1);
	json_t *run = json_pack("{s:s, s:i, s:[ssi], s:{s:n}}", "name", "race", "seed", 3, "tags", "a",
				"b", 7, "a", "b");
	const json_t *objects[] = { run, NULL };
	Filter filter;

	require(text && run);
	if (size)
		memcpy(text, data, size);
	if (filter_parse(&filter, text, &err)) {
		require(filter.terms >= 1 && filter.terms <= FILTER_TERMS_MAX);
		for (size_t i = 0; i < filter.terms; i++)
			require(*filter.term[i].field != '\0');
		filter_accepts(&filter, objects);
	} else {
		require(err.code == ERR_USAGE);
	}
	json_decref(run);
	free(text);
	return 0;
}
