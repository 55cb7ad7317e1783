-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
while true do local s = ("x"):rep(8000000) end -- luacheck: ignore
