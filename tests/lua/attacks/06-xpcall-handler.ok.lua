-- SPDX-License-Identifier: MIT
local fine, text = xpcall(function() error("no", 0) end, function(m) return m .. "!" end)
assert(not fine and text == "no!")
