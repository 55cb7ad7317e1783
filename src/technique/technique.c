/* Techniques: the table.
 * SPDX-License-Identifier: MIT */
#include "technique/technique.h"

#include <string.h>

const Technique *technique_find(const char *name)
{
	for (size_t i = 0; techniques[i]; i++)
		if (strcmp(techniques[i]->info.name, name) == 0)
			return techniques[i];
	return NULL;
}

#define ROW(name) extern const Technique technique_##name;
#include "technique/techniques.inc"
#undef ROW

const Technique *const techniques[] = {
#define ROW(name) &technique_##name,
#include "technique/techniques.inc"
#undef ROW
	NULL,
};
