/* Downloads: addresses, the line of progress, and files from a server in a thread of this program, which cuts, refuses and
 * lies: a sum decides what is kept.
 * SPDX-License-Identifier: MIT */
#include "app/data/fetch.h"

#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_addresses(void **state)
{
	char url[FETCH_URL_MAX], *long_base;
	Err err = { 0 };

	(void)state;
	assert_true(fetch_url(url, "https://a.example/b", "c.gz", false, &err));
	assert_string_equal(url, "https://a.example/b/c.gz");
	assert_true(fetch_url(url, "https://a.example/b/", "c.gz", false, &err));
	assert_string_equal(url, "https://a.example/b/c.gz");
	assert_true(fetch_url(url, "http://a.example", "c", true, &err));
	assert_false(fetch_url(url, "http://a.example", "c", false, &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_false(fetch_url(url, "file:///etc", "passwd", true, &err));
	assert_false(fetch_url(url, "", "c", true, &err));
	long_base = malloc(FETCH_URL_MAX + 1);
	memset(long_base, 'x', FETCH_URL_MAX);
	long_base[FETCH_URL_MAX] = '\0';
	memcpy(long_base, "https://", 8);
	assert_false(fetch_url(url, long_base, "c", true, &err));
	free(long_base);
}

static void test_progress(void **state)
{
	char line[256];

	(void)state;
	assert_string_equal(fetch_bar(line, sizeof line, 60, "a.gz", 0, 2000, 0),
			    "a.gz [.............................] 0 B of 2 kB  0 B/s  0 %");
	fetch_bar(line, sizeof line, 80, "a.gz", 1000000, 2000000, 3.5e6);
	assert_string_equal(line, "a.gz [####################....................] 1 MB of 2 MB  3.5 MB/s  50 %");
	assert_true(strlen(line) <= 80);
	/* No room for a bar, then none for the line. */
	assert_string_equal(fetch_bar(line, sizeof line, 45, "a.gz", 1000000, 2000000, 3.5e6),
			    "a.gz 1 MB of 2 MB  3.5 MB/s  50 %");
	assert_string_equal(fetch_bar(line, sizeof line, 10, "a.gz", 1000000, 2000000, 3.5e6), "a.gz 1 MB ");
	/* Nobody said how much comes; more came than was said. */
	assert_string_equal(fetch_bar(line, sizeof line, 80, "a.gz", 999, 0, 0), "a.gz 999 B  0 B/s");
	assert_non_null(strstr(fetch_bar(line, sizeof line, 80, "a.gz", 3000, 2000, 1), "100 %"));
}

#ifdef HAVE_CURL

#define BODY_BYTES 200000

/* How the server answers the next requests: the first letter, then the second, … the last one for all that follow.
 * w whole, r whole and no ranges, c cut in the middle, n 404, b 503, x one byte is wrong, l longer than it should be */
static struct {
	pthread_t thread;
	int fd;
	char base[64];
	const char *plan;
	char body[BODY_BYTES];
	int requests;
	long last_range; /* −1: none was asked for */
} server;

static const char *const body_sha256 = 
	"b979e17a4e147685e5c2df66ad2d316b7665ddb2896ff60fcab25cea0675b048";

static void put(int fd, const void *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = send(fd, (const char *)bytes + done, len - done, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

static void answer(int fd, char how)
{
	char request[4096], head[256];
	size_t got = 0;
	ssize_t n;

	while ((n = recv(fd, request + got, sizeof request - 1 - got, 0)) > 0) {
		got += (size_t)n;
		request[got] = '\0';
		if (strstr(request, "\r\n\r\n"))
			break;
	}
	request[got] = '\0';
	const char *range = strstr(request, "Range: bytes=");

	server.requests++;
	server.last_range = range ? atol(range + 13) : -1;
	if (how == 'n' || how == 'b') {
		const char *no = how == 'n' ? "HTTP/1.0 404 Not Found\r\n\r\nno such file"
					    : "HTTP/1.0 503 Busy\r\n\r\nlater";

		put(fd, no, strlen(no));
		return;
	}
	size_t begin = range && how != 'r' ? (size_t)server.last_range : 0;

	if (begin >= BODY_BYTES) {
		put(fd, "HTTP/1.0 416 No\r\n\r\n", 19);
		return;
	}
	size_t len = BODY_BYTES - begin, sent = how == 'c' ? len / 2 : len;
	int size = snprintf(head, sizeof head, "HTTP/1.0 %s\r\nContent-Length: %zu\r\n",
			    begin ? "206 Partial" : "200 OK", len + (how == 'l'));

	if (begin)
		size += snprintf(head + size, sizeof head - (size_t)size, "Content-Range: bytes %zu-%d/%d\r\n",
				 begin, BODY_BYTES - 1, BODY_BYTES);
	put(fd, head, (size_t)size);
	put(fd, "\r\n", 2);
	server.body[BODY_BYTES - 5] ^= how == 'x';
	put(fd, server.body + begin, sent);
	server.body[BODY_BYTES - 5] ^= how == 'x';
	if (how == 'l')
		put(fd, "!", 1);
}

static void *serve(void *unused)
{
	int fd;

	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		char how = *server.plan;

		if (server.plan[1]) /* before the answer: behind it the plan may be the next test's */
			server.plan++;
		answer(fd, how);
		close(fd);
	}
	return unused;
}

static int start_server(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	static const char *const proxies[] = { "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY" };

	(void)state;
	for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
		unsetenv(proxies[i]);
	for (size_t i = 0; i < BODY_BYTES; i++)
		server.body[i] = (char)(i * 2654435761u >> 13);
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server.fd < 0 || bind(server.fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(server.fd, 8) != 0 ||
	    getsockname(server.fd, (struct sockaddr *)&at, &len) != 0)
		return -1;
	snprintf(server.base, sizeof server.base, "http://127.0.0.1:%d/x", ntohs(at.sin_port));
	server.plan = "w";
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static int stop_server(void **state)
{
	(void)state;
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	return close(server.fd);
}

/* One fetch of the body into a folder of its own. */
typedef struct Try {
	char folder[64], path[96], part[96];
	Fetch fetch;
	FetchFile file;
	Err err;
} Try;

static Try try_new(const char *plan, bool sum)
{
	Try t = { .folder = "/tmp/wattle-fetch-XXXXXX",
		  .fetch = { .stall_s = 20, .tries = 3, .plain_http = true, .columns = 80 },
		  .file = { .name = "body", .size_bytes = sum ? BODY_BYTES : 0, .sha256 = sum ? body_sha256 : NULL } };

	assert_non_null(mkdtemp(t.folder));
	snprintf(t.path, sizeof t.path, "%s/body", t.folder);
	snprintf(t.part, sizeof t.part, "%s/body.part", t.folder);
	server.plan = plan;
	server.requests = 0;
	return t;
}

static bool try_run(Try *t)
{
	return fetch_file(&t->fetch, server.base, &t->file, t->folder, &t->err);
}

static void try_done(Try *t)
{
	unlink(t->path);
	unlink(t->part);
	assert_int_equal(rmdir(t->folder), 0);
}

/* So much is there already; the byte at `wrong` is another one. */
static void begin_part(const Try *t, size_t len, size_t wrong)
{
	int fd = open(t->part, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++) {
		char c = i < BODY_BYTES ? server.body[i] : '?';

		c = (char)(c ^ (i == wrong));
		assert_int_equal(write(fd, &c, 1), 1);
	}
	close(fd);
}

static void assert_whole(const Try *t)
{
	static char bytes[BODY_BYTES + 1];
	int fd = open(t->path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, sizeof bytes), BODY_BYTES);
	assert_memory_equal(bytes, server.body, BODY_BYTES);
	close(fd);
	assert_int_equal(access(t->part, F_OK), -1);
}

static void assert_nothing(const Try *t)
{
	assert_int_equal(access(t->path, F_OK), -1);
}

/* plan, bytes there before (the one at `wrong` is not right), requests that it takes */
static void assert_fetched(const char *plan, bool sum, size_t before, size_t wrong, int requests)
{
	Try t = try_new(plan, sum);

	if (before)
		begin_part(&t, before, wrong);
	if (!try_run(&t))
		fail_msg("plan %s, %zu before: %s", plan, before, t.err.text);
	assert_whole(&t);
	assert_int_equal(server.requests, requests);
	/* It is there: nothing more is asked for. */
	assert_true(try_run(&t));
	assert_int_equal(server.requests, requests);
	try_done(&t);
}

static void test_whole_or_in_pieces(void **state)
{
	(void)state;
	for (int sum = 0; sum < 2; sum++) {
		assert_fetched("w", sum, 0, SIZE_MAX, 1);
		assert_fetched("cw", sum, 0, SIZE_MAX, 2);
		assert_int_equal(server.last_range, BODY_BYTES / 2);
		assert_fetched("cccw", sum, 0, SIZE_MAX, 4);
		assert_fetched("bbw", sum, 0, SIZE_MAX, 3);
		/* What is there is gone on with; where the server cannot, it is fetched afresh. */
		assert_fetched("w", sum, 1000, SIZE_MAX, 1);
		assert_int_equal(server.last_range, 1000);
		assert_fetched("rr", sum, 1000, SIZE_MAX, 2);
	}
	/* Longer than it can be, or whole and not renamed yet. */
	assert_fetched("w", true, BODY_BYTES + 7, SIZE_MAX, 1);
	assert_fetched("w", true, BODY_BYTES, SIZE_MAX, 0);
	assert_fetched("ww", false, BODY_BYTES + 7, SIZE_MAX, 2);
}

static void test_a_wrong_beginning_is_fetched_again(void **state)
{
	(void)state;
	assert_fetched("w", true, 1000, 17, 2);
	assert_int_equal(server.last_range, -1);
	assert_fetched("w", true, BODY_BYTES, 17, 1);
}

static void assert_refused(const char *plan, bool sum, ErrCode code, const char *words, int requests)
{
	Try t = try_new(plan, sum);

	assert_false(try_run(&t));
	assert_int_equal(t.err.code, code);
	if (!strstr(t.err.text, words))
		fail_msg("plan %s: '%s' does not say '%s'", plan, t.err.text, words);
	assert_int_equal(server.requests, requests);
	assert_nothing(&t);
	try_done(&t);
}

static void test_what_is_wrong_is_not_kept(void **state)
{
	(void)state;
	assert_refused("x", true, ERR_FORMAT, "SHA-256", 1);
	assert_refused("l", true, ERR_FORMAT, "more than the 200000 bytes", 1);
	assert_refused("n", true, ERR_NEED, "404", 1);
	assert_refused("b", true, ERR_NEED, "3 tries in vain", 3);
	assert_refused("cb", true, ERR_NEED, "503", 4);
}

static void test_folders_that_do_not_take_it(void **state)
{
	Try t = try_new("w", true);

	(void)state;
	assert_int_equal(rmdir(t.folder), 0);
	assert_false(try_run(&t));
	assert_int_equal(t.err.code, ERR_FILE);
	assert_int_equal(server.requests, 0);
	/* A link in the place of the part is not written through. */
	t = try_new("w", true);
	assert_int_equal(symlink("/tmp/wattle-fetch-elsewhere", t.part), 0);
	assert_false(try_run(&t));
	assert_int_equal(t.err.code, ERR_FILE);
	try_done(&t);
}

#else

static void test_without_libcurl(void **state)
{
	Fetch fetch = { .tries = 1 };
	FetchFile file = { .name = "x" };
	Err err = { 0 };

	(void)state;
	assert_false(fetch_available());
	assert_false(fetch_file(&fetch, "https://a.example", &file, "/tmp", &err));
	assert_int_equal(err.code, ERR_NEED);
	assert_non_null(strstr(err.text, "without libcurl"));
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_progress),
#ifdef HAVE_CURL
		cmocka_unit_test(test_whole_or_in_pieces),
		cmocka_unit_test(test_a_wrong_beginning_is_fetched_again),
		cmocka_unit_test(test_what_is_wrong_is_not_kept),
		cmocka_unit_test(test_folders_that_do_not_take_it),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
#else
		cmocka_unit_test(test_without_libcurl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
