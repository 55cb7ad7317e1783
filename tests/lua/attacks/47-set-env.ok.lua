-- SPDX-License-Identifier: MIT
local print = nil
assert(not print)
