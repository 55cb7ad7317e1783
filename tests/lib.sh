# Sourced by run/lib.sh and fault/lib.sh, and by tests that need no more: where the program is, a scratch home, how a
# failure is told, and how something is waited for.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
build=$(cd "${top_builddir:-.}" && pwd)
source=$(cd "${top_srcdir:-.}" && pwd)
[ -x "$build/wattle" ] || exit 77
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch
unset XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME WATTLE_DATA WATTLE_PATH
# What a program that is killed leaves goes with the test.
export XDG_RUNTIME_DIR=$scratch/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
failed=0
# No test reads the terminal of whoever starts it.
exec </dev/null

fail() {
	printf 'FAILED: %s\n' "$*"
	failed=1
}

# within SECONDS COMMAND... : true as soon as COMMAND is; false when it was not in that time.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -r -t 0.03 <> <(:) || :
	done
}

# has FILE PATTERN [TIMES] : one line of it does, or so many.
has() {
	local times
	times=$(grep -cs -- "$2" "$1")
	[ "${times:-0}" -ge "${3:-1}" ]
}

# until_says FILE PATTERN [TIMES] : what runs meanwhile has written that to $scratch/FILE.
until_says() {
	within 20 has "$scratch/$1" "${@:2}" || fail "$1 never said '$2': $(cat "$scratch/$1")"
}
