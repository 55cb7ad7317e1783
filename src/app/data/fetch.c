/* Downloads by libcurl.
 * SPDX-License-Identifier: MIT */
#include "app/data/fetch.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <nettle/sha2.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_CURL
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#endif

#include "base/clock.h"
#include "base/text.h"

#define PATH_ROOM (PATH_MAX + 64)

/* --- addresses and progress ------------------------------------------------------------------- */

bool fetch_url(char out[FETCH_URL_MAX], const char *base, const char *name, bool plain_http,
	       Err *err)
{
	size_t len = strlen(base);
	bool fits = strncmp(base, "https://", 8) == 0 ||
		    (plain_http && strncmp(base, "http://", 7) == 0);

	if (!fits)
		return err_set(err, ERR_USAGE, "'%.200s' is not an address that begins with %s",
			       base, plain_http ? "https:// or http://" : "https://");
	if (len + strlen(name) + 2 > FETCH_URL_MAX)
		return err_set(err, ERR_USAGE, "an address of more than %d bytes",
			       FETCH_URL_MAX - 1);
	text_format(out, FETCH_URL_MAX, "%s%s%s", base, base[len - 1] == '/' ? "" : "/", name);
	return true;
}

/* "26.4 MB" */
static void bytes_text(char *out, size_t cap, double bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t i = 0;

	while (bytes >= 999.5 && i + 1 < sizeof units / sizeof *units) {
		bytes /= 1000;
		i++;
	}
	text_format(out, cap, i ? "%.3g %s" : "%.0f %s", bytes, units[i]);
}

#define BAR_MIN 10
#define BAR_MAX 40

char *fetch_bar(char *out, size_t cap, size_t columns, const char *name, uint64_t done,
		uint64_t total, double bytes_per_s)
{
	char got[32], of[32] = "", rate[32], tail[128], bar[BAR_MAX + 1];
	double share = total ? fmin(1, (double)done / (double)total) : 0;

	bytes_text(got, sizeof got, (double)done);
	bytes_text(rate, sizeof rate, bytes_per_s);
	if (total)
		bytes_text(of, sizeof of, (double)total);
	text_format(tail, sizeof tail, " %s%s%s  %s/s", got, total ? " of " : "", of, rate);
	if (total)
		text_format(tail + strlen(tail), sizeof tail - strlen(tail), "  %.0f %%",
			    100 * share);

	size_t used = strlen(name) + strlen(tail) + 3;
	size_t room = columns > used ? columns - used : 0, wide = room < BAR_MAX ? room : BAR_MAX;

	if (total && wide >= BAR_MIN) {
		size_t full = (size_t)(share * (double)wide);

		memset(bar, '#', full);
		memset(bar + full, '.', wide - full);
		bar[wide] = '\0';
		text_format(out, cap, "%s [%s]%s", name, bar, tail);
	} else {
		text_format(out, cap, "%s%s", name, tail);
	}
	if (columns < strlen(out))
		out[columns] = '\0';
	return out;
}

#ifdef HAVE_CURL

/* --- files ------------------------------------------------------------------------------------ */

static bool file_failed(const char *path, const char *call, Err *err)
{
	/* A full disk is a limit, like that of memory. */
	bool full = errno == ENOSPC || errno == EDQUOT;

	return err_set(err, full ? ERR_LIMIT : ERR_FILE, "%s: %s: %s", path, call, strerror(errno));
}

/* SHA-256 of the whole of it. */
static bool file_sum(int fd, const char *path, char hex[65], Err *err)
{
	uint8_t bytes[65536], digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	off_t at = 0;
	ssize_t got;

	sha256_init(&sha);
	while ((got = pread(fd, bytes, sizeof bytes, at)) > 0 || (got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		sha256_update(&sha, (size_t)got, bytes);
		at += got;
	}
	if (got < 0)
		return file_failed(path, "read", err);
	sha256_digest(&sha, sizeof digest, digest);
	text_hex(hex, digest, sizeof digest);
	return true;
}

/* One file under way. */
typedef struct Transfer {
	Fetch *fetch;
	const FetchFile *file;
	char url[FETCH_URL_MAX];
	char path[PATH_ROOM], part[PATH_ROOM];
	int fd;                               /* of the part */
	uint64_t had, came;                   /* before and in this transfer */
	uint64_t total;                       /* bytes of the file; 0: not known */
	int64_t began_ns, shown_ns, moved_ns; /* moved: bytes came */
	char why[CURL_ERROR_SIZE];
	bool refused; /* write_part gave the reason in *err */
	bool stalled;
	Err *err;
} Transfer;

/* --- libcurl ---------------------------------------------------------------------------------- */

/* Loaded when something is to be fetched: it brings some thirty libraries along, and the start
 * of every other command would wait for them. */
static struct {
	void *library;
	CURLcode (*global_init)(long flags);
	CURL *(*init)(void);
	CURLcode (*setopt)(CURL *curl, CURLoption option, ...);
	CURLcode (*perform)(CURL *curl);
	CURLcode (*getinfo)(CURL *curl, CURLINFO info, ...);
	void (*cleanup)(CURL *curl);
	const char *(*strerror)(CURLcode code);
} lib;

static bool lib_symbol(const char *name, void *to, Err *err)
{
	void *symbol = dlsym(lib.library, name);

	memcpy(to, &symbol, sizeof symbol); /* C has no cast from an object to a function */
	return symbol || err_set(err, ERR_NEED, "libcurl has no %s", name);
}

static bool lib_symbols(Err *err)
{
	return lib_symbol("curl_global_init", &lib.global_init, err) &&
	       lib_symbol("curl_easy_init", &lib.init, err) &&
	       lib_symbol("curl_easy_setopt", &lib.setopt, err) &&
	       lib_symbol("curl_easy_perform", &lib.perform, err) &&
	       lib_symbol("curl_easy_getinfo", &lib.getinfo, err) &&
	       lib_symbol("curl_easy_cleanup", &lib.cleanup, err) &&
	       lib_symbol("curl_easy_strerror", &lib.strerror, err);
}

static bool lib_open(Err *err)
{
	if (lib.library)
		return true;
	lib.library = dlopen("libcurl.so.4", RTLD_NOW);
	if (!lib.library)
		lib.library = dlopen("libcurl-gnutls.so.4", RTLD_NOW);
	if (!lib.library)
		return err_set(err, ERR_NEED,
			       "libcurl, which downloads, is missing: %s (Debian: libcurl4)",
			       dlerror());
	if (lib_symbols(err) && (lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ||
				 err_set(err, ERR_NEED, "libcurl cannot be set up")))
		return true;
	dlclose(lib.library);
	lib.library = NULL;
	return false;
}

/* --- one transfer ----------------------------------------------------------------------------- */

static uint64_t bytes_limit(const FetchFile *file)
{
	return file->size_bytes ? file->size_bytes : FETCH_BYTES_MAX;
}

static size_t write_part(char *bytes, size_t size, size_t count, void *user)
{
	Transfer *t = user;
	size_t len = size * count, done = 0;

	if (t->had + t->came + len > bytes_limit(t->file)) {
		t->refused = true;
		err_set(t->err, ERR_FORMAT, "%s: more than the %llu bytes that %s has", t->url,
			(unsigned long long)bytes_limit(t->file), t->file->name);
		return 0;
	}
	while (done < len) {
		ssize_t put = write(t->fd, bytes + done, len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			t->refused = true;
			file_failed(t->part, "write", t->err);
			return 0;
		}
		done += (size_t)put;
	}
	t->moved_ns = clock_now_ns();
	t->came += len;
	t->fetch->bytes += len;
	return len;
}

#define SHOW_EACH_NS (CLOCK_NS_PER_S / 10)

static void show_bar(Transfer *t, bool last)
{
	char line[512];
	int64_t now_ns = clock_now_ns();
	double time_s = (double)(now_ns - t->began_ns) / CLOCK_NS_PER_S;

	if (!t->fetch->progress || !t->fetch->bar || (!last && now_ns - t->shown_ns < SHOW_EACH_NS))
		return;
	t->shown_ns = now_ns;
	fetch_bar(line, sizeof line, t->fetch->columns - 1, t->file->name, t->had + t->came,
		  t->total, time_s > 0 ? (double)t->came / time_s : 0);
	/* The cursor's way back is not text, and would be shown as an escape. */
	fputs("\r", t->fetch->progress);
	text_printf(t->fetch->progress, "%-*s", (int)(t->fetch->columns - 1), line);
	if (last)
		fputs("\n", t->fetch->progress);
	fflush(t->fetch->progress);
}

/* About each second, and with all that comes. (libcurl's own limit of speed looks at the mean of
 * some seconds, and so notices late.) */
static int take_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
			 curl_off_t up_now)
{
	Transfer *t = user;

	(void)now;
	(void)up_total;
	(void)up_now;
	if (!t->file->size_bytes && total > 0)
		t->total = t->had + (uint64_t)total;
	show_bar(t, false);
	t->stalled = (double)(clock_now_ns() - t->moved_ns) > t->fetch->stall_s * CLOCK_NS_PER_S;
	return t->stalled;
}

static void set_options(CURL *curl, Transfer *t)
{
	const char *protocols = t->fetch->plain_http ? "https,http" : "https";

	lib.setopt(curl, CURLOPT_URL, t->url);
	lib.setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
	lib.setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	lib.setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	lib.setopt(curl, CURLOPT_MAXREDIRS, 5L);
	lib.setopt(curl, CURLOPT_FAILONERROR, 1L);
	lib.setopt(curl, CURLOPT_NOSIGNAL, 1L);
	lib.setopt(curl, CURLOPT_USERAGENT, "wattle");
	lib.setopt(curl, CURLOPT_CONNECTTIMEOUT, 15L);
	lib.setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->had);
	lib.setopt(curl, CURLOPT_WRITEFUNCTION, write_part);
	lib.setopt(curl, CURLOPT_WRITEDATA, t);
	lib.setopt(curl, CURLOPT_NOPROGRESS, 0L);
	lib.setopt(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
	lib.setopt(curl, CURLOPT_XFERINFODATA, t);
	lib.setopt(curl, CURLOPT_ERRORBUFFER, t->why);
}

/* What became of a transfer. */
typedef enum Came {
	CAME_ALL,
	CAME_AGAIN,  /* worth another try */
	CAME_AFRESH, /* the server cannot go on from what is there */
	CAME_NONE,   /* no try will help; *err says why */
} Came;

static Came judge(Transfer *t, CURLcode code, long status)
{
	bool busy = status >= 500 || status == 408 || status == 429;

	/* Nothing follows what is there, says the server, and libcurl takes that for all of it.
	 * Only a sum can tell. */
	if (code == CURLE_OK && status == 416 && !t->file->sha256) {
		err_set(t->err, ERR_NEED, "%s: the server has no more than what is there", t->url);
		return CAME_AFRESH;
	}
	if (code == CURLE_OK)
		return CAME_ALL;
	if (t->refused)
		return CAME_NONE;
	if (t->stalled)
		text_format(t->why, sizeof t->why, "nothing came for %g s", t->fetch->stall_s);
	if (!*t->why)
		text_format(t->why, sizeof t->why, "%s", lib.strerror(code));
	err_set(t->err, ERR_NEED, "%s: %s", t->url, t->why);
	if (t->had && (code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
		       (code == CURLE_HTTP_RETURNED_ERROR && status == 416)))
		return CAME_AFRESH;
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR:
		return busy ? CAME_AGAIN : CAME_NONE;
	case CURLE_ABORTED_BY_CALLBACK:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return CAME_AGAIN;
	default:
		return CAME_NONE;
	}
}

static Came transfer(Transfer *t)
{
	CURL *curl = lib.init();
	long status = 0;
	off_t had = lseek(t->fd, 0, SEEK_END);

	t->had = had > 0 ? (uint64_t)had : 0;
	t->came = 0;
	t->why[0] = '\0';
	t->stalled = false;
	t->total = t->file->size_bytes;
	t->began_ns = t->moved_ns = clock_now_ns();
	if (!curl) {
		err_set(t->err, ERR_MEMORY, "starting a download");
		return CAME_NONE;
	}
	set_options(curl, t);
	CURLcode code = lib.perform(curl);

	lib.getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	lib.cleanup(curl);
	show_bar(t, true);
	return judge(t, code, status);
}

/* --- tries ------------------------------------------------------------------------------------ */

static void tell(const Transfer *t, const char *what)
{
	if (t->fetch->progress && !t->fetch->bar)
		text_printf(t->fetch->progress, "%s: %s\n", t->file->name, what);
}

static bool start_afresh(Transfer *t)
{
	return ftruncate(t->fd, 0) == 0 || file_failed(t->part, "truncate", t->err);
}

static void tell_again(const Transfer *t)
{
	char what[FETCH_URL_MAX + 512];

	text_format(what, sizeof what, "%s; trying again", t->err->text);
	tell(t, what);
}

/* Tries until it is there, or `tries` in a row have brought nothing. */
static bool transfer_all(Transfer *t)
{
	double wait_s = t->fetch->wait_s;
	unsigned vain = 0, afresh = 0;

	for (;;) {
		Came came = transfer(t);

		if (came == CAME_ALL) {
			t->err->code = ERR_NONE; /* of an earlier try */
			return true;
		}
		if (came == CAME_NONE || (came == CAME_AFRESH && !start_afresh(t)))
			return false;
		vain = t->came ? 0 : vain + 1;
		afresh += came == CAME_AFRESH;
		if (vain >= t->fetch->tries || afresh >= t->fetch->tries)
			return err_prefix(t->err, "%u tries in vain", t->fetch->tries);
		tell_again(t);
		if (vain && came == CAME_AGAIN) {
			poll(NULL, 0, (int)(wait_s * 1000));
			wait_s *= 2;
		}
	}
}

/* The part, which may have been begun before: whole, and with the right sum. A sum that is wrong
 * may be the fault of what was there before: then it is fetched once more. */
static bool fetch_part(Transfer *t)
{
	const FetchFile *file = t->file;
	char sum[65];

	for (int round = 0; round < 2; round++) {
		struct stat st;
		uint64_t before = fstat(t->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
		bool whole = file->size_bytes && before == file->size_bytes;

		if (file->size_bytes && before > file->size_bytes && !start_afresh(t))
			return false;
		if (!whole && !transfer_all(t))
			return false;
		if (!file->sha256)
			return true;
		if (!file_sum(t->fd, t->part, sum, t->err))
			return false;
		if (strcmp(sum, file->sha256) == 0)
			return true;
		if (!start_afresh(t))
			return false;
		if (before == 0)
			break;
		tell(t, "what was there before does not fit; fetching all of it");
	}
	unlink(t->part);
	return err_set(t->err, ERR_FORMAT,
		       "%s: the content is not that of %s: SHA-256 is %s, expected %s", t->url,
		       file->name, sum, file->sha256);
}

/* True: it is there, whole. */
static bool is_there(const Transfer *t)
{
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char sum[65];
	Err ignored;
	bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	same = same && (!t->file->sha256 || (file_sum(fd, t->path, sum, &ignored) &&
					     strcmp(sum, t->file->sha256) == 0));
	if (fd >= 0)
		close(fd);
	return same;
}

static bool keep_part(const Transfer *t)
{
	if (fsync(t->fd) != 0)
		return file_failed(t->part, "fsync", t->err);
	return rename(t->part, t->path) == 0 || file_failed(t->path, "rename", t->err);
}

bool fetch_available(void)
{
	return true;
}

bool fetch_file(Fetch *fetch, const char *base, const FetchFile *file, const char *folder, Err *err)
{
	Transfer t = { .fetch = fetch, .file = file, .err = err };
	char what[FETCH_URL_MAX + 64], size[32];

	if (!fetch_url(t.url, base, file->name, fetch->plain_http, err))
		return false;
	text_format(t.path, sizeof t.path, "%s/%s", folder, file->name);
	text_format(t.part, sizeof t.part, "%s.part", t.path);
	if (is_there(&t))
		return true;
	if (!lib_open(err))
		return false;
	t.fd = open(t.part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (t.fd < 0)
		return file_failed(t.part, "open", err);
	text_format(what, sizeof what, "from %s", t.url);
	tell(&t, what);
	bool fine = fetch_part(&t) && keep_part(&t);
	off_t whole = lseek(t.fd, 0, SEEK_END);

	close(t.fd);
	bytes_text(size, sizeof size, (double)whole);
	text_format(what, sizeof what, "%s, whole", size);
	if (fine)
		tell(&t, what);
	return fine;
}

#else

bool fetch_available(void)
{
	return false;
}

bool fetch_file(Fetch *fetch, const char *base, const FetchFile *file, const char *folder, Err *err)
{
	(void)fetch;
	(void)base;
	(void)folder;
	return err_set(err, ERR_NEED, "%s: this wattle was built without libcurl, which downloads",
		       file->name);
}

#endif
