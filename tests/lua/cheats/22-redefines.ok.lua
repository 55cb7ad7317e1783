-- lesson: values
-- only: near
-- only: sane
local abs = math.abs
return { give = function() return abs(-3) end }
