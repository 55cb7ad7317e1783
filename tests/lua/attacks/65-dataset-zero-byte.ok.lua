-- SPDX-License-Identifier: MIT
assert(#require "wattle".data.list() > 0)
