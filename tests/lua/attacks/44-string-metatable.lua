-- SPDX-License-Identifier: MIT
-- expect: script "attempt to index a boolean value"
getmetatable("").__index = function() while true do end end
