-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function(c)
    local d = w.data.load("digits")
    local m = w.model.mlp { layers = { d.inputs, d.classes }, seed = c.seed }
    pcall(w.compare, { arms = { { "a", m }, { "b", function() error("no") end } }, on = d.test })
    while true do w.model.mlp { layers = { 1000, 1000 } } c:log("x") end
  end },
}
