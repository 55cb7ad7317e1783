-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
xpcall(function() while true do end end, function() while true do end end)
while true do end
