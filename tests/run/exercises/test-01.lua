-- A lesson with one exercise that needs no training: a function that doubles.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.01", title = "Double it", minutes = 1,
  goals = { "See the checks of an exercise" },
  reward = "Your double has {{ex1.size|n}} cases.",

  w.text "# Begin\n\nAn exercise follows.",

  w.exercise { id = "ex1", title = "Double", points = 6, minutes = 1, seconds = 1,
    file = "ex1.lua", solution = "ex1.solution.lua",
    reports = { "size" },
    ask = "Write double(x), which gives twice x.",
    setup = function() return { limit = 3 } end,
    checks = {
      { "it doubles 2", id = "two", points = 2, hints = { "What is 2 + 2?" },
        function(t) t.report("size", 2) return t.near(t.call("double", 2), 4, 0) end },
      { "it doubles -3", id = "minus", points = 4,
        hints = { "Does it work below zero?", "return 2 * x" },
        function(t) return t.near(t.call("double", -3), -6, 0) end } } },

  w.quiz { id = "q1", points = 2, ask = "Twice 4?",
    choices = { { "8", right = true, say = "Yes." }, { "9", say = "No." } } },
}
