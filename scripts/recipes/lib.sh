# Sourced by the recipes: they fit with a seed, and hold the test score (of a training that behind its last epoch) to a
# floor. POSIX sh.
# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# program : its name.
program() {
	printf '%s\n' "${WATTLE:-$(dirname "$0")/../../build/wattle}"
}

# number KEY : the number of that name in the record on standard input; of times their median.
number() {
	sed -E "s/.*\"$1\":(\{\"all\":\[[^]]*\],\"median\":)?([-+0-9.e]+).*/\2/"
}

# fitted NAME FLOOR CEILING SEED FLAG... : wattle bench fit with these flags, one fit; a line. Exit 1 when the score is
# below the floor, or above the ceiling (what is exact).
fitted() {
	name=$1 floor=$2 ceiling=$3 seed=$4
	shift 4
	record=$("$(program)" bench fit --seed "$seed" --repeats 1 --json --quiet "$@") || exit
	score=$(printf '%s\n' "$record" | number score)
	printf '%-28s seed %s: %.4f, floor %s; fitted in %.4g s\n' "$name" "$seed" "$score" "$floor" \
		"$(printf '%s\n' "$record" | number fit_s)"
	awk -v score="$score" -v floor="$floor" -v ceiling="$ceiling" 'BEGIN { exit !(score >= floor && score <= ceiling) }'
}

# recipe FLOOR SEED FLAG... : wattle bench train with these flags. Exit 1 below the floor.
recipe() {
	floor=$1 seed=$2
	shift 2
	record=$("$(program)" bench train --seed "$seed" --json "$@") || exit
	reached=$(printf '%s\n' "$record" | sed 's/.*"accuracy":\[\([^]]*\)\].*/\1/; s/.*,//')
	printf 'seed %s: test accuracy %s, floor %s\n' "$seed" "$reached" "$floor"
	awk -v reached="$reached" -v floor="$floor" 'BEGIN { exit !(reached >= floor) }'
}
