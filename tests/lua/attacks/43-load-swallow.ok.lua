-- SPDX-License-Identifier: MIT
assert(not load "x = = 1")
