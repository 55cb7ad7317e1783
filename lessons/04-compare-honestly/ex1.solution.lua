-- The t interval of the logarithms of the ratios; a word only when all of it
-- lies on one side.
-- SPDX-License-Identifier: MIT
local ex = {}

local T = { 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
            2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
            2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
            2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423 }

function ex.verdict(list)
  local n, sum, squares = #list, 0, 0
  for _, p in ipairs(list) do sum = sum + math.log(p.b / p.a) end
  local mean = sum / n
  for _, p in ipairs(list) do
    squares = squares + (math.log(p.b / p.a) - mean) ^ 2
  end
  local half = T[n - 1] * math.sqrt(squares / (n - 1) / n)
  local low, high = math.exp(mean - half), math.exp(mean + half)
  local word = "not resolved"

  if high < 1 then word = "better" elseif low > 1 then word = "worse" end
  return word, math.exp(mean), low, high
end

return ex
