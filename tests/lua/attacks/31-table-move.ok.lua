-- SPDX-License-Identifier: MIT
assert(table.move({ 1, 2, 3 }, 2, 3, 1)[1] == 2)
