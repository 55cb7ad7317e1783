-- A lesson whose checks take no time: what submissions are graded against.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "toy.01", title = "A toy", minutes = 5,
  goals = { "Be graded" },
  vary = { n = { 2, 3, 4 } },
  w.predict { id = "p1", ask = "Which?",
    choices = { { "the first", arm = "a" }, { "the second", arm = "b" } } },
  w.exercise { id = "ex1", title = "Twice", points = 5, minutes = 1,
    file = "ex1.lua", solution = "ex1.solution.lua", seconds = 0.5,
    ask = "`twice(x)` returns two times x, `sum(t)` the sum of a list.",
    setup = function(c) return { n = c.param.n, hidden = c.seed % 1000 } end,
    checks = {
      { id = "twice", points = 2, "twice() doubles",
        function(t) return t.near(t.call("twice", t.n), 2 * t.n, 0) end,
        hints = { "Two times." } },
      { id = "hidden", points = 2, "twice() doubles what it has not seen",
        function(t) return t.near(t.call("twice", t.hidden), 2 * t.hidden, 0) end,
        hints = { "Any number." } },
      { id = "sum", points = 1, "sum() adds up",
        function(t) return t.near(t.call("sum", { 1, 2, 3 }), 6, 0) end,
        hints = { "One after the other." } },
    } },
  w.quiz { id = "q1", points = 2, ask = "Right?",
    choices = { { "yes", right = true }, { "no", say = "Look again." } } },
  w.reflect { id = "r1", ask = "Why?" },
}
