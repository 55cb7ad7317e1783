-- SPDX-License-Identifier: MIT
local ex = {}

function ex.twice(x)
  return 2 * x
end

function ex.sum(t)
  local all = 0
  for _, x in ipairs(t) do all = all + x end
  return all
end

return ex
