/* Fuzzes the reader of packs: what is read leads nowhere but into a course's folder.
 * SPDX-License-Identifier: MIT */
#include "app/author/pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* A file beside the lessons, or in a folder of one of them. */
static void plain(const char *name)
{
	static const char grading[] = ".grade.lua";
	const char *slash = strchr(name, '/');
	size_t len = strlen(name), end = sizeof grading - 1;

	require(name[0] != '.' && name[0] != '/' && name[0] != '-');
	require(len < end || strcmp(name + len - end, grading) != 0);
	require(!slash || (!strchr(slash + 1, '/') && slash[1] != '.' && slash[1] != '\0'));
	require(strlen(name) < 2 * PACK_NAME_MAX);
	for (; *name; name++)
		require((unsigned char)*name > ' ' && *name != '\\' && (unsigned char)*name < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Pack pack;
	Err err = { .code = ERR_NONE };
	bool fine = pack_read(&pack, "x.jsonl", (const char *)data, size, &err);
	const char *name;
	json_t *text;

	require(fine || err.code == ERR_FORMAT || err.code == ERR_MEMORY);
	if (fine) {
		require(*pack.course && !strchr(pack.course, '/') && pack.course[0] != '.');
		json_object_foreach(pack.files, name, text) plain(name);
	}
	pack_done(&pack);
	return 0;
}
