local ex = {}

function ex.work() while true do pcall(error) end end

function ex.hoard()
  local kept = {}
  for i = 1, 2 ^ 20 do kept[i] = { i } end
  return kept[1][1]
end

function ex.tell() return ("long "):rep(700) .. "and whole" end

return ex
