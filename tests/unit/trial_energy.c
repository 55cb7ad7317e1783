/* Trials beside a meter: a thread that answers edges, of a machine that uses 10 W at rest and
 * half a joule more for each pass. What windows, idle spans and nets say of it.
 * SPDX-License-Identifier: MIT */
#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

#define REST_W 10.0
#define PASS_J 0.5
#define IDLE_S 0.2
#define WARM_C 50.0
#define near(a, b, by) assert_true(fabs((a) - (b)) <= (by))

typedef struct Desk {
	int edges[2], records[2];
	pthread_t meter;
	_Atomic int passes, resets, edge_count;
	_Atomic int ways;  /* joules that each edge costs behind the meter's reading */
	_Atomic bool gone; /* the descriptor of the worker */
	EnergyOs os;       /* by which the worker reads */
	RecordOut *out;
	RecordIn *in;
	Trial trial;
} Desk;

static double used_at(const Desk *desk, int64_t now_ns)
{
	return REST_W * (double)now_ns * 1e-9 + PASS_J * desk->passes + desk->ways;
}

static void answer(Desk *desk, uint32_t id, EdgeReply *out)
{
	int64_t now_ns = clock_now_ns();
	double now_s = (double)now_ns * 1e-9;

	memset(out, 0, sizeof *out);
	out->magic = EDGE_MAGIC;
	out->id = id;
	out->domains = out->headline_count = 1;
	strcpy(out->source, "made-up");
	out->domain[0] = (EnergyDomain){ .id = "package-0",
					 .scope = ENERGY_PKG,
					 .parent = -1,
					 .unit_j = 1e-6,
					 .update_s = 1e-6,
					 .max_w = 1e6,
					 .scale_err = 0.05 };
	out->reading[0] = (Reading){ .energy_j = used_at(desk, now_ns),
				     .t_ns = now_ns,
				     .prov = ENERGY_MEASURED,
				     .resets = (uint32_t)desk->resets };
	out->count[0].raw = out->count[0].sum = (uint64_t)(used_at(desk, now_ns) * 1e6);
	out->count[0].raw_j = 1e-6;
	out->count[0].t_ns = now_ns;
	out->machine = (EdgeMachine){ .busy_ns = now_ns / 1000,
				      .capacity_ns = 2 * now_ns,
				      .temperature_cs = WARM_C * now_s,
				      .frequency_hzs = NAN,
				      .held_ns = now_ns,
				      .on_ac = -1 };
	out->meter_cpu_ns = 1000 * ++desk->edge_count;
	out->read_ns = now_ns;
}

static void *serve(void *user)
{
	Desk *desk = user;
	EdgeRequest request;
	EdgeReply reply;

	while (recv(desk->edges[1], &request, sizeof request, 0) == sizeof request) {
		answer(desk, request.id, &reply);
		desk->ways += desk->os.user != NULL;
		if (send(desk->edges[1], &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply)
			break;
	}
	return NULL;
}

/* The counter's file, as the worker reads it. */
static ssize_t counter_pread(const EnergyOs *os, int fd, void *buffer, size_t size, off_t at)
{
	Desk *desk = os->user;

	(void)fd;
	(void)at;
	errno = ENODEV;
	if (desk->gone)
		return -1;
	return snprintf(buffer, size, "%.0f\n", used_at(desk, clock_now_ns()) * 1e6);
}

static void hand_over(Desk *desk)
{
	desk->os = energy_os;
	desk->os.pread = counter_pread;
	desk->os.user = desk;
	desk->trial.handles = (EdgeHandles){ .os = &desk->os, .count = 1 };
}

static int desk_begin(void **state)
{
	Desk *desk = calloc(1, sizeof *desk);
	Err err;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, desk->edges), 0);
	assert_int_equal(pipe(desk->records), 0);
	fcntl(desk->records[0], F_SETFL, O_NONBLOCK);
	desk->out = record_out_new(desk->records[1], clock_now_ns(), &err);
	desk->in = record_in_new(desk->records[0], &err);
	trial_init(&desk->trial, desk->out, NULL);
	desk->trial.edge_fd = desk->edges[0];
	assert_int_equal(pthread_create(&desk->meter, NULL, serve, desk), 0);
	*state = desk;
	return 0;
}

static int desk_end(void **state)
{
	Desk *desk = *state;

	close(desk->edges[0]);
	pthread_join(desk->meter, NULL);
	close(desk->edges[1]);
	record_out_free(desk->out);
	record_in_free(desk->in);
	close(desk->records[0]);
	close(desk->records[1]);
	free(desk);
	return 0;
}

/* The next record of a type; others are dropped. NULL when there is none. */
static json_t *next(Desk *desk, const char *type)
{
	json_t *record;
	Err err;

	while (record_in_next(desk->in, &record, &err) == RECORD_GOT) {
		if (strcmp(json_string_value(json_object_get(record, "type")), type) == 0)
			return record;
		json_decref(record);
	}
	return NULL;
}

static double number(const json_t *record, const char *key)
{
	const json_t *value = json_object_get(record, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static double part(const json_t *record, const char *joules, const char *name)
{
	return number(json_object_get(json_object_get(record, joules), "u"), name);
}

static bool pass(void *user, uint64_t *items, Err *err)
{
	Desk *desk = user;

	(void)err;
	desk->passes++;
	*items = 1;
	return true;
}

static json_t *window_of(Desk *desk, double window_s, uint32_t *flags)
{
	TrialWindow window = { .arm = "a", .block = 2, .attempt = 1, .window_s = window_s };
	Err err;

	desk->passes = 0;
	assert_true(trial_window(&desk->trial, &window, pass, desk, flags, &err));
	return next(desk, "window");
}

/* Interval of a joules object around what it must be. */
static void check_joules(const json_t *record, const char *key, double truth_j, double by_j)
{
	const json_t *joules = json_object_get(record, key);

	near(number(joules, "value"), truth_j, by_j);
	assert_true(number(joules, "low") < number(joules, "value"));
	assert_true(number(joules, "high") > number(joules, "value"));
}

static void idle_is_subtracted_before_and_after(void **state)
{
	Desk *desk = *state;
	Err err;
	uint32_t flags = 0;
	json_t *idle, *window, *net;

	/* Without a span before there is nothing to interpolate, and none is measured. */
	assert_true(trial_idle_again(&desk->trial, IDLE_S, &err));
	assert_null(next(desk, "idle"));
	assert_true(trial_idle(&desk->trial, IDLE_S, &err));
	idle = next(desk, "idle");
	near(number(idle, "watts"), REST_W, 1e-3);
	assert_int_equal(number(idle, "samples"), IDLE_SAMPLES_MIN);
	near(number(idle, "end_ns") - number(idle, "begin_ns"), IDLE_S * 1e9, 0.1e9);
	json_decref(idle);
	assert_false(trial_idle_due(&desk->trial, IDLE_S));
	window = window_of(desk, 0.001, &flags);
	double used_j = PASS_J * desk->passes;
	check_joules(window, "energy_net", used_j, 0.01);
	assert_true(part(window, "energy", "unit_j") > 0 && part(window, "energy", "edges_j") > 0);
	near(part(window, "energy", "idle_j"), 0, 0);
	near(part(window, "energy", "scale_j"),
	     0.05 * number(json_object_get(window, "energy"), "value"), 1e-6);
	assert_true(part(window, "energy_net", "idle_j") > 0);
	near(number(window, "meter_cpu_s"), 1e-6, 1e-12);
	assert_true(number(window, "edges_s") > 0);
	near(number(window, "temperature_c"), WARM_C, 1e-3);
	assert_true(json_is_string(json_object_get(window, "frequency_hz_why")));
	json_decref(window);
	assert_true(trial_idle_again(&desk->trial, IDLE_S, &err));
	net = next(desk, "net");
	assert_string_equal(json_string_value(json_object_get(net, "arm")), "a");
	assert_int_equal(number(net, "block"), 2);
	assert_int_equal(number(net, "attempt"), 1);
	check_joules(net, "energy_net", used_j, 0.01);
	assert_true(json_is_object(json_object_get(net, "energy_attributed")));
	json_decref(net);
	/* Told once; then nothing is pending. */
	assert_null(next(desk, "net"));
	assert_true(trial_idle_again(&desk->trial, IDLE_S, &err));
	assert_null(next(desk, "idle"));
}

/* Two spans of building: seconds and joules add up, and the bars with them. */
static void builds_add_up(void **state)
{
	Desk *desk = *state;
	TrialBuild build = { .spans = 0 };
	TrialMark mark;
	uint64_t items;
	Err err;

	for (int span = 0; span < 2; span++) {
		assert_true(trial_build_begin(&desk->trial, &mark, &err));
		for (int i = 0; i < 10; i++)
			assert_true(pass(desk, &items, &err));
		assert_true(trial_build_end(&desk->trial, &mark, &build, &err));
	}
	assert_int_equal(build.spans, 2);
	assert_true(build.time_s > 0 && build.time_s < 1);
	near(build.energy.value, 20 * PASS_J, 0.1);
	assert_int_equal(build.energy.prov, ENERGY_MEASURED);
	near(build.energy.u.scale_j, 0.05 * build.energy.value, 1e-6);
	assert_true(build.energy.low < build.energy.value &&
		    build.energy.value < build.energy.high);
	assert_null(build.why);
	/* One span without joules: the sum has none. */
	assert_true(trial_build_begin(&desk->trial, &mark, &err));
	desk->resets++;
	assert_true(trial_build_end(&desk->trial, &mark, &build, &err));
	assert_true(isnan(build.energy.value));
	assert_non_null(strstr(build.why, "the sensor was reset"));
}

static void not_measured_is_told(void **state)
{
	Desk *desk = *state;
	Err err;
	uint32_t flags = 0;
	json_t *window;

	assert_true(trial_idle(&desk->trial, 0, &err));
	window = window_of(desk, 0.001, &flags);
	assert_true(json_is_object(json_object_get(window, "energy")));
	assert_true(json_is_null(json_object_get(window, "energy_net")));
	assert_string_equal(json_string_value(json_object_get(window, "energy_net_why")),
			    "idle power was not measured");
	json_decref(window);
	assert_false(trial_idle_due(&desk->trial, 0));
}

/* Many windows, or long ones, are worth a span between them. */
static void idle_is_due(void **state)
{
	Desk *desk = *state;
	Err err;
	uint32_t flags;
	int windows = 0;

	assert_true(trial_idle(&desk->trial, 0.02, &err));
	do
		json_decref(window_of(desk, 0.0001, &flags));
	while (!trial_idle_due(&desk->trial, 1000) && ++windows < TRIAL_PENDING_MAX);
	assert_int_equal(windows, TRIAL_PENDING_MAX / 2 - 1);
	assert_true(trial_idle_due(&desk->trial, 1e-9));
}

static void a_warmer_window_is_contended(void **state)
{
	Desk *desk = *state;
	uint32_t flags;
	json_t *firsts =
		json_pack("{s:{s:f, s:n}}", "a", "temperature_c", WARM_C - 4, "frequency_hz");

	desk->trial.firsts = firsts;
	json_decref(window_of(desk, 0.001, &flags)); /* too short to be judged */
	assert_int_equal(flags & ENERGY_CONTENDED, 0);
	json_decref(window_of(desk, 1, &flags));
	assert_true(flags & ENERGY_CONTENDED);
	json_decref(firsts);
}

/* What is used on the way to the meter and back is in no window of a counter that is read here. */
static void what_the_worker_reads_itself_is_nearer(void **state)
{
	Desk *desk = *state;
	uint32_t flags = 0;
	json_t *window;

	hand_over(desk);
	window = window_of(desk, 0.05, &flags);
	assert_string_equal(json_string_value(json_object_get(window, "edges_by")), "worker");
	assert_int_equal(desk->ways, 2);
	near(number(json_object_get(window, "energy"), "value"),
	     REST_W * number(window, "time_s") + PASS_J * desk->passes,
	     0.5 + REST_W * number(window, "edges_s"));
	near(number(window, "energy_s") - number(window, "time_s"), number(window, "edges_s"),
	     1e-9);
	assert_int_equal(flags & ENERGY_VOID, 0);
	json_decref(window);
	/* By the meter the first of the two is within. */
	desk->trial.handles.count = 0;
	desk->ways = 0;
	window = window_of(desk, 0.05, &flags);
	assert_string_equal(json_string_value(json_object_get(window, "edges_by")), "meter");
	near(number(json_object_get(window, "energy"), "value"),
	     REST_W * number(window, "time_s") + PASS_J * desk->passes + 1,
	     0.5 + REST_W * number(window, "edges_s"));
	json_decref(window);
}

static bool pass_then_gone(void *user, uint64_t *items, Err *err)
{
	((Desk *)user)->gone = true;
	return pass(user, items, err);
}

static void a_descriptor_that_dies_voids(void **state)
{
	Desk *desk = *state;
	TrialWindow of = { .arm = "a", .window_s = 0.01 };
	uint32_t flags = 0;
	json_t *window;
	Err err;

	hand_over(desk);
	assert_true(trial_window(&desk->trial, &of, pass_then_gone, desk, &flags, &err));
	assert_true(flags & ENERGY_LOST);
	window = next(desk, "window");
	assert_true(json_is_null(json_object_get(window, "energy")));
	json_decref(window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(idle_is_subtracted_before_and_after, desk_begin,
						desk_end),
		cmocka_unit_test_setup_teardown(builds_add_up, desk_begin, desk_end),
		cmocka_unit_test_setup_teardown(not_measured_is_told, desk_begin, desk_end),
		cmocka_unit_test_setup_teardown(idle_is_due, desk_begin, desk_end),
		cmocka_unit_test_setup_teardown(a_warmer_window_is_contended, desk_begin, desk_end),
		cmocka_unit_test_setup_teardown(what_the_worker_reads_itself_is_nearer, desk_begin,
						desk_end),
		cmocka_unit_test_setup_teardown(a_descriptor_that_dies_voids, desk_begin, desk_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
