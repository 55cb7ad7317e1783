-- only: returns
-- expect: returns error "ex1.lua:5: slim(): result 1: the model was closed, and does not cross"
-- To be closed when the function is left, which is before the checks get it.
local ex = {}
function ex.slim(base)
  local m <close> = base:clone()
  return m
end
return ex
