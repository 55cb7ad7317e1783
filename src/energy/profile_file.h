/* Files of profiles: indented JSON with "sha256" in it, that of the rest.
 *
 * The checksum is of the object without it, as one line with sorted keys, numbers to 17 digits: so
 * layout does not matter, and every value does. Apart from profile.h because the meter, which links
 * the models, is to link no cryptography.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_PROFILE_FILE_H
#define WATTLE_ENERGY_PROFILE_FILE_H

#include <stddef.h>

#include "energy/profile.h"

#define PROFILE_BYTES_MAX 262144

/* ERR_FORMAT tells the line that is no JSON, that the content is not that of the checksum, or the
 * key that is off; name is what messages call it. json: the object as it was read, new reference,
 * to be passed on to a worker; may be NULL. */
bool profile_parse(EnergyProfile *out, json_t **json, const char *text, size_t len,
		   const char *name, Err *err);
/* ERR_FILE when it cannot be read. */
bool profile_read(EnergyProfile *out, json_t **json, const char *path, Err *err);

/* Writes it beside path, then puts it there whole. over: an older one is replaced; else ERR_FILE
 * when there is one. */
bool profile_write(const EnergyProfile *profile, const char *path, bool over, Err *err);

#endif
