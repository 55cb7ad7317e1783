/* The names of models that scripts save.
 * SPDX-License-Identifier: MIT */
#include "lab/saved.h"

#include <string.h>

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool saved_name_ok(const char *name, size_t len)
{
	const size_t ending = strlen(SAVED_ENDING);

	if (len <= ending || len > SAVED_NAME_MAX || !is_alphanumeric(name[0]) ||
	    memcmp(name + len - ending, SAVED_ENDING, ending) != 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alphanumeric(name[i]) && name[i] != '_' && name[i] != '-' && name[i] != '.')
			return false;
	return true;
}
