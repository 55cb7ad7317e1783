-- SPDX-License-Identifier: MIT
-- expect: script "__gc is not there"
setmetatable({}, { __gc = function() while true do end end })
