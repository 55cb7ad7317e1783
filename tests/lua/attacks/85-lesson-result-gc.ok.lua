-- SPDX-License-Identifier: MIT
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function(c)
    local d = w.data.load("digits")
    local m = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    pcall(w.compare, { arms = { { "a", m }, { "b", function() error("no") end } }, on = d.test })
    c:log("x")
    return { n = 1 }
  end },
}
