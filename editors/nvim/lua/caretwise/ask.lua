-- Asking for suggestions: one request at a time; the previous one is cancelled.

local anchors = require('caretwise.anchor')
local ghosts = require('caretwise.ghost')
local server = require('caretwise.server')

local api = vim.api

local M = {}

---Values of LSP 3.18 `InlineCompletionTriggerKind`.
M.INVOKED = 1
M.AUTOMATIC = 2

---@class caretwise.Pending: caretwise.Asked
---@field request_id? integer

---@type caretwise.Pending?
local pending

---@param asked caretwise.Pending
---@param result any
---@return caretwise.Ghost[]
local function read(asked, result)
  if type(result) ~= 'table' or not api.nvim_buf_is_loaded(asked.bufnr) then
    return {}
  end
  local found = {}
  for _, item in ipairs(type(result.items) == 'table' and result.items or result) do
    table.insert(found, ghosts.from_item(item, asked))
  end
  return found
end

---Drop the request that is under way.
---@param client_id? integer only if it is this client's ...
---@param bufnr? integer ... and for this buffer
function M.cancel(client_id, bufnr)
  if pending and (not client_id or pending.client.id == client_id and pending.bufnr == bufnr) then
    local dropped = pending
    pending = nil
    anchors.release(dropped.anchor)
    if dropped.request_id then
      server.cancel(dropped.client, dropped.request_id)
    end
  end
end

---Ask for suggestions at the cursor of the current window. `on_answer` is called at most once, and not at all when the
---request fails or is dropped.
---@param client vim.lsp.Client
---@param kind integer M.INVOKED or M.AUTOMATIC
---@param on_answer fun(found: caretwise.Ghost[])
function M.send(client, kind, on_answer)
  M.cancel()
  local bufnr = api.nvim_get_current_buf()
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  ---@type caretwise.Pending
  local asked = {
    client = client,
    bufnr = bufnr,
    row = row,
    col = col,
    tick = api.nvim_buf_get_changedtick(bufnr),
    anchor = anchors.hold(bufnr, { start_row = row, start_col = col, end_row = row, end_col = col }),
  }
  pending = asked
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = { line = row, character = vim.str_utfindex(asked.anchor.before, client.offset_encoding) },
    context = { triggerKind = kind },
  }
  asked.request_id = server.request(client, 'textDocument/inlineCompletion', params, bufnr, function(err, result)
    if pending ~= asked then
      return
    end
    pending = nil
    local found = err and {} or read(asked, result)
    anchors.release(asked.anchor)
    on_answer(found)
  end)
  if not asked.request_id then
    M.cancel()
  end
end

return M
