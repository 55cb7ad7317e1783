-- Instructor only, never installed: checks that students do not see, and what
-- each part weighs.
-- wattle-grading(7) tells how it is used.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

-- Pairs of equals on a machine that trembles five times as much as those of the
-- lesson.
local function noisy(random, n)
  local list = {}
  for i = 1, n do
    local machine = math.exp(0.3 * random:normal())
    list[i] = { a = machine * math.exp(0.05 * random:normal()),
                b = machine * math.exp(0.05 * random:normal()) }
  end
  return list
end

return w.grading {
  api = 1, lesson = "green.04", allow_skip = false, seconds = 20,
  weights = { p1 = 0, p2 = 0, q1 = 2, q2 = 2, ex1 = 10, r1 = "manual" },
  extra = {
    ex1 = {
      { id = "noisy", points = 2,
        "equals stay equal on a machine that trembles more",
        function(t)
          local found = 0
          local fine, why = t.property(400, function(random)
            local said = t.call("verdict", noisy(random, random(10, 30)))
            if type(said) ~= "string" then return false, "no word" end
            if said ~= "not resolved" then found = found + 1 end
            return true
          end)
          if not fine then return false, why end
          return t.at_most(found, 40)
        end, show = "after_due" },

      { id = "units", points = 1, "milliseconds or seconds: the same verdict",
        function(t)
          return t.property(20, function(random)
            local list, scaled = noisy(random, 15), {}
            for i, p in ipairs(list) do
              scaled[i] = { a = 1000 * p.a, b = 1000 * p.b }
            end
            local word, ratio = t.call("verdict", list)
            local other, again = t.call("verdict", scaled)
            return word == other and math.abs(ratio - again) < 1e-6,
              "the verdict changed with the unit"
          end)
        end, show = "after_due" },
    },
  },
}
