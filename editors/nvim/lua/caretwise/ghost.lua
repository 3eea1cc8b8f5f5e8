-- A suggestion at a place, and how much of it is left after what was typed since.

local anchors = require('caretwise.anchor')
local text = require('caretwise.text')

local api = vim.api

local M = {}

---@class caretwise.Ghost
---@field client_id integer
---@field bufnr integer
---@field id? string the server's name for the suggestion
---@field command? lsp.Command to be run when the suggestion is taken
---@field text string the whole text, line ends `\n`
---@field standing string text behind the cursor that the suggestion replaces, as it was when it came
---@field anchor caretwise.Anchor the range that the text replaces, with what was typed into it since
---@field shown boolean whether it was ever drawn

---@class caretwise.Fit
---@field rest string what is left to be drawn and inserted
---@field typed string the part of the text that stands before the cursor
---@field standing string text from the cursor to the end of the range
---@field row integer of the cursor, from 0
---@field col integer of the cursor, in bytes
---@field end_row integer
---@field end_col integer

---@class caretwise.Asked
---@field client vim.lsp.Client
---@field bufnr integer
---@field row integer of the cursor when the request was sent, from 0
---@field col integer in bytes
---@field tick integer changedtick when the request was sent
---@field anchor caretwise.Anchor at the cursor

---@param bufnr integer
---@param position lsp.Position
---@param encoding string
---@return integer column in bytes
local function column(bufnr, position, encoding)
  local line = api.nvim_buf_get_lines(bufnr, position.line, position.line + 1, false)[1] or ''
  return vim.str_byteindex(line, encoding, position.character, false)
end

---Where an item's range lies now. A range on the cursor's line follows what was typed since; any other is
---good for the unchanged buffer only.
---@param range lsp.Range
---@param asked caretwise.Asked
---@return caretwise.Span?
local function span_now(range, asked)
  local now = anchors.find(asked.anchor)
  if not now then
    return nil
  end
  local encoding = asked.client.offset_encoding
  local first, last = range.start, range['end']
  if first.line == asked.row and last.line == asked.row then
    local line = asked.anchor.before .. asked.anchor.after
    local start_col = vim.str_byteindex(line, encoding, first.character, false)
    local end_col = vim.str_byteindex(line, encoding, last.character, false)
    if start_col > asked.col or end_col < asked.col then
      return nil
    end
    local behind = end_col - asked.col
    return {
      start_row = now.start_row,
      start_col = start_col,
      end_row = now.end_row,
      end_col = now.end_col + behind,
    }
  end
  if
    api.nvim_buf_get_changedtick(asked.bufnr) ~= asked.tick
    or first.line > asked.row
    or last.line < asked.row
    or last.line >= api.nvim_buf_line_count(asked.bufnr)
  then
    return nil
  end
  return {
    start_row = first.line,
    start_col = column(asked.bufnr, first, encoding),
    end_row = last.line,
    end_col = column(asked.bufnr, last, encoding),
  }
end

---The suggestion in an item; nil when the item has no plain text, or its range is not around the cursor.
---@param item table lsp.InlineCompletionItem
---@param asked caretwise.Asked
---@return caretwise.Ghost?
function M.from_item(item, asked)
  if type(item) ~= 'table' or type(item.insertText) ~= 'string' or item.insertText == '' then
    return nil
  end
  local position = {
    line = asked.row,
    character = vim.str_utfindex(asked.anchor.before, asked.client.offset_encoding),
  }
  local span = span_now(item.range or { start = position, ['end'] = position }, asked)
  if not span then
    return nil
  end
  local command = type(item.command) == 'table' and item.command or nil
  local id = command and type(command.arguments) == 'table' and command.arguments[1]
  local now = assert(anchors.find(asked.anchor))
  return {
    client_id = asked.client.id,
    bufnr = asked.bufnr,
    id = type(id) == 'string' and id or nil,
    command = command,
    text = text.normalized(item.insertText),
    standing = anchors.text(asked.bufnr, now.end_row, now.end_col, span.end_row, span.end_col),
    anchor = anchors.hold(asked.bufnr, span),
    shown = false,
  }
end

---What is left of the suggestion at the cursor of the current window; nil when it does not fit (any more).
---Brackets that the editor has closed by itself behind the cursor are taken for the suggestion's own.
---@param ghost caretwise.Ghost
---@return caretwise.Fit?
function M.fit(ghost)
  if api.nvim_get_current_buf() ~= ghost.bufnr then
    return nil
  end
  local span = anchors.find(ghost.anchor)
  if not span then
    return nil
  end
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  if
    row < span.start_row
    or row == span.start_row and col < span.start_col
    or row > span.end_row
    or row == span.end_row and col > span.end_col
  then
    return nil
  end
  local typed = anchors.text(ghost.bufnr, span.start_row, span.start_col, row, col)
  if not vim.startswith(ghost.text, typed) then
    return nil
  end
  local rest = ghost.text:sub(#typed + 1)
  local standing = anchors.text(ghost.bufnr, row, col, span.end_row, span.end_col)
  if standing ~= ghost.standing and not text.around(rest, standing) then
    return nil
  end
  return {
    rest = rest,
    typed = typed,
    standing = standing,
    row = row,
    col = col,
    end_row = span.end_row,
    end_col = span.end_col,
  }
end

---Let its place go.
---@param ghost caretwise.Ghost
function M.release(ghost)
  anchors.release(ghost.anchor)
end

return M
