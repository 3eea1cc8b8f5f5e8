-- Taking a suggestion, wholly or in part.

local server = require('caretwise.server')
local session = require('caretwise.session')
local text = require('caretwise.text')

local api = vim.api

local M = {}

---@alias caretwise.Amount 'full'|'word'|'line'

---@type table<caretwise.Amount, fun(rest: string): string>
local part_of = {
  full = function(rest)
    return rest
  end,
  word = text.next_word,
  line = text.next_line,
}

---Setting 'undolevels' closes the undo step in progress (:help undo-break).
local function close_undo_step()
  vim.go.undolevels = vim.go.undolevels
end

---Insert at the cursor, up to where `fit` ends when all of the rest is taken, and put the cursor behind it.
---@param bufnr integer
---@param fit caretwise.Fit
---@param part string
local function insert(bufnr, fit, part)
  local lines = vim.split(part, '\n', { plain = true })
  local end_row, end_col = fit.row, fit.col
  if part == fit.rest then
    end_row, end_col = fit.end_row, fit.end_col
  end
  close_undo_step()
  api.nvim_buf_set_text(bufnr, fit.row, fit.col, end_row, end_col, lines)
  local before = #lines == 1 and fit.col or 0
  api.nvim_win_set_cursor(0, { fit.row + #lines, before + #lines[#lines] })
  close_undo_step()
end

---Run the item's command, which tells the server that the suggestion was taken.
---@param ghost caretwise.Ghost
---@param amount caretwise.Amount
local function tell(ghost, amount)
  local client = vim.lsp.get_client_by_id(ghost.client_id)
  if not (client and ghost.command) then
    return
  end
  local command = vim.deepcopy(ghost.command)
  if ghost.id and command.arguments[2] then
    command.arguments[2] = amount
  end
  server.execute(client, command, ghost.bufnr)
end

---Take the suggestion on screen, or its next word or line.
---@param amount caretwise.Amount
---@return boolean taken
function M.accept(amount)
  local ghost, fit = session.current()
  if not (ghost and fit) then
    return false
  end
  local part = part_of[amount](fit.rest)
  insert(ghost.bufnr, fit, part)
  if part == fit.rest then
    session.clear()
    tell(ghost, amount)
  else
    session.taken_in_part()
    local length = text.utf16_length(fit.typed .. part)
    server.notify(ghost, 'caretwise/didPartiallyAccept', { acceptedLength = length })
  end
  return true
end

return M
