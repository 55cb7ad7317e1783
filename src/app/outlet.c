/* stdio over writes that never block.
 * SPDX-License-Identifier: MIT */
#include "app/outlet.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "app/session/session.h"

/* stdio's writer: bytes taken, all of them unless nobody reads any more. */
static ssize_t outlet_write(void *user, const char *bytes, size_t len)
{
	Outlet *outlet = user;
	size_t done = 0;
	while (done < len && outlet->err.code == ERR_NONE) {
		Err stalled;
		if (!session_wait_room(outlet->fd, &stalled)) {
			outlet->err = stalled;
			break;
		}
		size_t part = len - done < PIPE_BUF ? len - done : PIPE_BUF;
		ssize_t n = write(outlet->fd, bytes + done, part);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EPIPE)
			err_set(&outlet->err, ERR_FILE, "nobody reads the output: %s",
				strerror(errno));
		else if (errno != EINTR && errno != EAGAIN)
			done = len;
	}
	return (ssize_t)done;
}

bool outlet_open(Outlet *outlet, int fd, Err *err)
{
	const cookie_io_functions_t functions = { .write = outlet_write };
	*outlet = (Outlet){ .fd = fd };
	outlet->stream = fopencookie(outlet, "w", functions);
	if (!outlet->stream)
		return err_set(err, ERR_MEMORY, "opening an output");
	setvbuf(outlet->stream, NULL, _IOLBF, BUFSIZ);
	return true;
}

bool outlet_alive(const Outlet *outlet, Err *err)
{
	if (outlet->err.code == ERR_NONE)
		return true;
	*err = outlet->err;
	return false;
}

void outlet_close(Outlet *outlet)
{
	if (outlet->stream)
		fclose(outlet->stream);
	outlet->stream = NULL;
}
