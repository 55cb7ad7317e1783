/* Fuzzes the reader of rosters: what is read has names that are whole, printable and different.
 * SPDX-License-Identifier: MIT */
#include "app/grading/roster.h"

#include <stdlib.h>

#include "app/grading/submission.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Roster roster;
	Err err = { .code = ERR_NONE };

	if (!roster_parse(&roster, data, size, "roster.csv", &err)) {
		require(err.code != ERR_NONE && !roster.entry);
		return 0;
	}
	require(roster.count > 0);
	for (size_t i = 0; i < roster.count; i++)
		require(submission_name_ok(roster.entry[i].student) &&
			roster_find(&roster, roster.entry[i].student) == i);
	roster_done(&roster);
	return 0;
}
