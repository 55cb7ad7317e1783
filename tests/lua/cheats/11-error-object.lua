-- lesson: values
-- expect: give error "ex1.lua:9: error value of type table"
-- expect: near error "error value of type table"
-- expect: kept pass
-- expect: sane pass
local pass = setmetatable({}, { __tostring = function() while true do end end,
  __eq = function() return true end, __concat = function() return "passed" end })
return { give = function()
  error(pass)
end }
