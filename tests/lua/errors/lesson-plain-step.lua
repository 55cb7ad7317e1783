-- SPDX-License-Identifier: MIT
-- expect: script "value 1 must be a step, as in w.text [[ … ]], not a string"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  "hello",
}
