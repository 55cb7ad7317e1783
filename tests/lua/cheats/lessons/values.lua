-- Checks of plain values: give() returns what it likes, change() gets a table, mean() numbers.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.lesson {
  api = 1, id = "test.03", title = "Test", minutes = 1, goals = { "Know the checks" },
  w.exercise { id = "ex1", title = "Values", points = 4, seconds = 5,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Values.",
    setup = function() return { list = { 1, 2, 3, deep = { "a" } } } end,
    checks = {
      { id = "give", points = 1, "give() returns something",
        function(t) return t.call("give", t.list) ~= nil, "it is nothing" end,
        on_error = "give() of {{file}} must return a value" },
      { id = "near", points = 1, "give() is 3",
        function(t) return t.near(t.call("give", t.list), 3, 0.5) end },
      { id = "kept", points = 1, "what crossed is left alone",
        function(t)
          pcall(t.call, "give", t.list)
          return #t.list == 3 and t.list[1] == 1 and #t.list.deep == 1 and t.list.deep[1] == "a",
            "the list of the check was changed"
        end },
      { id = "sane", points = 1, "the state of the checks is as it was",
        function(t)
          pcall(t.call, "give", t.list)
          return math.abs(-2) == 2 and ("x"):rep(3) == "xxx" and tostring(12) == "12" and
            math.huge > 1 and type(t.call) == "function" and rawget(t, "test") == nil
        end },
    } },
}
