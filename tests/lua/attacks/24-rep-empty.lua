-- SPDX-License-Identifier: MIT
-- expect: none
assert((""):rep(1 << 50) == "")
