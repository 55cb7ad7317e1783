-- SPDX-License-Identifier: MIT
assert(select("#", (function(...) return ... end)(1, nil, 3)) == 3)
