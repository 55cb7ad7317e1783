/* Looks for imported datasets in the data folders.
 * SPDX-License-Identifier: MIT */
#include "data/imported.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_sign(char c)
{
	return c == '-' || c == '_';
}

bool imported_name_fits(const char *name)
{
	size_t len = 0;

	for (; name[len]; len++) {
		char c = name[len];
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!plain && (!is_sign(c) || len == 0))
			return false;
	}
	return len > 0 && len < DATASET_NAME_MAX;
}

bool imported_find(const char *name, const DataPaths *paths, char path[IMPORTED_PATH_MAX])
{
	struct stat st;

	if (!paths || !imported_name_fits(name))
		return false;
	for (size_t i = 0; paths->folders[i]; i++) {
		int len = snprintf(path, IMPORTED_PATH_MAX, "%s/%s" IMPORTED_ENDING,
				   paths->folders[i], name);

		if (len > 0 && len < IMPORTED_PATH_MAX && lstat(path, &st) == 0)
			return true;
	}
	return false;
}

/* The name of a dataset file without its ending; false when the file is none. */
static bool imported_name(const char *file, char name[DATASET_NAME_MAX])
{
	const char *dot = strrchr(file, '.');
	size_t len = dot ? (size_t)(dot - file) : 0;

	if (len == 0 || len >= DATASET_NAME_MAX || strcmp(dot, IMPORTED_ENDING) != 0)
		return false;
	memcpy(name, file, len);
	name[len] = '\0';
	return imported_name_fits(name) && !data_source_find(name);
}

static int is_dataset(const struct dirent *entry)
{
	char name[DATASET_NAME_MAX];

	return imported_name(entry->d_name, name);
}

/* By bytes: alphasort would follow the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool folder_each(const DataPaths *paths, const char *folder, ImportedTake *take, void *user,
			Err *err)
{
	struct dirent **entry = NULL;
	char here[IMPORTED_PATH_MAX], found[IMPORTED_PATH_MAX], name[DATASET_NAME_MAX];
	int count = scandir(folder, &entry, is_dataset, by_name);
	bool fine = true;

	for (int i = 0; i < count; i++) {
		snprintf(here, sizeof here, "%s/%s", folder, entry[i]->d_name);
		if (fine && imported_name(entry[i]->d_name, name) &&
		    imported_find(name, paths, found) && strcmp(found, here) == 0)
			fine = take(user, name, found, err);
		free(entry[i]);
	}
	free(entry);
	return fine;
}

bool imported_each(const DataPaths *paths, ImportedTake *take, void *user, Err *err)
{
	for (size_t i = 0; paths && paths->folders[i]; i++)
		if (!folder_each(paths, paths->folders[i], take, user, err))
			return false;
	return true;
}
