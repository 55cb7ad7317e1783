/* Descriptors over the edge socket, and what a worker reads by them.
 * SPDX-License-Identifier: MIT */
#include "energy/handles.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "energy_edges.h"
#include "unit.h"

#define J 1000000u /* raw units of the counts here */

typedef struct Wire {
	int meter, worker, file;
	char path[64];
} Wire;

static int wire_new(void **state)
{
	static Wire wire;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	snprintf(wire.path, sizeof wire.path, "/tmp/wattle-handles-XXXXXX");
	wire.file = mkstemp(wire.path);
	assert_true(wire.file >= 0);
	wire.worker = ends[0];
	wire.meter = ends[1];
	*state = &wire;
	return 0;
}

static int wire_free(void **state)
{
	Wire *wire = *state;

	unlink(wire->path);
	close(wire->file);
	close(wire->worker);
	return wire->meter < 0 ? 0 : close(wire->meter);
}

static int open_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void file_says(const Wire *wire, const char *text)
{
	assert_int_equal(ftruncate(wire->file, 0), 0);
	assert_int_equal(pwrite(wire->file, text, strlen(text), 0), (ssize_t)strlen(text));
}

static bool ask(const Wire *wire, EdgeHandles *out, Err *err)
{
	*err = (Err){ 0 };
	return edge_handles_ask(wire->worker, 7, 30, out, err);
}

/* The worker's descriptors outlive the meter's, and read the same. */
static void descriptors_arrive(void **state)
{
	Wire *wire = *state;
	int reading = open(wire->path, O_RDONLY | O_CLOEXEC), pipes[2], before = open_count();
	uint64_t raw, event[3] = { 42, 5, 5 };
	EdgeHandles sent = { .count = 2 }, got;
	Err err;

	assert_int_equal(pipe(pipes), 0);
	sent.handle[0] = (EnergyHandle){ .fd = reading, .kind = ENERGY_HANDLE_TEXT };
	sent.handle[1] = (EnergyHandle){ .fd = pipes[0], .kind = ENERGY_HANDLE_PERF };
	assert_true(edge_handles_send(wire->meter, 7, &sent));
	close(reading);
	close(pipes[0]);
	assert_true(ask(wire, &got, &err));
	assert_int_equal(got.count, 2);
	assert_ptr_equal(got.os, &energy_os);
	assert_true(fcntl(got.handle[0].fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fcntl(got.handle[0].fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	file_says(wire, "1234567\n");
	assert_true(energy_handle_read(got.os, &got.handle[0], &raw));
	assert_int_equal(raw, 1234567);
	assert_int_equal(write(pipes[1], event, sizeof event), sizeof event);
	assert_true(energy_handle_read(got.os, &got.handle[1], &raw));
	assert_int_equal(raw, 42);
	edge_handles_close(&got);
	close(pipes[1]);
	assert_int_equal(got.count, 0);
	assert_int_equal(open_count(), before - 1);
}

static void nothing_may_be_handed(void **state)
{
	Wire *wire = *state;
	EdgeHandles none = { .count = 0 }, got = { .count = 3 };
	EdgeReply reply = edge(S, 1), same = reply;
	EdgeSample sample = { .count = 9 };
	Err err;

	assert_true(edge_handles_send(wire->meter, 7, &none));
	assert_true(ask(wire, &got, &err));
	assert_int_equal(got.count, 0);
	edge_sample(&got, EDGE_BEGIN, &sample);
	assert_int_equal(sample.count, 0);
	edge_settle(&reply, &sample);
	assert_memory_equal(&reply, &same, sizeof reply);
	got.count = 3;
	assert_true(edge_handles_ask(-1, 1, 0, &got, &err));
	assert_int_equal(got.count, 0);
}

/* Answers to edges that were given up on come first. What comes with anything else is closed. */
static void late_and_wrong_answers_are_dropped(void **state)
{
	Wire *wire = *state;
	EdgeReply late = edge(S, 2);
	EdgeHandles sent = { .count = 1 }, got;
	int before = open_count();
	char much[8000] = "x";
	Err err;

	sent.handle[0] = (EnergyHandle){ .fd = wire->file, .kind = ENERGY_HANDLE_TEXT };
	assert_int_equal(send(wire->meter, &late, sizeof late, 0), sizeof late);
	assert_true(edge_handles_send(wire->meter, 6, &sent));
	assert_int_equal(send(wire->meter, much, sizeof much, 0), sizeof much);
	assert_int_equal(send(wire->meter, "x", 1, 0), 1);
	sent.handle[0].kind = ENERGY_HANDLE_KINDS;
	assert_true(edge_handles_send(wire->meter, 7, &sent));
	assert_false(ask(wire, &got, &err));
	assert_int_equal(err.code, ERR_DIED);
	assert_non_null(strstr(err.text, "did not answer"));
	assert_int_equal(got.count, 0);
	assert_int_equal(open_count(), before);
	sent.handle[0].kind = ENERGY_HANDLE_TEXT;
	assert_true(edge_handles_send(wire->meter, 7, &sent));
	assert_true(ask(wire, &got, &err));
	assert_int_equal(got.count, 1);
	edge_handles_close(&got);
	assert_int_equal(open_count(), before);
}

/* Descriptors that nobody waited for any longer do not stand in the way of the edges. */
static void edges_go_on_behind_a_late_answer(void **state)
{
	Wire *wire = *state;
	EdgeReply answer = edge(S, 2), got;
	EdgeHandles sent = { .count = 1 };
	int before = open_count();
	Err err = { 0 };

	sent.handle[0] = (EnergyHandle){ .fd = wire->file, .kind = ENERGY_HANDLE_TEXT };
	answer.magic = EDGE_MAGIC;
	answer.id = 8;
	assert_true(edge_handles_send(wire->meter, 7, &sent));
	assert_int_equal(send(wire->meter, &answer, sizeof answer, 0), sizeof answer);
	if (!edge_ask(wire->worker, 8, 30, &got, &err))
		fail_msg("%s", err.text);
	assert_int_equal(got.id, 8);
	assert_int_equal(open_count(), before);
}

static void a_meter_that_has_gone_is_told(void **state)
{
	Wire *wire = *state;
	EdgeHandles got, none = { .count = 0 };
	Err err;

	close(wire->meter);
	wire->meter = -1;
	assert_false(ask(wire, &got, &err));
	assert_int_equal(err.code, ERR_DIED);
	assert_int_equal(got.count, 0);
	assert_false(edge_handles_send(wire->worker, 1, &none));
}

static void what_cannot_be_read_has_an_errno(void **state)
{
	static const char *const absurd[] = { "", "\n", "abc\n", "1e3\n", "-5\n", "1 2\n" };
	Wire *wire = *state;
	EnergyHandle file = { .fd = wire->file, .kind = ENERGY_HANDLE_TEXT };
	EnergyHandle event = { .kind = ENERGY_HANDLE_PERF };
	uint64_t raw, never[3] = { 9, 5, 0 };
	int pipes[2];

	for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
		file_says(wire, absurd[i]);
		assert_false(energy_handle_read(&energy_os, &file, &raw));
		assert_int_equal(errno, EINVAL);
	}
	file.fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_false(energy_handle_read(&energy_os, &file, &raw));
	assert_int_equal(errno, EISDIR);
	close(file.fd);
	assert_int_equal(pipe(pipes), 0);
	event.fd = pipes[0];
	assert_int_equal(write(pipes[1], never, sizeof never), sizeof never);
	assert_false(energy_handle_read(&energy_os, &event, &raw)); /* it has never run */
	assert_int_equal(errno, ENODATA);
	close(pipes[1]);
	assert_false(energy_handle_read(&energy_os, &event, &raw)); /* its CPU is gone */
	assert_int_equal(errno, ENODATA);
	close(pipes[0]);
}

/* --- counts ----------------------------------------------------------------------------------- */

static Reading at(const EnergyCount *count, uint64_t raw, int64_t t_ns)
{
	const EnergyDomain domain = { .unit_j = 61e-6, .update_s = 1e-3, .max_w = 1000 };
	Reading reading;

	energy_reading(&reading, t_ns, t_ns);
	energy_count_at(count, &domain, raw, t_ns, &reading);
	return reading;
}

static void counts_go_both_ways(void **state)
{
	const EnergyCount count = { .raw = 10 * J,
				    .modulo = 1000 * J,
				    .raw_j = 1e-6,
				    .sum = 700 * J,
				    .t_ns = 10 * S,
				    .wraps = 3,
				    .resets = 1 };
	Reading reading = at(&count, 10 * J, 10 * S);

	(void)state;
	near(reading.energy_j, 700, 0);
	reading = at(&count, 10 * J + 100, 10 * S + 200000);
	near(reading.energy_j, 700.0001, 1e-12);
	reading = at(&count, 10 * J - 100, 10 * S - 200000);
	near(reading.energy_j, 699.9999, 1e-12);
	assert_int_equal(reading.wraps, 3);
	assert_int_equal(reading.resets, 1);
	assert_int_equal(reading.flags, 0);
	assert_int_equal(reading.prov, ENERGY_MEASURED);
	/* It went round between the other's reading and this one. */
	reading = at(&count, 990 * J, 10 * S - 100000000);
	near(reading.energy_j, 680, 1e-9);
	assert_int_equal(reading.wraps, 2);
	assert_int_equal(reading.resets, 1);
	reading = at(&count, 5 * J, 10 * S + 900000000);
	near(reading.energy_j, 1695, 1e-9);
	assert_int_equal(reading.wraps, 4);
}

/* More than is believed, either way; more than it has ever counted; rounds nobody saw. */
static void counts_that_do_not_fit_are_resets(void **state)
{
	const EnergyCount count = {
		.raw = 10 * J, .modulo = 1000 * J, .raw_j = 1e-6, .sum = 2 * J, .t_ns = 10 * S
	};

	(void)state;
	assert_int_equal(at(&count, 15 * J, 10 * S + 100000).resets, 1);
	assert_int_equal(at(&count, 5 * J, 10 * S - 100000).resets, 1);
	assert_int_equal(at(&count, 11 * J, 10 * S - 100000).resets, 1); /* 999 J back */
	assert_int_equal(at(&count, 7 * J, 10 * S - 100000000).resets, 1);
	assert_int_equal(at(&count, 9 * J, 8 * S).resets, 1);
	assert_int_equal(at(&count, 9 * J, 10 * S - 10000000).resets, 0);
	assert_true(at(&count, 10 * J, 12 * S).multiwraps == 1);
}

/* --- samples ---------------------------------------------------------------------------------- */

static void a_sample_takes_the_place_of_the_reading(void **state)
{
	EdgeReply begin = edge(S, 2), end = edge(2 * S, 2);
	EdgeSample first = { .count = 2, .begin_ns = S + 100, .end_ns = S + 700 };
	EdgeSample last = { .count = 2, .begin_ns = 2 * S - 9000, .end_ns = 2 * S - 8000 };

	(void)state;
	begin.received_ns = S + 50;
	end.sent_ns = 2 * S - 7000;
	end.received_ns = 2 * S + 9000;
	for (int i = 0; i < 2; i++) {
		begin.count[i] = (EnergyCount){ .raw = J, .raw_j = 1e-6, .sum = J, .t_ns = S };
		end.count[i] =
			(EnergyCount){ .raw = 8 * J, .raw_j = 1e-6, .sum = 8 * J, .t_ns = 2 * S };
		begin.reading[i].energy_j = 1;
		end.reading[i].energy_j = 8;
		first.of[i] = (struct EdgeRaw){ .raw = J + 30, .t_ns = S + 200, .read_ns = 300 };
		last.of[i] =
			(struct EdgeRaw){ .raw = 8 * J - 20, .t_ns = 2 * S - 8500, .read_ns = 400 };
	}
	edge_settle(&begin, &first);
	edge_settle(&end, &last);
	near(begin.reading[1].energy_j, 1.00003, 1e-12);
	near(end.reading[0].energy_j, 7.99998, 1e-12);
	assert_true(begin.reading[0].t_ns == S + 200 && begin.reading[0].read_ns == 300);
	assert_true(end.reading[1].t_ns == 2 * S - 8500);
	assert_true(begin.received_ns == S + 700 && end.sent_ns == 2 * S - 9000);
	/* Of the second the two steps differ, or they would be held to be one. */
	end.reading[1].energy_j += 1;
	near(between(&begin, &end).value, 2 * (7 - 50e-6) + 1, 1e-9);
	assert_int_equal(between(&begin, &end).flags, 0);
	/* What the meter has lost is lost, whatever the worker read. */
	end.reading[0].flags = ENERGY_LOST;
	end.reading[0].energy_j = NAN;
	edge_settle(&end, &last);
	assert_true(isnan(end.reading[0].energy_j));
	assert_int_equal(between(&begin, &end).flags, ENERGY_LOST);
	/* Of another number of domains it is not of this headline. */
	end = edge(2 * S, 1);
	edge_settle(&end, &last);
	assert_true(end.reading[0].t_ns == 2 * S);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_new, wire_free)
	const struct CMUnitTest tests[] = {
		TEST(descriptors_arrive),
		TEST(nothing_may_be_handed),
		TEST(late_and_wrong_answers_are_dropped),
		TEST(edges_go_on_behind_a_late_answer),
		TEST(a_meter_that_has_gone_is_told),
		TEST(what_cannot_be_read_has_an_errno),
		cmocka_unit_test(counts_go_both_ways),
		cmocka_unit_test(counts_that_do_not_fit_are_resets),
		cmocka_unit_test(a_sample_takes_the_place_of_the_reading),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
