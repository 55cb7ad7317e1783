-- SPDX-License-Identifier: MIT
-- expect: script "one comparison in a run"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", fast = { blocks = 1, window = 0.001 }, minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function(c)
    local d = w.data.load("digits")
    local m = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    m:fit(d.train, { epochs = 1 })
    local arms = { { "a", m }, { "b", m } }
    w.compare { arms = arms, on = d.test }
    return w.compare { arms = arms, on = d.test }
  end },
}
