-- SPDX-License-Identifier: MIT
local fine = pcall(function() return ("x"):rep(1000) end)
assert(fine)
