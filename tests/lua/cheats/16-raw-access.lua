-- lesson: drawn
-- expect: fitted fail "it is nothing, not a model"
-- expect: held error "the test rows are not for you here"
local function find(value)
  return type(value) == "userdata" and #value == 100
end
return {
  learn = function(data)
    for key, value in next, data do
      if key == "test" or find(value) then return value end
    end
    assert(rawget(data, "test") == nil and getmetatable(data) == false)
    assert(not pcall(setmetatable, data, nil))
    return nil
  end,
  look = function(held)
    assert(rawget(held, "rows") == nil and rawlen(held.all) == 1 and next(held, "all") == nil)
    return held.rows
  end,
}
