-- Exercise: the idle power of a machine. Save this file; the checks run again
-- by themselves.
-- SPDX-License-Identifier: MIT
local ex = {}

-- readings[i].t: seconds; .j: the counter, in joules; .busy: a program ran
-- since reading i - 1. readings.range: there the counter goes on at zero.
function ex.idle(readings)
  local first, last = readings[1], readings[#readings]
  local mean = (last.j - first.j) / (last.t - first.t)

  -- TODO only the pauses count; the counter may wrap; how sure is the mean?
  return mean, mean, mean
end

return ex
