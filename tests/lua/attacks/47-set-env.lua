-- SPDX-License-Identifier: MIT
-- expect: script "a script sets no globals"
local function f() print = nil end -- luacheck: ignore
f()
