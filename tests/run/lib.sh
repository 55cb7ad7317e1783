# Sourced by the tests of whole runs: how the program is called, and how records are picked.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"

# wattle_ends STATUSES OUT ERR ARGUMENTS... : the program ends with one of these statuses; what it writes is in $scratch/OUT
# and $scratch/ERR, which may be one file.
wattle_ends() {
	local wanted=$1 out=$scratch/$2 err=$scratch/$3 status=0
	shift 3
	: >"$out" && : >"$err"
	timeout 120 "$build/wattle" "$@" >>"$out" 2>>"$err" || status=$?
	case " $wanted " in
	*" $status "*) return ;;
	esac
	fail "wattle $*: status $status, not $wanted"
	tail -n 20 "$out" "$err"
}

# run NAME ARGUMENTS... : records into $scratch/NAME; a busy machine may leave the run undecided (6), never failed.
run() {
	wattle_ends '0 6' "$1" "$1.err" run "${@:2}" --json
}

# records NAME TYPE [ARM] : the records of a type, one a line.
records() {
	grep "^{\"v\":1,\"type\":\"$2\"" "$scratch/$1" | grep "\"arm\":\"${3:-}" || :
}

# values NAME TYPE KEY [ARM] : one member of each, as it stands in the JSON.
values() {
	records "$1" "$2" "${4:-}" | grep -o "\"$3\":[^,}]*" || :
}

# says NAME PATTERN : a line of $scratch/NAME does.
says() {
	grep -q -- "$2" "$scratch/$1" || {
		fail "$1 does not say '$2'"
		cat "$scratch/$1"
	}
}

# fits NAME TYPE... : the records of $scratch/NAME are as the schema wants them, and each of these types is there.
fits() {
	[ ! -x "$build/tests/schema/records" ] || "$build/tests/schema/records" "$scratch/$1" "${@:2}" >"$scratch/fits" 2>&1 || {
		fail "$1 does not fit the schema of ${*:2}"
		cat "$scratch/fits"
	}
}
