-- SPDX-License-Identifier: MIT
-- expect: script "predict: 'p 1' must be a name"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p 1", ask = "?", choices = { { "a", arm = "a" }, { "n", arm = "none" } } },
}
