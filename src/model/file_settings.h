/* Model files: the settings of a kind that is shaped by its data, as the header holds them: an object
 * of texts, {"depth":"6"}, of those that were given.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FILE_SETTINGS_H
#define WATTLE_MODEL_FILE_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/info.h"

/* A new reference; NULL when memory is short. */
json_t *settings_json(const Params *params);

/* Fills params from such an object. ERR_FORMAT names the setting that is unknown, out of its limits
 * or missing. */
bool settings_read(Params *params, const Info *info, const json_t *object, Err *err);

#endif
