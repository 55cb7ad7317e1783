-- SPDX-License-Identifier: MIT
-- expect: script "inspect: not in this version"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.inspect { run = "race" },
}
