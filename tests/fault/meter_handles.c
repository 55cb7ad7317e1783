/* What the meter hands to the worker, from process to process.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "meter_start.h"

/* The worker reads by the meter's descriptors what the meter reads; only what lies between its own
 * readings is in its window. */
static void the_worker_reads_the_same(void **state)
{
	EdgeReply begin, end, meters;
	EdgeSample first, last;
	EdgeHandles handles;
	Joules joules;
	Meter meter;

	(void)state;
	two_packages();
	meter = meter_start("auto", "0");
	handles = taken_over(&meter, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(handles.handle[i].fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	begin = meters = ask(&meter, 1);
	edge_sample(&handles, EDGE_BEGIN, &first);
	edge_settle(&meters, &first);
	for (int i = 0; i < 2; i++)
		assert_true(meters.reading[i].energy_j == begin.reading[i].energy_j);
	put("/sys/class/powercap/intel-rapl:0/energy_uj", "262143328700\n"); /* 0.7 mJ, before */
	edge_sample(&handles, EDGE_BEGIN, &first);
	put("/sys/class/powercap/intel-rapl:0/energy_uj", "000001999789\n"); /* 2 J, over the top */
	put("/sys/class/powercap/intel-rapl:1/energy_uj", "000008000000\n"); /* 3 J */
	edge_sample(&handles, EDGE_END, &last);
	put("/sys/class/powercap/intel-rapl:1/energy_uj", "000008500000\n"); /* 0.5 J, behind */
	end = ask(&meter, 2);
	edge_settle(&begin, &first);
	edge_settle(&end, &last);
	edge_joules(&begin, &end, &joules);
	assert_true(fabs(joules.value - 5) < 1e-9);
	assert_int_equal(joules.prov, ENERGY_MEASURED);
	assert_int_equal(joules.flags & ~(uint32_t)ENERGY_STALE, ENERGY_WRAPPED);
	/* A descriptor outlives the meter; the window does not. */
	assert_int_equal(meter_end(&meter), 0);
	edge_sample(&handles, EDGE_END, &last);
	assert_false(last.of[0].lost);
	edge_handles_close(&handles);
}

/* They come at any time, cost no edge, and are as often to be had as a worker is started. */
static void descriptors_are_no_edges(void **state)
{
	Meter meter;

	(void)state;
	two_packages();
	meter = meter_start("powercap", "0");
	for (int i = 0; i < 100; i++) {
		EdgeHandles handles = taken_over(&meter, 2);
		edge_handles_close(&handles);
	}
	assert_int_equal(ask(&meter, 3).id, 3);
	assert_int_equal(meter_end(&meter), 0);
}

int main(void)
{
	const char *build = getenv("top_builddir");
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_new, tree_remove)
		TEST(the_worker_reads_the_same),
		TEST(descriptors_are_no_edges),
#undef TEST
	};

	snprintf(meter_path, sizeof meter_path, "%s/wattle-meter", build ? build : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
