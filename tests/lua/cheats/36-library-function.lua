-- lesson: values
-- expect: give error "ex1.lua: give(): result 1: a function does not cross"
-- expect: near error "ex1.lua: give(): result 1: a function does not cross"
return { give = pairs }
