-- luacheck for lessons and scripts: Lua 5.4, no globals beyond the standard ones, one module held in the local `w`.
-- SPDX-License-Identifier: MIT
std = "lua54"
max_line_length = 100
-- Every script begins with `local w = require "wattle"`, also where it needs only a part of it.
ignore = { "211/w" }
-- Attacks and mistakes are wrong on purpose; annotations are made, and use nothing.
exclude_files = { "tests/lua/attacks/*.lua", "tests/lua/cheats/*.lua", "tests/lua/errors/*.lua", "lessons/api/*.lua",
  "tests/fuzz/corpus/*/*.lua" }
