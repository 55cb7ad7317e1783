/* Which profile prices a run: the one that was named, or the user's own of this processor.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_USER_PROFILE_H
#define WATTLE_APP_USER_PROFILE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "energy/profile.h"

/* file: what --profile says; NULL or "": the user's, wattle/profiles/CPU.json in the data folder,
 * which is looked for only where --energy (auto, profile) could come to it. *json: the profile as a
 * job takes it, new reference; NULL where there is none. out (may be NULL) is filled with it.
 * ERR_NEED when the profile is of another processor, or --energy profile has none; ERR_FORMAT when
 * it is damaged: it is never passed over in silence. */
bool user_profile_find(const char *energy, const char *file, EnergyProfile *out, json_t **json,
		       Err *err);
/* Tells in the meter's list of sources (an array, changed) which profile would price what --energy
 * and --profile ask for: the meter itself knows of none. Its row "profile" is then "ok" with path,
 * date and origin in "step", or "no" with what is wrong with the one there is. */
void user_profile_tell(json_t *sources, const char *energy, const char *file);
/* Where the user's profile of this processor is kept; "" without a home. out holds PATH_MAX bytes;
 * returned. make: its folders are made. */
char *user_profile_path(bool make, char *out);

#endif
