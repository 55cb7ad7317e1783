# Sourced by the tests of wattle bench behind lib.sh: runs one, and looks into its record.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154

# bench STATUS NAME ARGUMENTS... : the record into $scratch/NAME.
bench() {
	wattle_ends "$1" "$2" "$2.err" bench "${@:3}" --json
}

# one NAME TYPE : there is one record, of that type, as the schema wants it.
one() {
	[ "$(wc -l <"$scratch/$1")" -eq 1 ] || fail "$1: not one record"
	fits "$1" "$2"
}

# value NAME KEY : a member of the record as it stands there, a list whole.
value() {
	grep -oE "\"$2\":(\[[^]]*\]|[^,}]*)" "$scratch/$1" | head -n 1
}

# refused STATUS WORDS ARGUMENTS... : an error of one line that has these words, and no record.
refused() {
	bench "$1" refused "${@:3}"
	says refused.err "$2"
	[ ! -s "$scratch/refused" ] || fail "wattle bench ${*:3}: refused, but wrote a record"
}
