-- SPDX-License-Identifier: MIT
-- expect: script "lesson-inspect-view.lua:10: inspect: there is no view 'histogramm' (did you mean 'histogram'?); there are histogram, sparsity, confusion, filters, activations"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "race", title = "R", body = function() return { a = 1 } end },
  w.inspect { run = "race", arm = "a",
    view = "histogramm" },
}
