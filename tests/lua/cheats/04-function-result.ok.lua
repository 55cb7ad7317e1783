-- lesson: values
-- only: give
local function callback() return 3 end
return { give = function() return { cb = { 1, callback() } } end }
