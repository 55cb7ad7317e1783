-- What a script finds in its environment, and what it does not.
-- SPDX-License-Identifier: MIT
local names = {
  "_VERSION", "assert", "coroutine", "error", "getmetatable", "ipairs", "load", "math", "next",
  "os", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require", "select",
  "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8", "xpcall",
}
for _, name in ipairs(names) do assert(_ENV[name] ~= nil, name) end
local gone = { "io", "debug", "package", "dofile", "loadfile", "collectgarbage", "_G", "warn" }
for _, name in ipairs(gone) do
  assert(not pcall(function() return _ENV[name] end), name)
end
gone = { "date", "execute", "exit", "getenv", "remove", "rename", "tmpname", "setlocale" }
for _, name in ipairs(gone) do
  assert(os[name] == nil, name) -- luacheck: ignore
end
assert(string.dump == nil and string.pack == nil)
assert(next(_ENV) == nil, "the globals are behind an empty table")

-- Random numbers repeat.
math.randomseed(5)
local a, b, c = math.random(), math.random(6), math.random(-3, 3)
math.randomseed(5)
assert(a == math.random() and b == math.random(6) and c == math.random(-3, 3))
assert(a >= 0 and a < 1 and b >= 1 and b <= 6 and c >= -3 and c <= 3)
assert(math.type(math.random(0)) == "integer")
assert(math.random(math.mininteger, math.maxinteger))
assert(not pcall(math.random, 2, 1) and not pcall(math.random, 1, 2, 3))

-- pcall, xpcall and coroutines as in Lua.
local function values(...) return select("#", ...), ... end
assert(select("#", pcall(values, nil, nil)) == 4)
local function say(m) return "got " .. m end
local ok, text = xpcall(function(x) error(x + 1, 0) end, say, 41)
assert(not ok and text == "got 42")
local co = coroutine.wrap(function()
  local fine, v = pcall(function() return coroutine.yield(1) + 1 end)
  assert(fine)
  coroutine.yield(v)
  error { code = 7 }
end)
assert(co() == 1 and co(2) == 3)
local fine, e = pcall(co)
assert(not fine and e.code == 7)
local dead = coroutine.create(error)
assert(select(2, coroutine.resume(dead, "x")) == "x" and coroutine.status(dead) == "dead")
assert(select(2, coroutine.resume(dead)) == "cannot resume dead coroutine")
assert(not pcall(coroutine.close, coroutine.running()))

-- Misuse is an error, not a crash.
local calls = {
  coroutine.resume, coroutine.wrap, coroutine.close, xpcall, setmetatable, load, require, rawlen,
}
for _, f in ipairs(calls) do
  assert(not pcall(f, 1, 2))
end
assert(not pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}))
assert(not pcall(load, function() return 1 end) and load(function() end))
assert(not pcall(coroutine.wrap(function() error("text", 0) end)))
assert(select(2, pcall(coroutine.wrap(function() error() end))) == nil)
assert(select("#", pcall(table.unpack, {}, 1, 20000)) == 2)
local normal
local function close_normal() coroutine.close(normal) end
normal = coroutine.create(function() return pcall(coroutine.wrap(close_normal)) end)
assert(select(2, coroutine.resume(normal)) == false)
local failing = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() error "late" end }) -- luacheck: ignore
  coroutine.yield()
end)
coroutine.resume(failing)
fine, e = coroutine.close(failing)
assert(not fine and e:find "late")
math.randomseed()
a = math.random()
math.randomseed()
assert(a == math.random())
math.randomseed(1.5)
assert(not pcall(require "wattle".range, 1, 2, 0))
local range = require "wattle".range(5, 1, -2)
assert(table.concat(range, " ") == "5 3 1" and #require "wattle".range(2, 1) == 0)
assert(tostring(require "wattle".technique.prune { sparsity = 0.5 }) == "technique: prune")

-- load: text only, an environment, names of chunks.
assert(load("return x", "name", "t", { x = 5 })() == 5)
assert(select(2, load("error 'a'", "=here")) == nil)
assert(select(2, load "x ="):find "<eof>")

-- Tables.
local t = { 5, 2, 8, 1 }
table.sort(t, function(x, y) return x > y end)
assert(table.concat(t, " ") == "8 5 2 1")
table.insert(t, 1, 9)
assert(table.remove(t) == 1 and table.remove(t, 1) == 9 and #t == 3)
assert(table.concat(table.move({ 1, 2, 3 }, 1, 3, 2), "") == "1123")
assert(table.concat({}, ",") == "" and table.concat({ 1, 2, 3 }, ",", 2, 3) == "2,3")
assert(select("#", table.unpack({}, 1, 3)) == 3 and table.pack(1, nil).n == 2)
local words = {}
local sentence = "the quick brown fox jumps over the lazy dog"
for word in sentence:gmatch "%a+" do words[#words + 1] = word end
table.sort(words)
for i = 2, #words do assert(words[i - 1] <= words[i]) end
assert(not pcall(table.sort, { 1, "a" }))
