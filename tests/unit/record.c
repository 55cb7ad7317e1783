/* Records: form of a line, holding, short writes and interrupts, torn and long lines, refusals,
 * failing memory.
 * SPDX-License-Identifier: MIT */
#include "base/record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "alloc_fail.h"

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __real_read(int fd, void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_read(int fd, void *bytes, size_t len);

static bool io_hostile; /* every other call is interrupted, the rest moves 1 … 7 bytes */
static unsigned io_calls;

static bool io_interrupted(size_t *len)
{
	if (!io_hostile)
		return false;
	io_calls++;
	errno = EINTR;
	if (*len > io_calls % 7 + 1)
		*len = io_calls % 7 + 1;
	return io_calls % 2;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	return io_interrupted(&len) ? -1 : __real_write(fd, bytes, len);
}

ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
	return io_interrupted(&len) ? -1 : __real_read(fd, bytes, len);
}

/* A pipe with a writer and a reader of records on it. */
typedef struct Pipe {
	int fd[2];
	RecordOut *out;
	RecordIn *in;
	Err err;
} Pipe;

static void pipe_init(Pipe *p)
{
	memset(p, 0, sizeof *p);
	assert_int_equal(pipe(p->fd), 0);
	p->out = record_out_new(p->fd[1], 1000, &p->err);
	p->in = record_in_new(p->fd[0], &p->err);
	assert_non_null(p->out);
	assert_non_null(p->in);
}

static void pipe_end(Pipe *p)
{
	close(p->fd[1]);
	p->fd[1] = -1;
}

static void pipe_done(Pipe *p)
{
	if (p->fd[1] >= 0)
		close(p->fd[1]);
	close(p->fd[0]);
	record_out_free(p->out);
	record_in_free(p->in);
}

static void feed(Pipe *p, const char *text)
{
	assert_int_equal(__real_write(p->fd[1], text, strlen(text)), strlen(text));
}

static void expect(Pipe *p, const char *type)
{
	json_t *record;

	assert_int_equal(record_in_next(p->in, &record, &p->err), RECORD_GOT);
	assert_string_equal(json_string_value(json_object_get(record, "type")), type);
	json_decref(record);
}

static void expect_not(Pipe *p, RecordGot got)
{
	json_t *record = (json_t *)p;

	assert_int_equal(record_in_next(p->in, &record, &p->err), got);
	assert_null(record);
}

static json_t *sample(const char *type, const char *text)
{
	json_t *record = record_new(type, 0);

	json_object_set_new(record, "text", json_string(text));
	return record;
}

static void version_and_type_come_first(void **state)
{
	char line[512] = "";
	Pipe p;

	(void)state;
	pipe_init(&p);
	assert_int_equal(record_out_origin(p.out), 1000);
	json_t *record = record_new("epoch", 0);

	json_object_set_new(record, "arm", json_string("dense"));
	json_object_set_new(record, "loss", json_real(0.25));
	json_object_set_new(record, "t_ns", json_integer(17));
	json_object_set_new(record, "estimate",
			    record_estimate(1.5, (double)NAN, (double)INFINITY, 3, "bootstrap"));
	assert_true(record_absent(record, "energy_j", "no meter"));
	assert_true(record_out_put(p.out, record, &p.err));
	assert_true(__real_read(p.fd[0], line, sizeof line - 1) > 0);
	assert_string_equal(
		line, "{\"v\":1,\"type\":\"epoch\",\"t_ns\":17,\"arm\":\"dense\",\"loss\":0.25,"
		      "\"estimate\":{\"value\":1.5,\"low\":null,\"high\":null,\"n\":3,\"method\":"
		      "\"bootstrap\"},"
		      "\"energy_j\":null,\"energy_j_why\":\"no meter\"}\n");
	record = record_new("a", 0);
	assert_true(json_integer_value(json_object_get(record, "t_ns")) > 0);
	assert_false(record_absent(
		record, "a-key-that-is-far-too-long-to-be-the-name-of-a-field-in-a-record-of-ours",
		""));
	json_decref(record);
	pipe_done(&p);
}

static void nan_cannot_be_written(void **state)
{
	Pipe p;

	(void)state;
	pipe_init(&p);
	json_t *record = json_pack("{s:f}", "loss", (double)NAN);

	assert_null(record);
	assert_false(record_out_put(p.out, record, &p.err));
	assert_int_equal(p.err.code, ERR_MEMORY);
	record = record_new("a", 0);
	json_object_set_new(record, "big", json_integer(RECORD_INTEGER_MAX + 1));
	assert_false(record_out_put(p.out, record, &p.err));
	pipe_end(&p);
	expect_not(&p, RECORD_END);
	pipe_done(&p);
}

static void terminals_get_escapes(void **state)
{
	static const char text[] = "\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x81\x81 \xc5\xbc";
	char line[512] = "";
	Pipe p;

	(void)state;
	pipe_init(&p);
	assert_true(record_out_put(p.out, sample("text", text), &p.err));
	ssize_t n = __real_read(p.fd[0], line, sizeof line - 1);

	assert_true(n > 0);
	assert_non_null(strstr(line, "\"\\u007f\\u009b\\u202e\\udb40\\udc41 \xc5\xbc\""));
	json_t *back = record_parse(line, (size_t)n, &p.err);

	assert_string_equal(json_string_value(json_object_get(back, "text")), text);
	json_decref(back);
	pipe_done(&p);
}

static void held_records_wait(void **state)
{
	Pipe p;
	struct pollfd readable;

	(void)state;
	pipe_init(&p);
	readable = (struct pollfd){ .fd = p.fd[0], .events = POLLIN };
	record_out_hold(p.out);
	for (int i = 0; i < 100; i++)
		assert_true(record_out_put(p.out, sample("window", "w"), &p.err));
	assert_int_equal(poll(&readable, 1, 0), 0);
	assert_true(record_out_release(p.out, &p.err));
	assert_int_equal(poll(&readable, 1, 0), 1);
	assert_true(record_out_put(p.out, sample("after", "w"), &p.err));
	assert_true(record_out_release(p.out, &p.err));
	pipe_end(&p);
	for (int i = 0; i < 100; i++)
		expect(&p, "window");
	expect(&p, "after");
	expect_not(&p, RECORD_END);
	assert_int_equal(record_in_torn(p.in), 0);
	pipe_done(&p);
}

static void interrupts_and_short_transfers_lose_nothing(void **state)
{
	Pipe p;

	(void)state;
	pipe_init(&p);
	io_hostile = true;
	for (int i = 0; i < 50; i++)
		assert_true(
			record_out_put(p.out, sample(i % 2 ? "odd" : "even", "some text"), &p.err));
	pipe_end(&p);
	for (int i = 0; i < 50; i++)
		expect(&p, i % 2 ? "odd" : "even");
	expect_not(&p, RECORD_END);
	io_hostile = false;
	pipe_done(&p);
}

/* Both ends are non-blocking and the records do not fit into the pipe: the writer has to wait for
 * the reader. */
static void full_pipes_are_waited_for(void **state)
{
	enum { N = 30, BYTES = 20000 };
	char text[BYTES + 1];
	json_t *record;
	Pipe p;

	(void)state;
	pipe_init(&p);
	memset(text, 't', BYTES);
	text[BYTES] = '\0';
	fcntl(p.fd[0], F_SETFL, O_NONBLOCK);
	fcntl(p.fd[1], F_SETFL, O_NONBLOCK);
	expect_not(&p, RECORD_WAIT);
	pid_t child = fork();

	if (child == 0) {
		bool fine = true;

		for (int i = 0; i < N; i++)
			fine = fine && record_out_put(p.out, sample("big", text), &p.err);
		_exit(fine ? 0 : 1);
	}
	pipe_end(&p);
	for (int got = 0; got < N;) {
		struct pollfd readable = { .fd = p.fd[0], .events = POLLIN };

		poll(&readable, 1, -1);
		if (record_in_next(p.in, &record, &p.err) != RECORD_GOT)
			continue;
		assert_int_equal(json_string_length(json_object_get(record, "text")), BYTES);
		json_decref(record);
		got++;
		while (got < N && record_in_next(p.in, &record, &p.err) == RECORD_GOT) {
			json_decref(record);
			got++;
		}
	}
	int status = -1;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	expect_not(&p, RECORD_END);
	pipe_done(&p);
}

static void torn_last_line_is_counted(void **state)
{
	Pipe p;

	(void)state;
	pipe_init(&p);
	feed(&p, "{\"v\":1,\"type\":\"a\"}\n{\"v\":1,\"ty");
	fcntl(p.fd[0], F_SETFL, O_NONBLOCK);
	expect(&p, "a");
	expect_not(&p, RECORD_WAIT);
	pipe_end(&p);
	expect_not(&p, RECORD_END);
	expect_not(&p, RECORD_END);
	assert_int_equal(record_in_torn(p.in), 1);
	pipe_done(&p);
}

static void bad_lines_do_not_stop_the_reader(void **state)
{
	Pipe p;

	(void)state;
	pipe_init(&p);
	feed(&p, "{\"v\":1,\"type\":\"a\"}\nnonsense\n\n{\"v\":1,\"type\":\"b\"}\n");
	pipe_end(&p);
	expect(&p, "a");
	expect_not(&p, RECORD_BAD);
	assert_int_equal(p.err.code, ERR_FORMAT);
	assert_memory_equal(p.err.text, "line 2: ", 8);
	expect_not(&p, RECORD_BAD);
	assert_memory_equal(p.err.text, "line 3: ", 8);
	expect(&p, "b");
	expect_not(&p, RECORD_END);
	pipe_done(&p);
	/* A descriptor that cannot be read is reported once, then it is the end. */
	pipe_init(&p);
	RecordIn *in = record_in_new(-1, &p.err);
	json_t *record;

	assert_int_equal(record_in_next(in, &record, &p.err), RECORD_BAD);
	assert_int_equal(p.err.code, ERR_FILE);
	assert_int_equal(record_in_next(in, &record, &p.err), RECORD_END);
	record_in_free(in);
	pipe_done(&p);
}

static void long_lines_are_refused(void **state)
{
	enum { BYTES = (1 << 20) + (1 << 19) };
	FILE *file = tmpfile();
	char *text = malloc(BYTES + 1);
	Pipe p;

	(void)state;
	pipe_init(&p);
	assert_non_null(file);
	memset(text, 'x', BYTES);
	text[BYTES] = '\0';
	assert_false(record_out_put(p.out, sample("a", text), &p.err));
	assert_int_equal(p.err.code, ERR_LIMIT);
	text[RECORD_LINE_MAX - 100] = '\0'; /* the longest that fits is taken */
	fputs("{\"v\":1,\"type\":\"a\",\"text\":\"", file);
	fputs(text, file);
	fputs("\"}\n", file);
	memset(text, 'y', BYTES);
	fputs(text, file);
	fputs("\n{\"v\":1,\"type\":\"b\"}\n", file);
	fputs(text, file);
	fflush(file);
	lseek(fileno(file), 0, SEEK_SET);
	close(p.fd[0]);
	p.fd[0] = dup(fileno(file));
	record_in_free(p.in);
	p.in = record_in_new(p.fd[0], &p.err);
	expect(&p, "a");
	expect_not(&p, RECORD_BAD);
	assert_memory_equal(p.err.text, "line 2: a record of more", 24);
	expect(&p, "b");
	expect_not(&p, RECORD_BAD);
	assert_memory_equal(p.err.text, "line 4: a record of more", 24);
	expect_not(&p, RECORD_END);
	fclose(file);
	free(text);
	pipe_done(&p);
}

static void gone_readers_are_reported(void **state)
{
	Pipe p;

	(void)state;
	pipe_init(&p);
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);

	close(p.fd[0]);
	p.fd[0] = -1;
	assert_false(record_out_put(p.out, sample("a", "x"), &p.err));
	assert_int_equal(p.err.code, ERR_FILE);
	assert_false(record_out_put(p.out, sample("a", "x"), &p.err));
	assert_false(record_out_release(p.out, &p.err));
	assert_int_equal(p.err.code, ERR_FILE);
	signal(SIGPIPE, before);
	pipe_done(&p);
}

static int rooms; /* that the waiter still grants */

static bool wait_a_little(int fd, Err *err)
{
	(void)fd;
	return rooms-- > 0 || err_set(err, ERR_INTERRUPTED, "enough");
}

static void a_waiter_ends_a_stalled_output(void **state)
{
	Pipe p;
	char bytes[4096];
	json_t *record = sample("a", "x");
	char *long_text = calloc(1, 10000);

	(void)state;
	pipe_init(&p);
	memset(long_text, 'y', 9999);
	json_object_set_new(record, "text", json_string(long_text));
	record_out_wait(p.out, wait_a_little);
	rooms = 2;
	assert_false(record_out_put(p.out, record, &p.err));
	assert_int_equal(p.err.code, ERR_INTERRUPTED);
	/* A pipe that had room took no more at once than it surely takes without blocking. */
	assert_int_equal(read(p.fd[0], bytes, sizeof bytes), 4096);
	assert_int_equal(read(p.fd[0], bytes, sizeof bytes), 4096);
	/* The line is torn: nothing may follow, and the waiter is not asked again. */
	rooms = 2;
	assert_false(record_out_put(p.out, sample("a", "x"), &p.err));
	assert_int_equal(p.err.code, ERR_FILE);
	assert_int_equal(rooms, 2);
	free(long_text);
	pipe_done(&p);
}

static bool parses(const char *line)
{
	Err err = { 0 };
	json_t *record = record_parse(line, strlen(line), &err);

	assert_true(record || err.code == ERR_FORMAT);
	json_decref(record);
	return record;
}

static void parsing_is_strict(void **state)
{
	char deep[200] = "{\"v\":1,\"type\":\"a\",\"x\":";

	(void)state;
	assert_true(parses("{\"v\":1,\"type\":\"a\"}"));
	assert_true(parses("{\"type\":\"a\",\"v\":1,\"x\":9007199254740992}"));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":9007199254740993}"));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":[{\"y\":-9007199254740993}]}"));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":1,\"x\":2}"));
	assert_false(parses("{\"v\":1,\"v\":1,\"type\":\"a\"}"));
	assert_false(parses("{\"v\":2,\"type\":\"a\"}"));
	assert_false(parses("{\"v\":0,\"type\":\"a\"}"));
	assert_false(parses("{\"v\":\"1\",\"type\":\"a\"}"));
	assert_false(parses("{\"v\":1,\"type\":\"\"}"));
	assert_false(parses("{\"v\":1,\"type\":3}"));
	assert_false(parses("{\"v\":1}"));
	assert_false(parses("[1]"));
	assert_false(parses(""));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":NaN}"));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":1e999}"));
	assert_false(parses("{\"v\":1,\"type\":\"a\"} trailing"));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":\"\xff\"}"));
	assert_false(parses("{\"v\":1,\"type\":\"a\",\"x\":\"\\u0000\"}"));
	size_t n = strlen(deep);

	for (int depth = 1; depth <= 20; depth++) { /* the record is the first level */
		memset(deep + n, '[', (size_t)depth);
		memset(deep + n + depth, ']', (size_t)depth);
		strcpy(deep + n + 2 * depth, "}");
		assert_int_equal(parses(deep), depth < RECORD_DEPTH_MAX);
	}
}

static void *json_malloc_wrapped(size_t size)
{
	return malloc(size);
}

/* One whole use; false when memory was refused somewhere, with *err set to that. */
static bool use_everything(int fd_out, int fd_in, Err *err)
{
	RecordOut *out = record_out_new(fd_out, 0, err);
	RecordIn *in = out ? record_in_new(fd_in, err) : NULL;
	json_t *record = NULL, *estimate;
	bool fine = false;

	if (!in)
		goto done;
	record_out_hold(out);
	if (!record_out_put(out, record_new("a", 0), err))
		goto done;
	estimate = record_estimate(1, 0, 2, 5, "t");
	if (!estimate) {
		err_set(err, ERR_MEMORY, "estimate");
		goto done;
	}
	json_decref(estimate);
	if (!record_out_release(out, err))
		goto done;
	fine = record_in_next(in, &record, err) == RECORD_GOT;
	json_decref(record);
done:
	record_in_free(in);
	record_out_free(out);
	return fine;
}

static void each_refusal_is_reported(void **state)
{
	int fd[2];
	size_t nth = 0;
	bool fine = false;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	json_set_alloc_funcs(json_malloc_wrapped, free);
	for (; !fine; nth++) {
		Err err = { 0 };
		char rest[512];

		alloc_fail_after(nth);
		fine = use_everything(fd[1], fd[0], &err);
		alloc_fail_never();
		/* jansson's scanner calls a token malformed for which it has no memory. */
		if (!fine)
			assert_true(err.code == ERR_MEMORY || strstr(err.text, "not a record"));
		/* What was written and not read would be the next round's first line. */
		fcntl(fd[0], F_SETFL, O_NONBLOCK);
		while (__real_read(fd[0], rest, sizeof rest) > 0)
			continue;
		fcntl(fd[0], F_SETFL, 0);
	}
	assert_true(nth > 20);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_and_type_come_first),
		cmocka_unit_test(nan_cannot_be_written),
		cmocka_unit_test(terminals_get_escapes),
		cmocka_unit_test(held_records_wait),
		cmocka_unit_test(interrupts_and_short_transfers_lose_nothing),
		cmocka_unit_test(full_pipes_are_waited_for),
		cmocka_unit_test(torn_last_line_is_counted),
		cmocka_unit_test(bad_lines_do_not_stop_the_reader),
		cmocka_unit_test(long_lines_are_refused),
		cmocka_unit_test(gone_readers_are_reported),
		cmocka_unit_test(a_waiter_ends_a_stalled_output),
		cmocka_unit_test(parsing_is_strict),
		cmocka_unit_test(each_refusal_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
