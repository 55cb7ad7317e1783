#!/bin/bash
# Accuracies of different rows are not compared: not test against training rows, not many against few. Each is called by
# its rows.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"

# compared NAME WORDS ARGUMENTS... : the verdict of the run has one of the words.
compared() {
	local name=$1 words=$2
	shift 2
	run "$name" "$source/tests/run/rows.lua" "$@"
	records "$name" verdict second | grep -Eq "\"word\":\"($words)\"" ||
		fail "$name: $(records "$name" verdict second | grep -o '"word":.*')"
}

compared same 'kept|unsupported' --set other=test
values same trial rows_sha256 | sort -u | wc -l | grep -qx 1 || fail 'the same rows have two sums'
compared split none
records split trial first | grep -q '"dataset":"digits","split":"test","test_rows":200' || fail 'no split of the first arm'
records split trial second | grep -q '"split":"train"' || fail 'training rows are called something else'
records split verdict | grep -q 'second was scored on other rows, 200 of digits (train), than first, 200 of digits (test)' ||
	fail 'the reason is not told'
compared fewer none --set other=test --set head=100

# What is watched is called by what it is.
for rows in train:watched valid:valid test:test; do
	wattle_ends '0 6' "$rows" "$rows" run "$source/tests/run/rows.lua" --plain --energy none --no-store \
		--set "watch=${rows%:*}"
	says "$rows" "^  fit epoch  1/1  loss [0-9.]*  train [0-9.]* %  ${rows#*:} [0-9.]* %  [0-9.]* s$"
done
exit $failed
