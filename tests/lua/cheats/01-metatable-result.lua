-- only: small
-- expect: small error "ex1.lua:6: slim(): result 1: a table with a metatable does not cross"
local ex = {}

-- A model that is none: small and cheap by its own word.
function ex.slim(base)
  return setmetatable({}, { __index = function() return function() return 0 end end,
    __name = "model", __lt = function() return true end, __le = function() return true end })
end

return ex
