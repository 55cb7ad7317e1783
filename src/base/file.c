/* Writing a file beside its place, then putting it there.
 * SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE_BYTES 32 /* ".PID.new" */

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

int file_open_regular(const char *path, size_t *size, Err *err)
{
	struct stat st;
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR;

		err_set(err, absent ? ERR_NEED : ERR_FILE, "%s: %s", path,
			errno == ELOOP ? "is a symbolic link, which is not followed"
				       : strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) < 0) {
		err_set(err, ERR_FILE, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_FILE, "%s: is not a regular file", path);
	} else {
		if (size)
			*size = (size_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

void file_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder =
		slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

/* NULL, or the call that failed, with its errno. */
static const char *fill(int fd, const void *bytes, size_t len)
{
	const char *call = NULL;
	int fault;

	if (!write_all(fd, bytes, len))
		call = "write";
	else if (fsync(fd) != 0)
		call = "fsync";
	fault = errno;
	if (close(fd) != 0 && !call)
		return "close";
	errno = fault;
	return call;
}

/* A link refuses to replace what is there; a name moves over it. */
static const char *put(const char *beside, const char *path, FileWay way)
{
	if (way == FILE_REPLACE)
		return rename(beside, path) == 0 ? NULL : "rename";
	return link(beside, path) == 0 ? NULL : "link";
}

/* A name would move over a device or a FIFO and take its place; links lead to what they name. */
static bool check_target(const char *path, const char *what, Err *err)
{
	struct stat st;

	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return true;
	return err_set(err, ERR_FILE, "cannot write %s %s: is not a regular file", what, path);
}

bool file_write(const char *path, const char *what, const void *bytes, size_t len, FileWay way,
		Err *err)
{
	size_t room = strlen(path) + BESIDE_BYTES;
	char *beside = malloc(room);
	const char *call = NULL;
	int fd, fault;

	if (!check_target(path, what, err)) {
		free(beside);
		return false;
	}
	if (!beside)
		return err_set(err, ERR_MEMORY, "no memory to write %s %s", what, path);
	snprintf(beside, room, "%s.%ld.new", path, (long)getpid());
	unlink(beside); /* left over from a process that died */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		call = "create";
	else if (!(call = fill(fd, bytes, len)))
		call = put(beside, path, way);
	fault = errno;
	if (fd >= 0 && (call || way == FILE_NEW))
		unlink(beside);
	free(beside);
	if (call)
		return err_set(err, ERR_FILE, "cannot write %s %s: %s: %s", what, path, call,
			       strerror(fault));
	file_sync_folder(path);
	return true;
}

void file_make_folders(const char *path)
{
	char *folder = strdup(path);

	for (char *slash = folder && *folder ? strchr(folder + 1, '/') : NULL; slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0700);
		*slash = '/';
	}
	free(folder);
}
