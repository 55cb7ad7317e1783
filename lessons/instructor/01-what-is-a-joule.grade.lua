-- Instructor only, never installed: checks that students do not see, and what
-- each part weighs.
-- wattle-grading(7) tells how it is used.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

-- Pauses of a server: more power, faster readings, a counter that wraps within
-- two seconds; and how many steps they have.
local function server(random, true_w, noise)
  local readings = { range = 180 }
  local t, j, steps = 1e5 * random(), 180 * random(), 0
  readings[1] = { t = t, j = j, busy = true }
  for i = 1, 80 do
    local busy = i % 16 > 10
    local dt = 0.4 * (0.8 + 0.4 * random())
    local watts = (busy and 260 or true_w) * (1 + noise * random:normal())
    t, j = t + dt, (j + dt * watts) % 180
    steps = steps + (busy and 0 or 1)
    readings[#readings + 1] = { t = t, j = j, busy = busy }
  end
  return readings, steps
end

return w.grading {
  api = 1, lesson = "green.01", allow_skip = false, seconds = 20,
  weights = { p1 = 0, q1 = 2, ex1 = 10, q2 = 2, r1 = "manual" },
  extra = {
    ex1 = {
      { id = "server", points = 3,
        "covers the truth on a machine it has not seen",
        function(t)
          local held, width = 0, 0
          local fine, why = t.property(400, function(random)
            local true_w, noise = 100 + 40 * random(), 0.02 * 10 ^ random()
            local readings, steps = server(random, true_w, noise)
            local mean, low, high = t.call("idle", readings)
            if not (mean and low and high) then
              return false, "no mean, low, high"
            end
            local error_w = true_w * noise / math.sqrt(steps)
            if low <= true_w and true_w <= high then held = held + 1 end
            width = width + (high - low) / (4 * error_w) / 400
            return true
          end)
          if not fine then return false, why end
          local text = "in %d of 400 it held the truth, %.3g times as wide "
            .. "as that takes"
          return held >= 358 and held <= 396 and width <= 1.5,
            text:format(held, width)
        end, show = "after_due" },
    },
  },
}
