-- The watts of each step within a pause; their mean, and two standard errors to
-- each side.
-- SPDX-License-Identifier: MIT
local ex = {}

local function pauses(readings)
  local watts = {}
  for i = 2, #readings do
    local before, now = readings[i - 1], readings[i]
    if not now.busy then
      local used = now.j - before.j
      if used < 0 then used = used + readings.range end   -- it wrapped
      watts[#watts + 1] = used / (now.t - before.t)
    end
  end
  return watts
end

function ex.idle(readings)
  local watts = pauses(readings)
  local sum, squares = 0, 0
  for _, x in ipairs(watts) do sum = sum + x end
  local mean = sum / #watts
  for _, x in ipairs(watts) do squares = squares + (x - mean) ^ 2 end
  local half = 2 * math.sqrt(squares / (#watts - 1) / #watts)
  return mean, mean - half, mean + half
end

return ex
