-- SPDX-License-Identifier: MIT
-- expect: script "overflow"
local function f(s) return (s:gsub(".", f)) end
f "aaaa"
