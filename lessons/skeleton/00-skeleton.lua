-- A lesson to begin with: change every part of it. wattle-lesson(5) lists the
-- keys; a wrong one is told with its line and the nearest name.
--   wattle author preview FILE   the lesson as students see it, while you write
--   wattle author lint FILE      what loading it cannot find
--   wattle author test FILE      starter, model solution, answers
-- A lesson returns one table: data first, functions only where something is
-- computed. Results never stand in a text: {{name}} fills them in where the
-- lesson is run.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, compare = w.data, w.model, w.compare

return w.lesson {
  -- Course and number; the file name decides the order in the list.
  api = 1, id = "skeleton.00", title = "A lesson to begin with", minutes = 10,
  -- What one can do afterwards, a line each.
  goals = { "Tell a guess from a measurement" },
  -- Datasets, the first that is there is c.dataset; wattle data ls shows them.
  needs = { dataset = "digits" },
  -- Each student gets one value of each list: {{width}} here, c.param.width.
  vary = { width = { 24, 32, 48 } },
  -- What "cost" means: joules where a sensor measures them, else seconds.
  cost = { "energy", "time" },
  -- Caps of --fast: the tests run every lesson so, in less than a minute.
  fast = { epochs = 1, rows = 500, blocks = 10, window = 0.01 },

  -- A page of Markdown: one thought.
  w.text [[
# Two networks

One hidden layer of {{width}} units, and one of twice as many.
Both learn to read the same handwritten digits.]],

  -- A question that is answered before the run, and locked.
  w.predict { id = "p1",
    ask = "Which of them costs the least {{cost}} for a prediction?",
    choices = {
      { "the narrow one", arm = "narrow" },
      { "the wide one", arm = "wide" },
      { "no difference can be shown", arm = "none" } },
    confidence = true },

  -- What is measured: a comparison, or a table of numbers.
  w.run { id = "race", title = "Narrow against wide",
    body = function(c)
      local d = data.load(c.dataset)
      local function net(units)
        local m = model.mlp { layers = { d.inputs, units, d.classes },
                              seed = c.seed }
        return m:fit(d.train, { epochs = 5 })
      end
      return compare {
        arms = { { "narrow", net(c.param.width) },
                 { "wide", net(2 * c.param.width) } },
        on = d.test, work = { predictions = 1000 } }
    end,
    show = { "accuracy", "time", "energy", "macs" } },

  -- The prediction beside what came out.
  w.reveal { predict = "p1", run = "race",
    answer = function(r) return r:best(r.cost) end,
    [[
You said: {{p1}}. On this machine: **{{answer}}** ({{cost}}, {{source}}).

The wide network is {{race.wide.accuracy|pct}} right, the narrow one
{{race.narrow.accuracy|pct}}. Is the difference worth its price?]] },

  -- The student edits a copy of the starter; its checks run on each save.
  -- Both files lie in the folder of this file's name.
  w.exercise { id = "ex1", title = "The cheaper of two", points = 4,
    minutes = 3, file = "ex1.lua", solution = "ex1.solution.lua",
    ask = [[
Edit {{file}}: `cheaper(a, b)` gets two costs and returns the smaller one.
One of them may be nil: it was not measured. Then return the other.]],
    checks = {
      -- true, or false and a message with both figures: t.near does that.
      { id = "smaller", points = 2, "returns the smaller of two costs",
        function(t) return t.near(t.call("cheaper", 3, 2), 2, 0) end,
        hints = { "Which of a and b may be returned, and when?" } },
      { id = "missing", points = 2, "a cost that is missing is left out",
        function(t) return t.near(t.call("cheaper", nil, 5), 5, 0) end,
        hints = { "What does Lua say to nil < 5?",
                  "Ask `if a == nil` before you compare." } },
    } },

  -- Choices that are wrong say why. Mix them: the right one is not the first.
  w.quiz { id = "q1", points = 1,
    ask = "The intervals of two costs overlap. What may you say?",
    choices = {
      { "that they cost the same", say = "Not shown is not the same as none." },
      { "that a difference was not shown", right = true },
      { "that the lower one is cheaper",
        say = "Chance may have done that." } } },

  -- Graded by hand.
  w.reflect { id = "r1", ask = "Where would you pay for the wide network?",
    min_words = 5 },
}
