# Sourced by the recipes: trains with a seed and holds the test accuracy behind the last epoch to a floor. POSIX sh.
# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# recipe FLOOR SEED FLAG... : wattle bench train with these flags. Exit 1 below the floor.
recipe() {
	floor=$1 seed=$2
	shift 2
	wattle=${WATTLE:-$(dirname "$0")/../../build/wattle}
	record=$("$wattle" bench train --seed "$seed" --json "$@") || exit
	reached=$(printf '%s\n' "$record" | sed 's/.*"accuracy":\[\([^]]*\)\].*/\1/; s/.*,//')
	printf 'seed %s: test accuracy %s, floor %s\n' "$seed" "$reached" "$floor"
	awk -v reached="$reached" -v floor="$floor" 'BEGIN { exit !(reached >= floor) }'
}
