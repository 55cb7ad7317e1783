-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
while true do pcall(function() while true do end end) end
