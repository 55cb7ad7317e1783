# Sourced by the tests of wattle bench behind lib.sh: runs one, and looks into its record.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154

# bench STATUS NAME ARGUMENTS... : the record into $scratch/NAME.
bench() {
	local want=$1 name=$2 status=0
	shift 2
	timeout 120 "$build/wattle" bench "$@" --json >"$scratch/$name" 2>"$scratch/$name.err" || status=$?
	[ "$status" -eq "$want" ] && return
	fail "wattle bench $*: status $status, not $want"
	cat "$scratch/$name.err"
}

# one NAME TYPE : there is one record, of that type, as the schema wants it.
one() {
	[ "$(wc -l <"$scratch/$1")" -eq 1 ] || fail "$1: not one record"
	[ ! -x "$build/tests/schema/records" ] || "$build/tests/schema/records" "$scratch/$1" "$2" >"$scratch/fits" 2>&1 || {
		fail "$1: no $2 record"
		cat "$scratch/fits"
	}
}

# value NAME KEY : a member of the record as it stands there, a list whole.
value() {
	grep -oE "\"$2\":(\[[^]]*\]|[^,}]*)" "$scratch/$1" | head -n 1
}

# refused STATUS WORDS ARGUMENTS... : an error of one line that has these words, and no record.
refused() {
	local words=$2
	bench "$1" refused "${@:3}"
	grep -q -- "$words" "$scratch/refused.err" || {
		fail "wattle bench ${*:3}: does not say '$words'"
		cat "$scratch/refused.err"
	}
	[ ! -s "$scratch/refused" ] || fail "wattle bench ${*:3}: refused, but wrote a record"
}
