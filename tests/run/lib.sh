# Sourced by the tests of whole runs: a scratch home, and how records are picked.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
[ -x "$build/wattle" ] || exit 77
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
unset XDG_CACHE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME WATTLE_DATA WATTLE_PATH
failed=0

fail() {
	printf 'FAILED: %s\n' "$*"
	failed=1
}

# run NAME ARGUMENTS... : records into $scratch/NAME; a busy machine may leave the run undecided (6), never failed.
run() {
	local name=$1 status=0
	shift
	timeout 60 "$build/wattle" run "$@" --json >"$scratch/$name" 2>"$scratch/$name.err" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || {
		fail "wattle run $*: status $status"
		cat "$scratch/$name.err"
	}
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

# fits TYPE : the records in $scratch/out are such.
fits() {
	[ ! -x "$build/tests/schema/records" ] || "$build/tests/schema/records" "$scratch/out" "$1" >"$scratch/fits" 2>&1 || {
		fail "no $1 record"
		cat "$scratch/fits"
	}
}
