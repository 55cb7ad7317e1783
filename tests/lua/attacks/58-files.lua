-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'io'"
io.open "/etc/passwd"
