-- lesson: quick
-- expect: work error "ex1.lua:6: time limit reached"
-- expect: again error "ex1.lua:6: time limit reached"
-- expect: other error "ex1.lua:6: time limit reached"
local n = 0
while true do n = n + 1 end
