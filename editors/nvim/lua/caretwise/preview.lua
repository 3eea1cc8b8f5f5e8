-- A fix is shown as a diff before it is applied; the buffer changes only when the user says so.

local api = vim.api

local M = {}

local HINT = ' <CR> apply   q discard '

---The lines of a buffer as they would be with an edit applied.
---@param bufnr integer
---@param edit lsp.WorkspaceEdit of this one document
---@param encoding string
---@return string[] before, string[] after
local function both(bufnr, edit, encoding)
  local before = api.nvim_buf_get_lines(bufnr, 0, -1, true)
  local copy = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(copy, 0, -1, true, before)
  local edits = {}
  for _, change in ipairs(edit.documentChanges or {}) do
    vim.list_extend(edits, change.edits or {})
  end
  for _, changes in pairs(edit.changes or {}) do
    vim.list_extend(edits, changes)
  end
  vim.lsp.util.apply_text_edits(edits, copy, encoding)
  local after = api.nvim_buf_get_lines(copy, 0, -1, true)
  api.nvim_buf_delete(copy, { force = true })
  return before, after
end

---@param before string[]
---@param after string[]
---@return string[] the diff's lines, without a header
local function diff(before, after)
  local text = function(lines)
    return table.concat(lines, '\n') .. '\n'
  end
  local hunks = vim.diff(text(before), text(after), { ctxlen = 3 })
  return vim.split(vim.trim(hunks --[[@as string]]), '\n', { plain = true })
end

---@param lines string[]
---@param title string
---@return integer bufnr
---@return integer window
local function open(lines, title)
  local width = math.max(vim.fn.strdisplaywidth(HINT), vim.fn.strdisplaywidth(title)) + 2
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line) + 1)
  end
  local shown = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(shown, 0, -1, true, lines)
  vim.bo[shown].filetype = 'diff'
  vim.bo[shown].modifiable = false
  vim.bo[shown].bufhidden = 'wipe'
  local window = api.nvim_open_win(shown, true, {
    relative = 'cursor',
    row = 1,
    col = 0,
    width = math.max(1, math.min(width, vim.o.columns - 4)),
    height = math.max(1, math.min(#lines, math.floor(vim.o.lines / 2))),
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. title .. ' ',
    footer = HINT,
  })
  return shown, window
end

---Show what an edit would change, and call `apply` if the user wants it.
---@param bufnr integer
---@param title string
---@param notes string[] lines to show under the diff
---@param edit lsp.WorkspaceEdit
---@param encoding string
---@param apply fun()
function M.show(bufnr, title, notes, edit, encoding, apply)
  local lines = diff(both(bufnr, edit, encoding))
  vim.list_extend(lines, #notes > 0 and { '' } or {})
  vim.list_extend(lines, notes)
  local shown, window = open(lines, title)
  local close = function()
    if api.nvim_win_is_valid(window) then
      api.nvim_win_close(window, true)
    end
  end
  local map = function(keys, action)
    for _, key in ipairs(keys) do
      vim.keymap.set('n', key, action, { buffer = shown, nowait = true })
    end
  end
  map({ 'q', 'n', '<Esc>' }, close)
  map({ '<CR>', 'y' }, function()
    close()
    apply()
  end)
end

return M
