local ex = {}

function ex.work() return 1 end

function ex.hoard() return 1 end

function ex.tell() return "" end

return ex
