#!/bin/bash
# Real comparisons with a known answer: 20 with a planted slow-down of 5 %, 20 of equal arms.
#
#   top_builddir=build tests/bench/planted.sh [RUNS [WINDOW_S]]
#
# Prints what each run claimed. Exits 1 unless 18 of 20 slow-downs are found, at most 1 of 20 equal arms are called
# different, and most of those that reach the target width are called the same.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # the dollars are those of awk
set -eu
runs=${1:-20} window=${2:-0.3}
build=$(cd "${top_builddir:-build}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR

# one EXTRA SEED : its verdict: word, ratio, low, high, blocks.
one() {
	"$build/wattle" run "$here/planted.lua" --json --no-store --energy none --quiet --set extra="$1" --seed "$2" \
		--set design.window="$window" >"$scratch/run" 2>"$scratch/err" || [ $? -eq 6 ] || {
		cat "$scratch/err" >&2
		return 1
	}
	grep '"type":"verdict"' "$scratch/run" |
		sed 's/.*"word":"\([a-z_]*\)".*"n":\([0-9]*\).*"ratio":\([^,]*\),"low":\([^,]*\),"high":\([^,]*\),.*/\1 \3 \4 \5 \2/'
}

# all EXTRA : RUNS verdicts, a line each, into $scratch/EXTRA.
all() {
	local seed line
	for seed in $(seq "$runs"); do
		line=$(one "$1" "$seed")
		printf '%s\n' "$line" | tee -a "$scratch/$1" | awk '{
			printf "  %-12s %+6.2f %%  (%+.2f to %+.2f; %d blocks)\n",
				$1, 100 * ($2 - 1), 100 * ($3 - 1), 100 * ($4 - 1), $5 }'
	done
}

# count EXTRA CONDITION : lines for which awk's condition holds.
count() {
	awk "$2 { n++ } END { print n + 0 }" "$scratch/$1"
}

: >"$scratch/50"
: >"$scratch/0"
printf 'a slow-down of 5 %%, windows of %s s\n' "$window"
all 50
printf 'equal arms\n'
all 0
found=$(count 50 '$1 == "worse"')
different=$(count 0 '$1 == "better" || $1 == "worse"')
# The width of the interval that is printed is at most the margin: half of it is what ends a run.
narrow=$(count 0 'log($4 / $3) <= log(1.02)')
same=$(count 0 '$1 == "same" && log($4 / $3) <= log(1.02)')
printf 'found %d of %d; equal arms called different: %d of %d; same: %d of %d that reached the width\n' \
	"$found" "$runs" "$different" "$runs" "$same" "$narrow"
[ $((found * 20)) -ge $((runs * 18)) ] && [ $((different * 20)) -le "$runs" ] && [ $((same * 2)) -ge "$narrow" ]
