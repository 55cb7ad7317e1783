/* The progress file: read and appended to under the lock of a file beside it, so that the file
 * itself may be on a disk that cannot be written to.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define LOCK_EACH_MS 10
#define TAIL_PART 4096

static bool refuse(Err *err, const char *path, const char *call)
{
	return err_set(err, ERR_FILE, "%s: %s: %s", path, call, strerror(errno));
}

/* The open lock; -1 and *err. */
static int take_lock(const char *path, int how, int64_t wait_ns, Err *err)
{
	char name[PATH_MAX];
	int64_t until_ns = clock_now_ns() + wait_ns;

	text_format(name, sizeof name, "%s.lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0) {
		refuse(err, name, "open");
		return -1;
	}
	while (flock(fd, how | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			refuse(err, name, "lock");
			close(fd);
			return -1;
		}
		if (clock_now_ns() >= until_ns) {
			err_set(err, ERR_FILE, "%s: another program holds it for over %g s", name,
				(double)wait_ns / CLOCK_NS_PER_S);
			close(fd);
			return -1;
		}
		poll(NULL, 0, LOCK_EACH_MS);
	}
	return fd;
}

/* Bytes from `from` on. */
static char *read_from(int fd, const char *path, size_t from, size_t size, size_t *len, Err *err)
{
	char *text = malloc(size - from + 1);
	ssize_t got = 1;

	*len = 0;
	if (!text) {
		err_set(err, ERR_MEMORY, "reading %s", path);
		return NULL;
	}
	while (got != 0 && *len < size - from) {
		got = pread(fd, text + *len, size - from - *len, (off_t)(from + *len));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			refuse(err, path, "read");
			free(text);
			return NULL;
		}
		*len += (size_t)got;
	}
	return text;
}

static char *read_file(const char *path, size_t from, size_t *len, Err *err)
{
	size_t size;
	Err open_err;
	int fd = file_open_regular(path, &size, &open_err);
	char *text = NULL;

	*len = 0;
	if (fd < 0 && open_err.code == ERR_NEED)
		return calloc(1, 1);
	if (fd < 0)
		*err = open_err;
	else if (size > PROGRESS_BYTES_MAX)
		err_set(err, ERR_FILE, "%s is over %zu MiB; move it away to begin another", path,
			PROGRESS_BYTES_MAX >> 20);
	else
		text = read_from(fd, path, from < size ? from : size, size, len, err);
	if (fd >= 0)
		close(fd);
	return text;
}

char *progress_file_part(const char *path, size_t at, size_t len, Err *err)
{
	size_t size, got;
	int fd = file_open_regular(path, &size, err);
	bool there = fd >= 0 && at <= size && len <= size - at;
	char *text = there ? read_from(fd, path, at, at + len, &got, err) : NULL;

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && (!there || (text && got < len))) {
		err_set(err, ERR_FILE, "%s: was cut", path);
		free(text);
		return NULL;
	}
	return text;
}

char *progress_file_read(const char *path, size_t from, size_t *len, int64_t wait_ns, Err *err)
{
	Err unlocked;
	int lock = take_lock(path, LOCK_SH, wait_ns, &unlocked);
	char *text = read_file(path, from, len, err);

	if (lock >= 0)
		close(lock);
	return text;
}

/* The end of the last whole line; -1 on a read error. */
static off_t whole_end(int fd, off_t size)
{
	char part[TAIL_PART];

	while (size > 0) {
		off_t from = size > TAIL_PART ? size - TAIL_PART : 0;
		ssize_t got = pread(fd, part, (size_t)(size - from), from);
		const char *end = got > 0 ? memrchr(part, '\n', (size_t)got) : NULL;

		if (got <= 0)
			return -1;
		if (end)
			return from + (end - part) + 1;
		size = from;
	}
	return 0;
}

/* Appends the bytes from `from` on, with an end of line, to PATH.damaged. */
static bool put_aside(int fd, const char *path, off_t from, size_t bytes, Err *err)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	char name[PATH_MAX];
	size_t len;
	char *text = read_from(fd, path, (size_t)from, (size_t)from + bytes, &len, err);

	if (!text)
		return false;
	text_format(name, sizeof name, "%s.damaged", path);
	text[len++] = '\n';
	int aside = open(name, flags, 0600);
	bool ok = aside >= 0 && write(aside, text, len) == (ssize_t)len;
	if (!ok)
		refuse(err, name, "write");
	if (aside >= 0)
		close(aside);
	free(text);
	return ok;
}

/* A line that does not fit on the disk is taken back. */
static bool append(int fd, const char *path, const char *line, size_t len, size_t *dropped,
		   size_t *size, Err *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return err_set(err, ERR_FILE, "%s: is not a regular file", path);
	off_t whole = whole_end(fd, status.st_size);
	if (whole < 0)
		return refuse(err, path, "read");
	*dropped = (size_t)(status.st_size - whole);
	if (*dropped > PROGRESS_TAIL_DROPPED && !put_aside(fd, path, whole, *dropped, err))
		return false;
	if (*dropped && ftruncate(fd, whole) != 0)
		return refuse(err, path, "truncate");
	ssize_t put = write(fd, line, len);
	if (put == (ssize_t)len) {
		*size = (size_t)whole + len;
		return true;
	}
	if (put >= 0)
		errno = ENOSPC;
	refuse(err, path, "write");
	if (put > 0 && ftruncate(fd, whole) != 0)
		return false; /* the tail is dropped by whoever writes next */
	return false;
}

bool progress_file_append(const char *path, const char *line, size_t len, int64_t wait_ns,
			  size_t *dropped, size_t *size, Err *err)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

	*dropped = 0;
	file_make_folders(path);
	int lock = take_lock(path, LOCK_EX, wait_ns, err);
	if (lock < 0)
		return false;
	int fd = open(path, flags, 0600);
	bool ok = fd >= 0 ? append(fd, path, line, len, dropped, size, err)
			  : refuse(err, path, "open");
	if (fd >= 0)
		close(fd);
	close(lock);
	return ok;
}
