-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
while true do print(("x"):rep(1000)) end
