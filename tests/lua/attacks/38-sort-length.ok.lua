-- SPDX-License-Identifier: MIT
table.sort {}
