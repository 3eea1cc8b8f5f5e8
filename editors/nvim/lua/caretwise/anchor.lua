-- A place in a buffer that holds while text is typed into it: an extmark, and the text before and after it on its
-- lines as proof that nothing else has changed there.

local api = vim.api

local M = {}

local namespace = api.nvim_create_namespace('caretwise.anchor')

---@class caretwise.Anchor
---@field bufnr integer
---@field mark integer
---@field before string text before the start, on the start's line
---@field after string text after the end, on the end's line

---@class caretwise.Span
---@field start_row integer from 0
---@field start_col integer in bytes
---@field end_row integer
---@field end_col integer

---@param bufnr integer
---@param row integer
---@return string
local function line_at(bufnr, row)
  return api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
end

---Hold a span. Text that is typed at either edge counts as inside.
---@param bufnr integer
---@param span caretwise.Span
---@return caretwise.Anchor
function M.hold(bufnr, span)
  local mark = api.nvim_buf_set_extmark(bufnr, namespace, span.start_row, span.start_col, {
    end_row = span.end_row,
    end_col = span.end_col,
    right_gravity = false,
    end_right_gravity = true,
    undo_restore = false,
  })
  return {
    bufnr = bufnr,
    mark = mark,
    before = line_at(bufnr, span.start_row):sub(1, span.start_col),
    after = line_at(bufnr, span.end_row):sub(span.end_col + 1),
  }
end

---Where the span is now; nil when the text around it is not what it was.
---@param anchor caretwise.Anchor
---@return caretwise.Span?
function M.find(anchor)
  if not api.nvim_buf_is_loaded(anchor.bufnr) then
    return nil
  end
  local mark = api.nvim_buf_get_extmark_by_id(anchor.bufnr, namespace, anchor.mark, { details = true })
  if not mark[1] then
    return nil
  end
  ---@type caretwise.Span
  local span = { start_row = mark[1], start_col = mark[2], end_row = mark[3].end_row, end_col = mark[3].end_col }
  if
    line_at(anchor.bufnr, span.start_row):sub(1, span.start_col) ~= anchor.before
    or line_at(anchor.bufnr, span.end_row):sub(span.end_col + 1) ~= anchor.after
  then
    return nil
  end
  return span
end

---Let the place go.
---@param anchor caretwise.Anchor
function M.release(anchor)
  if api.nvim_buf_is_valid(anchor.bufnr) then
    api.nvim_buf_del_extmark(anchor.bufnr, namespace, anchor.mark)
  end
end

---The text between two places; '' when the second is before the first.
---@param bufnr integer
---@param start_row integer
---@param start_col integer
---@param end_row integer
---@param end_col integer
---@return string
function M.text(bufnr, start_row, start_col, end_row, end_col)
  if end_row < start_row or end_row == start_row and end_col <= start_col then
    return ''
  end
  return table.concat(api.nvim_buf_get_text(bufnr, start_row, start_col, end_row, end_col, {}), '\n')
end

return M
