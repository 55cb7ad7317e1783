-- run
-- lesson
-- SPDX-License-Identifier: MIT
-- expect: script "or the body of a lesson's run, is at work"
local w = require "wattle"
local kept
return w.lesson {
  api = 1, id = "test.01", title = "Test", minutes = 1, goals = { "Know it" },
  needs = { dataset = "digits" },
  w.predict { id = "p", ask = "Which?", choices = { { "a", arm = "a" }, { "none", arm = "none" } } },
  w.run { id = "r", title = "Run", body = function(c)
      local d = w.data.load(c.dataset)
      kept = w.model.mlp { layers = { d.inputs, 2, d.classes }, seed = c.seed }
      return w.compare { on = d.test, blocks = 2, arms = { { "a", kept }, { "b", kept:clone() } } }
    end },
  w.reveal { predict = "p", run = "r", answer = function() kept:save "x.model" return "a" end, "It is {{answer}}." },
}
