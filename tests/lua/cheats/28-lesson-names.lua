-- lesson: values
-- only: give
-- expect: give error "ex1.lua:4: unknown name 'lesson' in wattle"
local lesson = require "wattle".lesson
return { give = function() return lesson end }
