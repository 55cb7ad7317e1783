-- SPDX-License-Identifier: MIT
assert(("aaa"):gsub("a?", "b") == "bbb")
