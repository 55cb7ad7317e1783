-- SPDX-License-Identifier: MIT
local fine, text = pcall(function() error("no", 0) end)
assert(not fine and text == "no")
