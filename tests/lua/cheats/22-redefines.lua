-- lesson: values
-- only: near
-- only: sane
-- expect: near fail "it is 7"
-- expect: sane pass
math.abs = function() return 0 end
math.huge = 0
string.rep = function() return "" end
string.format = function() return "true" end
table.unpack = function() return true end
pcall(function() tostring = print end)
pcall(function() getmetatable("").__index = { rep = print } end)
return { give = function() return 7 end }
