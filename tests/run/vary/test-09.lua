-- A lesson in which two things vary, for the test of + and -: run and check tell what they got.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.09", title = "What varies", minutes = 1, goals = { "Change one thing" },
  vary = { share = { 0.9, 0.7, 0.8 }, unit = { "kB", "MB" } },
  w.text "Page: {{share|pct}} in {{unit}}.",
  w.predict { id = "p1", ask = "How much?", number = { unit = "kB", min = 0, max = 10 } },
  w.run { id = "race", title = "Race", body = function(c) return { share = c.param.share } end },
  w.reveal { predict = "p1", run = "race", answer = function(r) return r.share end,
    "You said {{p1}}; the run had {{race.share|pct}}." },
  w.exercise { id = "ex1", title = "Tell", points = 1,
    file = "ex1.lua", solution = "ex1.solution.lua",
    ask = "Tell {{share|pct}}.",
    setup = function(c) return { share = c.param.share } end,
    checks = { { "it is told", function(t) return t.near(t.call("share"), t.share, 0) end,
      id = "told", points = 1, hints = { "It is {{share|pct}}." } } } },
}
