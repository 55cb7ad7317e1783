#!/bin/sh
# The meter links no Lua, curses, BLAS or database; the program that people start links no Lua, no BLAS and no sandbox; a
# privileged meter refuses another sysfs root.
# SPDX-License-Identifier: MIT
set -eu
meter=${top_builddir:-.}/wattle-meter
status=0

fail()
{
	echo "$1"
	status=1
}

linked=$(ldd "$meter" 2>/dev/null) || linked=
case $linked in
*libpfm*) ;;
*) fail "ldd shows no libpfm: is this the meter? $linked" ;;
esac
for library in lua curses tinfo blas sqlite libz nettle seccomp; do
	case $linked in
	*"$library"*) fail "the meter links $library" ;;
	esac
done
# Static archives would not show in ldd.
if nm "$meter" | grep -E ' [TtUu] (lua_|luaL_|initscr|newterm|cblas_|openblas_|sqlite3_)'; then
	fail "the meter holds foreign symbols"
fi

# What people start reads records only: neither scripts nor tensors are near it.
wattle=${top_builddir:-.}/wattle
linked=$(ldd "$wattle" 2>/dev/null) || linked=
case $linked in
*libjansson*) ;;
*) fail "ldd shows no libjansson: is this wattle? $linked" ;;
esac
for library in lua blas lapack seccomp; do
	case $linked in
	*"$library"*) fail "wattle links $library" ;;
	esac
done
if nm "$wattle" | grep -E ' [TtUu] (lua_|luaL_|cblas_|openblas_|script_open|model_new|program_predict)'; then
	fail "wattle holds the engine's symbols"
fi
nm "${top_builddir:-.}/wattle-worker" | grep -qE ' [TtUu] lua_' || fail "nm finds no Lua in the worker: is this test blind?"

# With a capability of its own the meter is "secure": a tree named by the user is refused, and rights are dropped.
# Needs root to give it one, and a file system that keeps it.
privileged()
{
	[ "$(id -u)" = 0 ] && command -v setcap >/dev/null && command -v setpriv >/dev/null || return 0
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	chmod 755 "$folder"
	cp "$meter" "$folder/meter"
	chmod 755 "$folder/meter"
	setcap cap_perfmon=ep "$folder/meter" 2>/dev/null || return 0
	plain='setpriv --reuid=65534 --regid=65534 --clear-groups'
	report=$($plain "$folder/meter" --probe) || return 0 # a sanitizer may refuse to run so
	case $report in
	*'"secure":true,"no_new_privs":false,"cap_perfmon":true'*) ;;
	*) return 0 ;; # mounted nosuid
	esac
	code=0
	$plain "$folder/meter" --probe --sysfs-root / >/dev/null 2>&1 || code=$?
	[ $code = 2 ] || fail "a privileged meter took --sysfs-root: exit $code"
	report=$($plain setpriv --no-new-privs "$folder/meter" --probe)
	case $report in
	*'"no_new_privs":true,"cap_perfmon":false'*) ;;
	*) fail "no-new-privs is not reported: $report" ;;
	esac
}
privileged
exit $status
