-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'predikt' in wattle (did you mean 'predict'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predikt { id = "r" },
}
