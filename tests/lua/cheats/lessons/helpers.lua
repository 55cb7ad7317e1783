-- Every helper of t, what it answers and how it refuses; the student's file is of no account.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local function says(message, ok, said)
  assert(ok == false and said == message, tostring(said))
end

local function raises(message, f, ...)
  local ok, why = pcall(f, ...)
  assert(not ok and why:find(message, 1, true), why)
end

return w.lesson {
  api = 1, id = "test.07", title = "Test", minutes = 1, goals = { "Know the helpers" },
  needs = { dataset = "digits" },
  w.exercise { id = "ex1", title = "Helpers", points = 0, seconds = 5,
    file = "ex1.lua", solution = "ex1.solution.lua", ask = "Helpers.", reports = { "width" },
    setup = function(c)
      local d = w.data.load(c.dataset)
      local base = w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = c.seed }
      return { data = d, base = base:fit(d.train, { epochs = 10 }), drawn = math.random(1 << 40),
        from = c.seed }
    end,
    checks = {
      { id = "numbers", points = 0, "at_most, at_least, near",
        function(t)
          assert(t.at_most(1, 1) and t.at_least(1, 1) and t.near(1, 1.5, 0.5))
          says("it is 1,066,440; at most 512 is allowed", t.at_most(1066440, 512))
          says("it is 0.500; at least 1 is asked for", t.at_least(0.5, 1))
          says("it is 2; 3 is asked for, within 0.0100", t.near(2, 3, 0.01))
          says("it is 0.5000001; at most 0.5 is allowed", t.at_most(0.5000001, 0.5))
          says("it is nothing, and must be a number", t.near(nil, 3, 1))
          says("it is a table, and must be a number", t.at_most({}, 3))
          says("it is not a number (nan)", t.at_least(0 / 0, 3))
          assert(t.near(1 / 0, 1 / 0, 0) and t.at_most(-1 / 0, 0))
          raises("bad argument #2", t.at_most, 1, "2")
          raises("bad argument #2", t.near, 1, 0 / 0, 1)
          raises("the tolerance is below 0", t.near, 1, 1, -1)
          raises("bad argument #2", t.at_most)
          return true
        end },
      { id = "models", points = 0, "is_model",
        function(t)
          assert(t.is_model(t.base) and t.is_model(t.base:lower { kernel = "dense" }))
          says("it is nothing, not a model", t.is_model(nil))
          says("it is nothing, not a model", t.is_model())
          says("it is a userdata, not a model", t.is_model(t.data.train))
          return true
        end },
      { id = "property", points = 0, "property",
        function(t)
          local first, all = nil, {}
          assert(t.property(50, function(random)
            local x, y, z = random(), random(6), random(-2, 2)
            assert(x >= 0 and x < 1 and y >= 1 and y <= 6 and z >= -2 and z <= 2)
            assert(type(random:normal()) == "number" and not all[x])
            first, all[x] = first or x, true
            return true
          end))
          assert(t.property(1, function(random) return random() == first end))
          local n = 0
          says("case 3 of 5: as planned", t.property(5, function()
            n = n + 1
            return n < 3, "as planned"
          end))
          says("case 1 of 1: it does not hold", t.property(1, function() return false end))
          raises("the function returned a nil", t.property, 1, function() end)
          raises("must be 1 to 100,000", t.property, 0, print)
          raises("bad argument #2", t.property, 1)
          return true
        end },
      { id = "compare", points = 0, "not_worse",
        function(t)
          local function base(s) return s.base end
          local ok, why = t.not_worse("accuracy", t.base, t.base, { by_pt = 0 })
          assert(ok and not why)
          assert(t.not_worse("macs", t.base, t.base))
          assert(t.not_worse("bytes", base, base, { seeds = 2 }))
          local worse = w.model.mlp { layers = { 64, 64, 10 } }:fit(t.data.train, { epochs = 1,
            lr = 1e-9 })
          ok, why = t.not_worse("bytes", worse, t.base)
          assert(not ok and why:find("^bytes: [%d,]+ against [%d,]+$"), why)
          local on = t.data.test:head(200)
          ok, why = t.not_worse("accuracy", worse, t.base, { by_pt = 1, on = on })
          assert(not ok and why:find("^accuracy [%d.]+ %% against [%d.]+ %%: [%d.]+ points less %("
            .. "[%d.]+ to [%d.]+ less%); at most 1 point less is allowed$"), why)
          local seen = {}
          assert(t.not_worse("accuracy", base, function(s)
            seen[#seen + 1] = s
            return s.base
          end, { by_pt = 1, seeds = 3, on = function(s) return s.data.test end }))
          assert(#seen == 3 and seen[1].base == t.base and seen[2].from == t.seed + 1 and
            seen[3].from == t.seed + 2 and seen[2].drawn ~= seen[1].drawn)
          raises("'time' is no metric that it compares", t.not_worse, "time", base, base)
          raises("give by_pt", t.not_worse, "accuracy", base, base)
          raises("by_pt is for accuracy", t.not_worse, "bytes", base, base, { by_pt = 1 })
          raises("unknown key 'seed' in t.not_worse (did you mean 'seeds'?)", t.not_worse,
            "bytes", base, base, { seed = 1 })
          raises("both sides must be functions", t.not_worse, "bytes", t.base, base, { seeds = 2 })
          raises("seeds must be 1 to 20", t.not_worse, "bytes", base, base, { seeds = 2.5 })
          raises("the new one is nothing, not a model", t.not_worse, "bytes", nil, base)
          raises("there are no rows to compare on", t.not_worse, "accuracy", base, base,
            { by_pt = 1, on = 3 })
          return true
        end },
      { id = "rest", points = 0, "refused, report, the fields",
        function(t)
          assert(t.refused "test" == 0 and t.attempts == 2 and t.from == t.seed and t.seed == 11)
          raises("only \"test\" is refused", t.refused, "valid")
          t.report("width", 3)
          raises("'with' is not in the list reports of the exercise (did you mean 'width'?)",
            t.report, "with", 3)
          raises("bad argument #2", t.report, "width", "3")
          raises("unknown name 'atmost' in t (did you mean 'at_most'?)", function()
            return t.atmost(1, 2)
          end)
          raises("t.call: argument 1: a function does not cross", t.call, "f", print)
          raises("t.call: argument 2: test rows do not cross to the student's file", t.call, "f", 1,
            t.data.test)
          raises("t.call: argument 1.base: the model was closed", function()
            local closed = t.base:clone()
            do local _ <close> = closed end
            t.call("f", { base = closed })
          end)
          return true
        end },
      { id = "untold", points = 0, "a check that says nothing", function() return false end },
      { id = "wrong", points = 0, "a check that returns a number", function() return 1 end },
      { id = "broken", points = 0, "a mistake in a check",
        function(t) return t.data.nothing end },
    } },
}
