-- SPDX-License-Identifier: MIT
-- expect: script ":11: predict 'p1': choices[2]: the run 'r1' has no arm 'wied' (did you mean 'wide'?)"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", fast = { blocks = 1, window = 0.001 }, minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", choices = {
    { "the narrow one", arm = "narrow" },
    { "the wide one", arm = "wied" }, { "neither", arm = "none" } } },
  w.run { id = "r1", title = "R", body = function(c)
    local d = w.data.load("digits")
    local m = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    m:fit(d.train, { epochs = 1 })
    return w.compare { arms = { { "narrow", m }, { "wide", m } }, on = d.test }
  end },
  w.reveal { predict = "p1", run = "r1", answer = function() return "none" end, [[x]] },
}
