-- SPDX-License-Identifier: MIT
-- expect: script "'none' is kept for no difference"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function(c)
    local d = w.data.load("digits")
    local m = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    m:fit(d.train, { epochs = 1 })
    return w.compare { arms = { { "none", m }, { "b", m } }, on = d.test }
  end },
}
