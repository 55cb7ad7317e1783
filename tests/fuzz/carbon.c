/* Fuzzes the table of carbon intensities. What is taken is in its limits and found again.
 * SPDX-License-Identifier: MIT */
#include "energy/carbon.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void check_row(const CarbonTable *table, const CarbonRegion *row)
{
	Err err = { .code = ERR_NONE };
	const CarbonRegion *found = carbon_find(table, row->code, &err);

	require(strlen(row->code) == 3 && *row->name && *row->source);
	require(row->year >= 1990 && row->year <= 2100);
	require(isnan(row->g_per_kwh) || (row->g_per_kwh > 0 && row->g_per_kwh <= 5000));
	/* Another row may have this code for a name; it stands before this one then. */
	require(found ? found <= row : err.code == ERR_NEED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { .code = ERR_NONE };
	char *text = calloc(1, size + 1);
	CarbonTable *table;

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	table = carbon_table_parse(text, size, &err);
	require(table ? err.code == ERR_NONE : err.code == ERR_FORMAT);
	require(!table || (table->count >= 1 && table->count <= CARBON_ROWS_MAX));
	for (size_t i = 0; table && i < table->count; i++)
		check_row(table, &table->row[i]);
	free(table);
	free(text);
	return 0;
}
