/* The user's folder of profiles.
 * SPDX-License-Identifier: MIT */
#include "app/energy/user_profile.h"

#include <string.h>
#include <unistd.h>

#include "app/paths.h"
#include "base/file.h"
#include "base/text.h"
#include "energy/profile_file.h"

char *user_profile_path(bool make, char *out)
{
	char name[96], cpu_text[64];
	EnergyCpu cpu;
	energy_os.cpu(&energy_os, &cpu);
	text_format(name, sizeof name, "profiles/%s.json", profile_cpu_text(&cpu, cpu_text));
	paths_user_data(name, out);
	if (make && *out)
		file_make_folders(out);
	return out;
}

static bool read_one(const char *path, EnergyProfile *out, json_t **json, Err *err)
{
	EnergyCpu cpu;
	energy_os.cpu(&energy_os, &cpu);
	if (!profile_read(out, json, path, err))
		return false;
	if (profile_fits(out, &cpu, err))
		return true;
	json_decref(*json);
	*json = NULL;
	return err_prefix(err, "%s", path);
}

#define MEND_FIX \
	"mend or remove the file; wattle energy calibrate makes one where a sensor measures"

/* Into the row of the source "profile". */
static void tell(json_t *sources, bool works, const char *step, const char *fix)
{
	json_t *row;
	size_t i;
	json_array_foreach(sources, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));
		if (!name || strcmp(name, "profile") != 0)
			continue;
		json_object_set_new(row, "state", json_string(works ? "ok" : "no"));
		json_object_set_new(row, "step", json_string(step));
		json_object_set_new(row, "fix", json_string(fix));
	}
}

void user_profile_tell(json_t *sources, const char *energy, const char *file)
{
	char path[PATH_MAX], text[PATH_MAX + 128];
	EnergyProfile profile;
	json_t *json;
	Err err;
	if (strcmp(energy, "none") == 0)
		return;
	if (!user_profile_find("auto", file, &profile, &json, &err)) {
		tell(sources, false, err.text, MEND_FIX);
	} else if (json) {
		if (file && *file)
			text_format(path, sizeof path, "%s", file);
		else
			user_profile_path(false, path);
		text_format(text, sizeof text, "%s, of %s: %d windows by %s (%s)", path,
			    profile.date, profile.windows, profile.source,
			    energy_scope_name(profile.scope));
		tell(sources, true, text, "");
	}
	json_decref(json);
}

bool user_profile_find(const char *energy, const char *file, EnergyProfile *out, json_t **json,
		       Err *err)
{
	EnergyProfile profile;
	char path[PATH_MAX];
	bool asked = strcmp(energy, "profile") == 0;
	*json = NULL;
	out = out ? out : &profile;
	if (file && *file)
		return read_one(file, out, json, err);
	if (!asked && strcmp(energy, "auto") != 0)
		return true;
	user_profile_path(false, path);
	if (*path && access(path, F_OK) == 0)
		return read_one(path, out, json, err);
	return !asked || err_set(err, ERR_NEED,
				 "there is no profile of this processor (%s): wattle energy "
				 "calibrate makes one "
				 "where a sensor measures, --profile FILE names one",
				 *path ? path : "no home folder");
}
