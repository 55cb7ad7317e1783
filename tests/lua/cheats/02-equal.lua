-- lesson: values
-- only: near
-- expect: near error "a table with a metatable does not cross"
local always = { __eq = function() return true end, __sub = function() return 0 end,
  __le = function() return true end, __unm = function() return 0 end, __metatable = false,
  __index = function() return 3 end, __name = "data" }

return { give = function() return setmetatable({}, always) end }
