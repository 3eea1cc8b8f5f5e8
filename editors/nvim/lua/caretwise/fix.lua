-- Fixes for diagnostics, from whichever source they come.

local preview = require('caretwise.preview')
local say = require('caretwise.say').say
local server = require('caretwise.server')

local api = vim.api

local M = {}

---@param bufnr integer
---@param row integer
---@param col integer in bytes
---@param encoding string
---@return lsp.Position
local function position(bufnr, row, col, encoding)
  row = math.max(0, math.min(row, api.nvim_buf_line_count(bufnr) - 1))
  local line = api.nvim_buf_get_lines(bufnr, row, row + 1, true)[1]
  return { line = row, character = vim.str_utfindex(line, encoding, math.min(col, #line), false) }
end

---The diagnostics on some lines, of every source, with positions as our server counts them (another server's own may
---count differently).
---@param bufnr integer
---@param first_row integer from 0
---@param last_row integer included
---@param encoding string
---@return lsp.Diagnostic[]
function M.diagnostics(bufnr, first_row, last_row, encoding)
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(bufnr)) do
    if one.lnum <= last_row and (one.end_lnum or one.lnum) >= first_row then
      local lsp = type(one.user_data) == 'table' and type(one.user_data.lsp) == 'table' and one.user_data.lsp or {}
      table.insert(found, {
        range = {
          start = position(bufnr, one.lnum, one.col, encoding),
          ['end'] = position(bufnr, one.end_lnum or one.lnum, one.end_col or one.col, encoding),
        },
        message = one.message,
        severity = one.severity,
        code = one.code or lsp.code,
        source = one.source or lsp.source,
        codeDescription = lsp.codeDescription,
        relatedInformation = lsp.relatedInformation,
        tags = lsp.tags,
      })
    end
  end
  return found
end

---@param action lsp.CodeAction
---@param client vim.lsp.Client
---@param bufnr integer
local function apply(action, client, bufnr)
  if action.edit then
    vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
  end
  if type(action.command) == 'table' then
    server.execute(client, action.command, bufnr)
  end
end

---@param action lsp.CodeAction
---@param client vim.lsp.Client
---@param bufnr integer
local function resolve(action, client, bufnr)
  if action.edit or action.command then
    apply(action, client, bufnr)
    return
  end
  local tick = api.nvim_buf_get_changedtick(bufnr)
  server.request(client, 'codeAction/resolve', action, bufnr, function(err, resolved)
    if err then
      say(('caretwise: No fix: %s'):format(err.message), vim.log.levels.WARN)
    elseif not api.nvim_buf_is_loaded(bufnr) or api.nvim_buf_get_changedtick(bufnr) ~= tick then
      say('caretwise: No fix: the text has changed meanwhile. Ask again.', vim.log.levels.WARN)
    elseif type(resolved) == 'table' then
      if not resolved.edit then
        return -- the server has said why in a message of its own
      end
      preview.show(bufnr, resolved.title, resolved.edit, client.offset_encoding, function()
        if api.nvim_buf_get_changedtick(bufnr) == tick then
          apply(resolved, client, bufnr)
        else
          say('caretwise: No fix: the text has changed meanwhile. Ask again.', vim.log.levels.WARN)
        end
      end)
    end
  end)
end

---Offer our server's fixes for the diagnostics on some lines of the current buffer; the one that is chosen is shown as a
---diff and applied when the user agrees.
---@param first_row integer from 0
---@param last_row integer included
function M.offer(first_row, last_row)
  local bufnr = api.nvim_get_current_buf()
  local client = server.client(bufnr)
  if not client then
    say('caretwise does not serve this buffer.', vim.log.levels.WARN)
    return
  end
  local encoding = client.offset_encoding
  local diagnostics = M.diagnostics(bufnr, first_row, last_row, encoding)
  if #diagnostics == 0 then
    say('caretwise: there is no diagnostic on this line.')
    return
  end
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    range = { start = position(bufnr, first_row, 0, encoding), ['end'] = position(bufnr, last_row, math.huge, encoding) },
    context = { diagnostics = diagnostics, only = { 'quickfix' }, triggerKind = 1 },
  }
  server.request(client, 'textDocument/codeAction', params, bufnr, function(err, actions)
    if err or type(actions) ~= 'table' or #actions == 0 then
      say('caretwise has no fix to offer here.')
      return
    end
    vim.ui.select(actions, {
      prompt = 'caretwise:',
      kind = 'codeaction',
      format_item = function(action)
        return (action.title:gsub('%s*\n%s*', ' '))
      end,
    }, function(action)
      if action then
        resolve(action, client, bufnr)
      end
    end)
  end)
end

return M
