-- SPDX-License-Identifier: MIT
-- expect: script "steps; make it simpler"
local s = ("a"):rep(3000)
s:find((".-"):rep(6) .. "b")
