-- SPDX-License-Identifier: MIT
assert(table.concat({ 1, 2 }, ", ") == "1, 2")
