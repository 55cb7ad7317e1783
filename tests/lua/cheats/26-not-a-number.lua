-- lesson: values
-- only: near
-- expect: near fail "it is not a number (nan)"
return { give = function() return 0 / 0 end }
