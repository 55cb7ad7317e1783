-- Two experiments in the same blocks: each its own set-up, parameters, random numbers, measure.
-- run
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local drawn = {}

local function part(depth, batch)
  return function()
    return w.experiment {
      api = 1, name = "part", question = "Which?", build = "once",
      needs = { dataset = "digits" },
      params = { depth = depth },
      setup = function(c)
        assert(c.dataset == "digits" and c.param.depth == depth and c.seed == 1)
        drawn[#drawn + 1] = math.random(1 << 30)
        return { data = w.data.load(c.dataset), depth = depth }
      end,
      arms = {
        { "tree", function(s, c)
            assert(s.depth == depth and c.param.depth == depth)
            return w.model.tree { depth = depth }:fit(s.data.train)
          end },
        { "lowered" .. depth, function(s)
            return w.model.tree { depth = depth }:fit(s.data.train):lower { batch = batch }
          end },
      },
      measure = function(m, s)
        assert(s.depth == depth and (#drawn < 2 or drawn[1] == drawn[2]))
        return m:predict(s.data.test)
      end,
      design = { warmup = 0, blocks = 1, window = 0.001, idle = 0 },
    }
  end
end

return w.combine { { "p", part(3, 64) }, { "q", part(5, 16) }, versus = "q: tree", name = "both" }
