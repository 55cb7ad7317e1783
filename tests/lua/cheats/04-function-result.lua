-- lesson: values
-- only: give
-- only: near
-- expect: give error "give() of ex1.lua must return a value (ex1.lua:7: give(): result 1.cb[2]: a function does not cross"
-- expect: near error "numbers, texts, booleans, tables, models and rows do"
local function callback() return 3 end
return { give = function() return { cb = { 1, callback } } end }
