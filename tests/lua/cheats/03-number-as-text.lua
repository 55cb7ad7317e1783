-- lesson: values
-- only: near
-- expect: near fail "it is a string, and must be a number"
return { give = function() return "3" end }
