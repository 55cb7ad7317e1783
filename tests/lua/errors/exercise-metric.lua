-- SPDX-License-Identifier: MIT
-- expect: script "exercise-metric.lua:13: {{e1.byts}}: there is no 'byts' (did you mean 'bytes'?); there are bytes, macs, accuracy and what"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", points = 1, "text", function() return true end },
    } },
  w.text "{{e1.byts|ratio}}",
}
