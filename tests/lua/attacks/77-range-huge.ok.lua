-- SPDX-License-Identifier: MIT
assert(#require "wattle".range(1, 30) == 30)
