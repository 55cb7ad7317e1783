-- SPDX-License-Identifier: MIT
-- expect: script "reflect: min_words must be 0 to 500"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.reflect { id = "r", ask = "?", min_words = 501 },
}
