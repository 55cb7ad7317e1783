-- A lesson for the test of the protocol: quick runs on the digits, one of which fails.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local function race(c)
  local d = w.data.load(c.dataset)
  local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
  base:fit(d.train, { epochs = c.param.epochs, watch = d.test })
  return base, d
end

return w.lesson {
  api = 1, id = "test.01", title = "Test", minutes = 1, goals = { "Know the protocol" },
  needs = { dataset = "digits" },
  vary = { epochs = { 1, 2 } },
  fast = { epochs = 2, rows = 400, blocks = 10, window = 0.002 },
  reward = "{{race.int8.bytes|ratio}}",

  w.text [[Trained for {{epochs|n}} epochs; {{race.int8.bytes|ratio}}, {{p2}}.
With seed {{numbers.seed|n}}, and {{numbers.absent|J}}.]],
  w.predict { id = "p1", ask = "Which?", confidence = true, why = true,
    choices = { { "the net", arm = "net" }, { "in 8 bits", arm = "int8" },
                { "none", arm = "none" } } },
  w.predict { id = "p2", ask = "How many?", number = { unit = "kB", min = 0, max = 10 } },
  w.run { id = "race", title = "Race", show = { "accuracy", "time", "bytes", "macs" },
    body = function(c)
      assert(c.fast and c.cost == "time" and c.threads == 1)
      local base, d = race(c)
      local int8 = base:with(w.technique.quantize { bits = 8, data = d.train:head(64) })
      return w.compare { on = d.test, work = { predictions = 1000 },
        blocks = { min = 10, max = 10 }, arms = { { "net", base }, { "int8", int8 } } }
    end },
  w.reveal { predict = "p1", run = "race",
    answer = function(r)
      assert(r.cost == "time" and #r.source > 0)
      local value, low, high = r:value("bytes", "int8")
      assert(value == low and value == high and r:ratio("bytes", "int8") < 1)
      assert(r:verdict("bytes", "net") == "none" and #r:verdict("accuracy", "int8") > 0)
      assert(not pcall(r.best, r, "tyme") and not pcall(r.value, r, "time", "in8"))
      local _, _, _, word = r:payback("int8")
      assert(#word > 0 and select(4, r:payback("net")) == "unknown")
      assert(not pcall(r.payback, r, "in8"))
      return r:best("bytes")
    end,
    [[You said {{p1}}; it is {{answer}}: {{race.int8.bytes|ratio}}, {{race.net.macs}}.]] },
  w.quiz { id = "q1", points = 3, ask = "{{race.int8.bytes|ratio}}?",
    choices = { { "yes", right = true, say = "So it is." }, { "no", say = "Not so." } } },
  w.run { id = "fails", title = "Fails", body = function() error("as planned") end },
  w.run { id = "numbers", title = "Numbers", body = function(c)
      assert(#w.data.load("iris").train == 112) -- fewer rows than the cap
      return { seed = c.seed, absent = false, f = 6, a = 1, d = 4, b = 2, e = 5, c = 3 }
    end },
  w.run { id = "endless", title = "Endless", body = function()
      while true do pcall(function() while true do end end) end
    end },
  w.run { id = "blocks", title = "Built in each block",
    body = function(c)
      local base, d = race(c)
      return w.compare { on = d.test, blocks = 2, arms = { { "net", base },
        { "fresh", function(seed)
            local m = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = seed }
            return m:fit(d.train, { epochs = 1 })
          end } } }
    end },
  w.reflect { id = "r1", ask = "Why?", min_words = 3 },
  w.exercise { id = "ex1", title = "Small", points = 2, file = "ex1.lua",
    solution = "ex1.solution.lua", ask = "Make {{file}} small: {{ex1.bytes}}.",
    checks = { { "it is small", function() return true end, id = "small", points = 2,
        hints = { "Smaller than {{ex1.bytes}}.", "Use 8 bits." } },
      { "it is there", function() return true end, id = "there", points = 0 } } },
}
