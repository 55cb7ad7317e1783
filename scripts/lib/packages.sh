# Debian packages: what is missing, and installing it by apt. Sourced by quickstart and check; POSIX sh.
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034 # the lists are for those who source this

# Compiler, autotools and the libraries of the dependency table.
packages_build='gcc make libc6-dev autoconf automake pkg-config libopenblas-dev libopenblas0-pthread
libpfm4-dev liblua5.4-dev libjansson-dev libncurses-dev libmd4c-dev zlib1g-dev libsqlite3-dev nettle-dev libseccomp-dev'

# Nothing fails without these.
packages_optional='dataset-fashion-mnist libcurl4-openssl-dev'

# What scripts/check runs besides.
packages_test='libcmocka-dev libvterm-dev clang-14 libclang-rt-14-dev clang-format-14 lua-check shellcheck mandoc tmux'

# Looks at the pages of wattle report; without it that part of their test is left out.
packages_browser='chromium'

# What its stage "cross" runs besides; the libraries come from the archive of the other processor.
packages_cross='gcc-aarch64-linux-gnu qemu-user'

# packages_missing NAME... : those that are not installed, on one line.
packages_missing() {
	newline='
'
	installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) || true
	missing=
	for package in "$@"; do
		case $newline$installed$newline in
		*"${newline}installed $package$newline"*) ;;
		*) missing="$missing $package" ;;
		esac
	done
	printf '%s\n' "${missing# }"
}

# packages_can_install : true as root or with sudo.
packages_can_install() {
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

packages_apt() {
	if [ "$(id -u)" -eq 0 ]; then
		DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 "$@"
	fi
}

# packages_install REQUIRED OPTIONAL : installs those of the two lists that are missing, after saying which. Fails with
# a message when a required one cannot be had.
packages_install() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		printf 'Not a Debian system, so nothing is installed. Needed, by Debian names:\n%s\n' "$1" >&2
		return 0
	fi
	# shellcheck disable=SC2086 # lists of words, here and below
	required=$(packages_missing $1)
	# shellcheck disable=SC2086
	optional=${2:+$(packages_missing $2)}
	[ -n "$required$optional" ] || return 0
	[ -z "$required" ] || printf 'Missing, to be installed by apt-get: %s\n' "$required" >&2
	if ! packages_can_install; then
		[ -n "$required" ] || return 0
		printf 'That needs root. As root: apt-get install --no-install-recommends %s\n' "$required" >&2
		printf 'Or install sudo. Then start this again.\n' >&2
		return 1
	fi
	[ -z "$optional" ] || printf 'Missing, optional, will be tried: %s\n' "$optional" >&2
	packages_apt update -qq >&2 || printf 'apt-get update failed; trying with the lists at hand.\n' >&2
	# shellcheck disable=SC2086
	if [ -n "$required" ] && ! packages_apt install -y -qq --no-install-recommends $required >&2; then
		printf 'apt-get could not install what is missing, see above.\n' >&2
		return 1
	fi
	for package in $optional; do
		packages_apt install -y -qq --no-install-recommends "$package" >&2 ||
			printf '%s cannot be had; going on without it.\n' "$package" >&2
	done
}
