-- SPDX-License-Identifier: MIT
assert(("ab"):rep(3, "-") == "ab-ab-ab")
