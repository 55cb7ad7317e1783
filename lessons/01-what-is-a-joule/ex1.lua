-- Exercise: the idle power of a machine. Save this file; the checks run again
-- by themselves.
-- SPDX-License-Identifier: MIT
--
-- Lua for those who know Python: a list begins at 1, #list is its length, and
-- list[#list + 1] = x appends. A new variable needs local. Blocks end with end:
--   for i = 2, #list do ... end      if not a then ... end
-- a ~= b is "not equal", x ^ 2 the square, math.sqrt(x) the root.
local ex = {}

-- readings[i].t: seconds; .j: the counter, in joules; .busy: a program ran in
-- the step from reading i - 1 to reading i. readings.range: there the counter
-- goes on at zero.
function ex.idle(readings)
  local first, last = readings[1], readings[#readings]
  local mean = (last.j - first.j) / (last.t - first.t)

  -- TODO only the pauses count; the counter may wrap; how sure is the mean?
  return mean, mean, mean
end

return ex
