-- SPDX-License-Identifier: MIT
local fine, e = pcall(error, { code = 1 })
assert(not fine and e.code == 1)
