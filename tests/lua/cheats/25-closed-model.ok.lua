-- only: returns
local ex = {}
function ex.slim(base)
  local m <close> = base:clone()
  return m:clone()
end
return ex
