-- SPDX-License-Identifier: MIT
-- expect: script ":15: a text has {{r1.bb…}}, but the run gave no 'bb' (did you mean 'b'?)"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", fast = { blocks = 1, window = 0.001 }, minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function(c)
    local d = w.data.load("digits")
    local m = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    m:fit(d.train, { epochs = 1 })
    return w.compare { arms = { { "a", m }, { "b", m } }, on = d.test }
  end },
  w.text [[{{r1.bb.time}}]],
}
