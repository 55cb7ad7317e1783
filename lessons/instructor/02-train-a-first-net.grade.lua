-- Instructor only, never installed: checks that students do not see, and what
-- each part weighs.
-- wattle-grading(7) tells how it is used.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model = w.data, w.model

-- Accuracies on validation rows of another dataset, after each epoch.
local function history(seed, lr)
  local all = data.load("satellite", { valid = 0.2, seed = seed })
  local d = data.prepare(all, "standardize")
  local net = model.mlp { layers = { d.inputs, 32, d.classes }, seed = seed }
  local accuracy = {}
  net:fit(d.train, { epochs = 60, lr = lr, watch = d.valid,
    each = function(e) accuracy[e.epoch] = e.valid_accuracy end })
  return accuracy
end

return w.grading {
  api = 1, lesson = "green.02", allow_skip = false, seconds = 20,
  weights = { p1 = 0, q1 = 2, ex1 = 10, q2 = 2, r1 = "manual" },
  extra = {
    ex1 = {
      { id = "other_data", points = 3, "stops in time on data it has not seen",
        function(t)
          local share, lost = 0, 0
          for k = 1, 4 do
            local accuracy = history(t.seed + k, k % 2 == 0 and 0.001 or 0.003)
            local so_far, at, best = {}, nil, 0
            for i, a in ipairs(accuracy) do
              so_far[i], best = a, math.max(best, a)
              if not at and t.call("stop", so_far) == true then at = i end
            end
            at = at or #accuracy
            share, lost = share + at / #accuracy / 4,
              lost + (best - accuracy[at]) / 4
          end
          local fine, why = t.at_most(share, 0.7)
          if not fine then return false, "share of the epochs: " .. why end
          fine, why = t.at_most(lost, 0.03)
          return fine, not fine and "accuracy given up: " .. why or nil
        end, show = "after_due" },
    },
  },
}
