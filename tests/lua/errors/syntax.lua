-- SPDX-License-Identifier: MIT
-- expect: script "syntax.lua:4: unexpected symbol near '='"
local a = 1
local b = = 2
