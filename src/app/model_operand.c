/* Files of models by the name that people give.
 * SPDX-License-Identifier: MIT */
#include "app/model_operand.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

bool model_is_file(const char *model)
{
	return strchr(model, '/') || strchr(model, '.');
}

bool model_open(const char *model, int *fd, Err *err)
{
	struct stat status;
	*fd = -1;
	if (!model_is_file(model))
		return true;
	*fd = open(model, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return err_set(err, ERR_FILE, "cannot open the model %s: %s", model,
			       strerror(errno));
	if (fstat(*fd, &status) == 0 && S_ISREG(status.st_mode))
		return true;
	return err_set(err, ERR_FILE, "cannot open the model %s: not a regular file", model);
}
