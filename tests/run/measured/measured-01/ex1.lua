local ex = {}

function ex.slim(base) return base end

return ex
