-- Patience: the best so far must be beaten by half a point within seven epochs.
-- SPDX-License-Identifier: MIT
local ex = {}

function ex.stop(history)
  local best, at = -1, 0
  for i, a in ipairs(history) do
    if a > best + 0.005 then best, at = a, i end
  end
  return #history - at >= 7
end

return ex
