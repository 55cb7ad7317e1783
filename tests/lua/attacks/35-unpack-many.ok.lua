-- SPDX-License-Identifier: MIT
assert(select("#", table.unpack({ 1, 2, nil, 4 }, 1, 4)) == 4)
