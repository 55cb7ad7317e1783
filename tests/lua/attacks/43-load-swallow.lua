-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
while true do pcall(load, ("x = {}; "):rep(100000)) end
