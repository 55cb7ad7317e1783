# Sourced behind lib.sh: a RAPL PMU that is made up, by a library that is preloaded. $rapl/counter holds what it counted, in
# units of 2^-32 J; $rapl/watts, where that is there, a steady power in watts.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
rapl=$scratch/rapl
pmu=$rapl/sys/bus/event_source/devices/power

# make_rapl WATTS : false where the library was not built.
make_rapl() {
	cp "$build/tests/fault/fake_rapl.so" "$scratch/fake_rapl.so" 2>/dev/null || return
	mkdir -p "$pmu/events"
	printf '18\n' >"$pmu/type"
	printf '0\n' >"$pmu/cpumask"
	printf 'event=0x02\n' >"$pmu/events/energy-pkg"
	printf 'Joules\n' >"$pmu/events/energy-pkg.unit"
	printf '2.3283064365386962890625e-10\n' >"$pmu/events/energy-pkg.scale"
	printf '0\n' >"$rapl/counter"
	[ -z "$1" ] || printf '%s\n' "$1" >"$rapl/watts"
}

# below COMMAND... : runs it, which may be a function, where that PMU is.
below() {
	LD_PRELOAD=$scratch/fake_rapl.so ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 "$@"
}
