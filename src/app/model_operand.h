/* What people name as a model: one of wattle list models, or a file. The reader opens a file, the
 * worker reads it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_MODEL_OPERAND_H
#define WATTLE_APP_MODEL_OPERAND_H

#include <stdbool.h>

#include "base/err.h"

/* A file has a / or a . in its name, models have neither. */
bool model_is_file(const char *model);
/* *fd: the file, the caller's to close; −1 when model names none. ERR_FILE when it is no regular
 * file or cannot be opened. */
bool model_open(const char *model, int *fd, Err *err);

#endif
