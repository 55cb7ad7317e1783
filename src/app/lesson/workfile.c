/* A student's file: begun, reset, and brought back.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/workfile.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/paths.h"
#include "base/file.h"
#include "base/text.h"

#define NAME_MAX_BYTES 64
#define STUDENT_PART_MAX 160

/* Lessons are written by strangers: their names lead nowhere else. */
static bool is_plain(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) <= NAME_MAX_BYTES;
}

/* "@ann" behind the lesson: letters, digits, - and _ as they are, others as %XX; "" for "". */
static bool student_part(const char *student, char out[STUDENT_PART_MAX], Err *err)
{
	size_t len = 0;

	out[0] = '\0';
	if (*student)
		len = text_format(out, STUDENT_PART_MAX, "@");
	for (const unsigned char *p = (const unsigned char *)student; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';

		if (len + 4 > STUDENT_PART_MAX)
			return err_set(err, ERR_USAGE,
				       "--student '%.40s…' is too long for the name of a folder",
				       student);
		len += text_format(out + len, STUDENT_PART_MAX - len, plain ? "%c" : "%%%02X", *p);
	}
	return true;
}

bool workfile_folder(char *out, const char *lesson, const char *student, Err *err)
{
	char name[NAME_MAX_BYTES + STUDENT_PART_MAX + 8], whose[STUDENT_PART_MAX];

	if (!is_plain(lesson))
		return err_set(err, ERR_SCRIPT, "'%.80s' is no plain name of a lesson", lesson);
	if (!student_part(student, whose, err))
		return false;
	text_format(name, sizeof name, "work/%s%s", lesson, whose);
	return *paths_user_data(name, out) ||
	       err_set(err, ERR_NEED,
		       "there is no home folder for your file; set HOME or XDG_DATA_HOME");
}

bool workfile_path(char *out, const char *folder, const char *lesson, const char *student,
		   const char *file, Err *err)
{
	char own[PATH_MAX];

	if (!is_plain(lesson) || !is_plain(file) || !text_ends(file, ".lua"))
		return err_set(err, ERR_SCRIPT, "'%.80s' is no plain name of a Lua file", file);
	if (!folder && !workfile_folder(own, lesson, student, err))
		return false;
	text_format(out, PATH_MAX, "%s/%s", folder ? folder : own, file);
	return true;
}

static bool read_all(int fd, const char *path, char *text, size_t len, Err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(fd, text + done, len - done, (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_FILE, "cannot read %s: %s", path, strerror(errno));
		if (got == 0)
			break; /* it was cut meanwhile: the next save tells */
		done += (size_t)got;
	}
	text[done] = '\0';
	json_t *utf8 = json_stringn(text, done);
	bool fine = utf8 && strlen(text) == done;

	json_decref(utf8);
	if (done >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return err_set(err, ERR_FILE, "%s is UTF-16 text; save it as UTF-8", path);
	return fine || err_set(err, ERR_FILE, "%s is no UTF-8 text", path);
}

/* Closes fd, which is open. */
static char *read_open(int fd, const char *path, Err *err)
{
	struct stat status;
	char *text = NULL;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		err_set(err, ERR_FILE, "%s is not a regular file", path);
	else if (status.st_size > WORKFILE_BYTES_MAX)
		err_set(err, ERR_FILE, "%s has %lld bytes; at most %d are checked", path,
			(long long)status.st_size, WORKFILE_BYTES_MAX);
	else if (!(text = malloc((size_t)status.st_size + 1)))
		err_set(err, ERR_MEMORY, "reading %s", path);
	else if (!read_all(fd, path, text, (size_t)status.st_size, err)) {
		free(text);
		text = NULL;
	}
	close(fd);
	return text;
}

char *workfile_read(const char *path, Err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return read_open(fd, path, err);
	err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
	return NULL;
}

char *workfile_read_own(const char *path, Err *err)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);

	if (fd >= 0)
		return read_open(fd, path, err);
	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
		err_set(err, ERR_FILE,
			"%s is a link, which is not followed; put the file itself "
			"there",
			path);
	else
		err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
	return NULL;
}

char *workfile_read_given(const char *path, Err *err)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat status;

	text_format(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
		    slash ? path : ".");
	if (lstat(folder, &status) == 0 && S_ISLNK(status.st_mode)) {
		err_set(err, ERR_FILE, "the lesson's folder %s is a link, which is not followed",
			folder);
		return NULL;
	}
	int fd = file_open_regular(path, NULL, err);

	if (fd >= 0)
		return read_open(fd, path, err);
	err_prefix(err, "cannot open the lesson's file");
	return NULL;
}

bool workfile_exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

/* Frees the text, which may be NULL. */
static bool put(char *text, const char *to, FileWay way, Err *err)
{
	bool ok = text && file_write(to, "your file", text, strlen(text), way, err);

	free(text);
	return ok;
}

bool workfile_begin(const char *path, const char *starter, Err *err)
{
	if (workfile_exists(path))
		return true;
	file_make_folders(path);
	return put(workfile_read_given(starter, err), path, FILE_NEW, err);
}

static char *beside(const char *path, char out[PATH_MAX])
{
	text_format(out, PATH_MAX, "%s.before-reset", path);
	return out;
}

static bool replace(const char *path, char *text, Err *err)
{
	char kept[PATH_MAX];
	bool ok = put(workfile_read_own(path, err), beside(path, kept), FILE_REPLACE, err);

	if (ok)
		return put(text, path, FILE_REPLACE, err);
	free(text);
	return false;
}

bool workfile_reset(const char *path, const char *starter, Err *err)
{
	if (!workfile_exists(path))
		return workfile_begin(path, starter, err);
	char *text = workfile_read_given(starter, err);

	return text && replace(path, text, err);
}

bool workfile_keep(const char *path, const char *text, Err *err)
{
	char *copy = strdup(text);

	if (!copy)
		return err_set(err, ERR_MEMORY, "writing %s", path);
	if (workfile_exists(path))
		return replace(path, copy, err);
	file_make_folders(path);
	return put(copy, path, FILE_NEW, err);
}

bool workfile_can_undo(const char *path)
{
	char kept[PATH_MAX];

	return workfile_exists(beside(path, kept));
}

bool workfile_undo(const char *path, Err *err)
{
	char kept[PATH_MAX];

	if (!workfile_can_undo(path))
		return err_set(err, ERR_USAGE, "there is no reset to undo");
	return put(workfile_read_own(beside(path, kept), err), path, FILE_REPLACE, err) &&
	       (unlink(kept) == 0 ||
		err_set(err, ERR_FILE, "cannot remove %s: %s", kept, strerror(errno)));
}
