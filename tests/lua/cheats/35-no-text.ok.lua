-- lesson: values
-- only: give
return { give = function() return "\xff\0\27" end }
