-- expect: returns pass
-- expect: honest fail "it is 1; at most 0 is allowed"
-- only: returns
-- only: honest
-- The asking is caught, and counted all the same.
local technique = require "wattle".technique
return { slim = function(base, data)
  local ok, why = pcall(function() return data.test end)
  assert(not ok and why:find("the test rows are not for you here", 1, true))
  return base:with(technique.quantize { bits = 8, data = data.train:head(64) })
end }
