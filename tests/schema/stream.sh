#!/bin/sh
# What wattle prints with --json, against the table of the records' fields.
# SPDX-License-Identifier: MIT
set -eu
build=${top_builddir:-.}
source=${top_srcdir:-.}
[ -x "$build/wattle" ] || exit 77
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch"
unset XDG_CACHE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME WATTLE_DATA WATTLE_PATH

# records STATUSES NAME TYPES COMMAND... : runs wattle; its exit status must be one of STATUSES, each of TYPES be there.
records() {
	statuses=$1 name=$2 types=$3
	shift 3
	status=0
	"$build/wattle" "$@" --json >"$scratch/$name" 2>"$scratch/errors" || status=$?
	case " $statuses " in
	*" $status "*) ;;
	*)
		printf 'wattle %s: status %d\n' "$*" "$status"
		cat "$scratch/errors"
		tail -n 3 "$scratch/$name"
		exit 1
		;;
	esac
	# shellcheck disable=SC2086 # words
	"$build/tests/schema/records" "$scratch/$name" $types
}

# begins_and_ends NAME : the borders of a run.
begins_and_ends() {
	if ! head -n 1 "$scratch/$1" | grep -q '"type":"run-begin"' ||
		! tail -n 1 "$scratch/$1" | grep -q '"type":"run-end"'; then
		printf '%s does not go from run-begin to run-end\n' "$1"
		exit 1
	fi
}

of_a_run='run-begin dataset arm-begin epoch lowering speed window trial verdict run-end'
records '0 6' auto "$of_a_run" run "$source/tests/schema/tiny.lua"
begins_and_ends auto
records '0 6' none "$of_a_run" run --energy none "$source/tests/schema/tiny.lua"
begins_and_ends none
grep '"type":"window"' "$scratch/none" | grep -q '"energy":null' || {
	echo 'joules without a source'
	exit 1
}

printf 'return 1 +\n' >"$scratch/broken.lua"
records 3 broken error run "$scratch/broken.lua"

for kind in models techniques kernels datasets sources lessons commands; do
	records 0 "$kind" row list "$kind"
done
records '0 4' doctor doctor doctor
