-- Text without editor state: pieces of a suggestion, and how it lies around text that stands already.

local M = {}

---A suggestion's text with `\n` as the only line end.
---@param text string
---@return string
function M.normalized(text)
  return (text:gsub('\r\n?', '\n'))
end

---Length in UTF-16 units, the unit in which `acceptedLength` is counted.
---@param text string
---@return integer
function M.utf16_length(text)
  return vim.str_utfindex(text, 'utf-16')
end

---The next word with the white space before it: a run of keyword characters, or a run of other marks.
---What a keyword character is follows the current buffer's 'iskeyword'.
---@param text string
---@return string
function M.next_word(text)
  local word = vim.fn.matchstr(text, [[^\_s*\%(\k\+\|\%(\k\@!\n\@!\S\)\+\)]])
  return word ~= '' and word or text
end

---The next line: to the end of the first line that holds something, without its line end.
---@param text string
---@return string
function M.next_line(text)
  local line = text:match('^[ \t]*\n[%s\n]-[^%s][^\n]*') or text:match('^[^\n]+')
  return line or text
end

---Where `standing` (text behind the cursor that the suggestion replaces) is found again in `line`, character by
---character from the right: the parts of `line` to be drawn before each of them. nil when it is not found again.
---@param line string
---@param standing string
---@return { offset: integer, text: string }[]? parts `offset` in bytes into `standing`
function M.around(line, standing)
  local parts = {}
  local line_chars = vim.fn.split(line, [[\zs]])
  local standing_chars = vim.fn.split(standing, [[\zs]])
  local right, part = #line_chars, {}
  local offset = #standing
  for index = #standing_chars, 1, -1 do
    while right >= 1 and line_chars[right] ~= standing_chars[index] do
      table.insert(part, 1, line_chars[right])
      right = right - 1
    end
    if right == 0 then
      return nil
    end
    if #part > 0 then
      table.insert(parts, 1, { offset = offset, text = table.concat(part) })
      part = {}
    end
    right = right - 1
    offset = offset - #standing_chars[index]
  end
  if right > 0 then
    table.insert(parts, 1, { offset = 0, text = table.concat(line_chars, '', 1, right) })
  end
  return parts
end

---`text` with tabs written as blanks, as they would appear when it starts at screen column `column` (from 0).
---@param text string
---@param column integer
---@param tabstop integer
---@return string
function M.expanded(text, column, tabstop)
  if not text:find('\t', 1, true) then
    return text
  end
  local written = {}
  for _, character in ipairs(vim.fn.split(text, [[\zs]])) do
    if character == '\t' then
      character = (' '):rep(tabstop - column % tabstop)
    end
    column = column + vim.fn.strdisplaywidth(character, column)
    table.insert(written, character)
  end
  return table.concat(written)
end

return M
