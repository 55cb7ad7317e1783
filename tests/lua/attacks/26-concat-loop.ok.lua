-- SPDX-License-Identifier: MIT
assert(("a" .. "b") == "ab")
