-- Cases for the pattern matcher. Run by a stock Lua, this gives the text of a script that asserts
-- the same results in the sandbox.
-- SPDX-License-Identifier: MIT
local subjects = {
  "", "a", "aaa", "abc", "hello world", "key = value # rest", "(a(b)c)(d)", "THE (quick) fox",
  "x\0y\0", "  trim  ", "2026-03-01T12:34:56Z", "a,b,,c,", "[[x]]", "%d%%", "foo.bar(baz)",
  "\200\201\255", "\n\t\r\v\f", "abababab", "ünï", "0xFF 1e-5 .5", ("ab"):rep(60),
}
local patterns = {
  "", "a", "^a", "a$", "^$", ".", ".*", ".-", ".+", "a*", "a-b", "a?b", "^a*$", "[abc]",
  "[^abc]", "[a-c]+", "[]]", "[^]]", "[a-]", "[-a]", "[%a_][%w_]*", "[%]]", "[%d%-]", "%a+",
  "%A+", "%c", "%d+", "%D", "%g+", "%l+", "%L", "%p+", "%P", "%s+", "%S+", "%u+", "%U", "%w+",
  "%W", "%x+", "%X", "%%", "%.", "%(", "()", "(a*(.)%w(%s*))", "(.)(.)", "(.)%1", "(..)%1",
  "^(.-)%s*=%s*(.-)$", "%b()", "%b[]", "%bxx", "%f[%w]%w+", "%f[%S]", "%f[%z\0]", "()()",
  "(())", "^%s*(.-)%s*$", "(%d+)-(%d+)", "%w*%s*", "\0", "[\0]", "[%z]", "x*$", "$", "a$b",
  "^^a", "a^", "[a$]", "[$^]", "(a+)b", "((a)(b))", "(a)|(b)", "[%a%-z]", "[a-%%]",
  "[0-9a-fA-F]+", "\200", "[\200-\255]+", "%1", "%", "[", "[a", "[^", "[%", "(", ")", "(()",
  "%b", "%bx", "%f", "%fa", "(a", "a)", "%2(a)", "(a%1)", "(", ("()"):rep(33),
  ("a?"):rep(20) .. ("a"):rep(20), ("("):rep(31) .. (")"):rep(31), ".-b", "b.-b", "a.-$",
  "(a-)(a*)", "[^%s]", "[^\n]*", "[%w.]+", "%f[%a]%a-%f[%A]", "^[ \t]*", "%-", "a%", "%z",
  "x-y",
}
local replacements = { "", "<%0>", "<%1>", "%%", "%", "%2", "%x", "[%1%1]", "plain" }
local inits = { 1, 0, 3, -1, -100, 100 }

local out = { [[local n = 0
local function same(want, name, ...)
  n = n + 1
  local got = { pcall(string[name], ...) }
  for i = 1, #got do got[i] = tostring(got[i]):gsub("^[^:]*:%d+: ", "") end
  got = table.concat(got, "|")
  if got == want then return end
  local s, p = ...
  error(("case %d: %s(%q, %q): %q, but Lua gives %q"):format(n, name, s, p, got, want))
end
local function all(s, p, i)
  local list = {}
  for a, b in s:gmatch(p, i) do
    list[#list + 1] = tostring(a) .. ":" .. tostring(b)
    if #list > 50 then break end
  end
  return table.concat(list, ";")
end
string.all = all
]] }

local function all(s, p, i)
  local list = {}
  for a, b in s:gmatch(p, i) do
    list[#list + 1] = tostring(a) .. ":" .. tostring(b)
    if #list > 50 then break end
  end
  return table.concat(list, ";")
end

local function add(name, ...)
  local got = { pcall(name == "all" and all or string[name], ...) }
  for i = 1, #got do got[i] = tostring(got[i]):gsub("^[^:]*:%d+: ", "") end
  local args = table.pack(...)
  for i = 1, args.n do args[i] = ("%q"):format(args[i]) end
  local want = table.concat(got, "|")
  out[#out + 1] = ("same(%q, %q, %s)\n"):format(want, name, table.concat(args, ", "))
end

local case = 0
for _, p in ipairs(patterns) do
  for _, s in ipairs(subjects) do
    case = case + 1
    add("find", s, p)
    add("match", s, p, inits[case % #inits + 1])
    add("gsub", s, p, replacements[case % #replacements + 1])
    add("all", s, p)
    if case % 5 == 0 then
      add("find", s, p, inits[case % #inits + 1], true)
      add("gsub", s, p, "-", 2)
      add("all", s, p, inits[case % #inits + 1])
    end
  end
end
for _, s in ipairs { "", "a", "ab" } do
  for _, n in ipairs { -1, 0, 1, 3, 17 } do
    for _, sep in ipairs { "", ",", "--" } do add("rep", s, n, sep) end
  end
end
return table.concat(out)
