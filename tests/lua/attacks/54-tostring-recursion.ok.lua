-- SPDX-License-Identifier: MIT
assert(tostring(setmetatable({}, { __tostring = function() return "x" end })) == "x")
