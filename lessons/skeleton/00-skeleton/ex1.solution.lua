-- The cheaper of two costs, one of which may not be there.
-- SPDX-License-Identifier: MIT
local ex = {}

function ex.cheaper(a, b)
  if a == nil or b == nil then return a or b end
  return math.min(a, b)
end

return ex
