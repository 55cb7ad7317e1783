-- SPDX-License-Identifier: MIT
assert(("a"):rep(3000):find(".-b") == nil)
