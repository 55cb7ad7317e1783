#!/bin/bash
# What wattle prints with --json, against the table of the records' fields.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"

# streamed STATUSES NAME TYPES ARGUMENTS... : the records into $scratch/NAME; each of TYPES must be there.
streamed() {
	wattle_ends "$1" "$2" "$2.err" "${@:4}" --json
	# shellcheck disable=SC2086 # words
	fits "$2" $3
}

# begins_and_ends NAME : the borders of a run.
begins_and_ends() {
	head -n 1 "$scratch/$1" | grep -q '"type":"run-begin"' || fail "$1 does not begin with run-begin"
	tail -n 1 "$scratch/$1" | grep -q '"type":"run-end"' || fail "$1 does not end with run-end"
}

of_a_run='run-begin dataset arm-begin epoch lowering speed window trial verdict run-end'
streamed '0 6' auto "$of_a_run" run "$source/tests/schema/tiny.lua"
begins_and_ends auto
streamed '0 6' none "$of_a_run" run --energy none "$source/tests/schema/tiny.lua"
begins_and_ends none
grep '"type":"window"' "$scratch/none" | grep -q '"energy":null' || fail 'joules without a source'

printf 'return 1 +\n' >"$scratch/broken.lua"
streamed 3 broken error run "$scratch/broken.lua"

for kind in models techniques kernels datasets sources lessons commands; do
	streamed 0 "$kind" row list "$kind"
done
streamed '0 4' doctor doctor doctor
exit $failed
