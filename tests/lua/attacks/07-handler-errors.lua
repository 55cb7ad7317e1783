-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
while true do xpcall(error, function() error("again") end) end
