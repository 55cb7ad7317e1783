local ex = {}

function ex.double(x)
  return 2 * x
end

return ex
