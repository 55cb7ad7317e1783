-- run
-- lesson
-- SPDX-License-Identifier: MIT
-- expect: script "lesson-save.lua:13: save: 'x.model' was saved before, by 'setup'"
local w = require "wattle"
return w.lesson {
  api = 1, id = "test.01", title = "Test", minutes = 1, goals = { "Know it" },
  needs = { dataset = "digits" },
  w.run { id = "r", title = "Run", body = function(c)
      local d = w.data.load(c.dataset)
      local m = w.model.mlp { layers = { d.inputs, 2, d.classes }, seed = c.seed }
      m:save "x.model"
      m:save "x.model"
      return { a = 1 }
    end },
}
