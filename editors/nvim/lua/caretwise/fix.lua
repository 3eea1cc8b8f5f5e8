-- Fixes for diagnostics, from whichever source they come.

local preview = require('caretwise.preview')
local say = require('caretwise.say').say
local server = require('caretwise.server')

local api = vim.api

local M = {}

---Diagnostics that are sent along at the most.
local MOST = 200
---How often a fix is asked for because the text has changed while it was made.
local MOST_TRIES = 3

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
        data = lsp.data,
      })
    end
  end
  return found
end

---All diagnostics of a buffer, those near a line first: the server picks what is on the asked lines, and for "all in
---this function" what is in the function.
---@param bufnr integer
---@param row integer from 0
---@param encoding string
---@return lsp.Diagnostic[]
function M.all_diagnostics(bufnr, row, encoding)
  local found = M.diagnostics(bufnr, 0, math.huge, encoding)
  local away = function(one)
    return math.abs(one.range.start.line - row)
  end
  table.sort(found, function(one, other)
    if away(one) ~= away(other) then
      return away(one) < away(other)
    end
    return one.range.start.character < other.range.start.character
  end)
  return vim.list_slice(found, 1, MOST)
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

---What is said of a fix in the preview: its title, and how it was verified.
---@param resolved lsp.CodeAction
---@return string title
---@return string[] verification
local function described(resolved)
  local data = type(resolved.data) == 'table' and resolved.data or {}
  local level = type(data.level) == 'string' and (' [%s]'):format(data.level) or ''
  return resolved.title .. level, type(data.verification) == 'table' and data.verification or {}
end

---@param resolved lsp.CodeAction
---@param client vim.lsp.Client
---@param bufnr integer
local function show(resolved, client, bufnr)
  local tick = api.nvim_buf_get_changedtick(bufnr)
  local title, verification = described(resolved)
  preview.show(bufnr, title, verification, resolved.edit, client.offset_encoding, function()
    if api.nvim_buf_get_changedtick(bufnr) == tick then
      apply(resolved, client, bufnr)
    else
      say('caretwise: No fix: the text has changed meanwhile. Ask again.', vim.log.levels.WARN)
    end
  end)
end

---@param action lsp.CodeAction
---@param client vim.lsp.Client
---@param bufnr integer
---@param tries? integer
local function resolve(action, client, bufnr, tries)
  if action.edit or action.command then
    apply(action, client, bufnr)
    return
  end
  -- Neovim waits a little before it tells a server of a change: the edit's version would not show one that is untold.
  local tick = api.nvim_buf_get_changedtick(bufnr)
  server.request(client, 'codeAction/resolve', action, bufnr, function(err, resolved)
    if err then
      say(('caretwise: No fix: %s'):format(err.message), vim.log.levels.WARN)
    elseif type(resolved) ~= 'table' or not resolved.edit or not api.nvim_buf_is_loaded(bufnr) then
      return -- the server has said why in a message of its own
    elseif api.nvim_buf_get_changedtick(bufnr) == tick then
      show(resolved, client, bufnr)
    elseif (tries or 1) < MOST_TRIES then
      -- The server moves the fix that it has made along with its lines; no model is asked again.
      resolve(action, client, bufnr, (tries or 1) + 1)
    else
      say('caretwise: No fix: the text keeps changing. Ask again.', vim.log.levels.WARN)
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
    say(server.why_none(bufnr), vim.log.levels.WARN)
    return
  end
  local encoding = client.offset_encoding
  if #M.diagnostics(bufnr, first_row, last_row, encoding) == 0 then
    say('caretwise: there is no diagnostic on this line.')
    return
  end
  local diagnostics = M.all_diagnostics(bufnr, first_row, encoding)
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

---Look for bugs in the function at a line; what is found is shown as diagnostics.
---@param row integer from 0
---@return lsp.Command
function M.bug_search(row)
  local bufnr = api.nvim_get_current_buf()
  local client = server.client(bufnr)
  local place = {
    uri = vim.uri_from_bufnr(bufnr),
    position = position(bufnr, row, 0, client and client.offset_encoding or 'utf-16'),
  }
  return { title = 'find bugs', command = 'caretwise.findBugs', arguments = { place } }
end

---The command for failing tests' output: what was yanked or copied last, or the text of a terminal or quickfix window.
---Of several tests those of the file in this window come first.
---@return lsp.Command
function M.failing_test()
  local text = vim.fn.getreg('"')
  if vim.bo.buftype == 'terminal' or vim.bo.buftype == 'quickfix' then
    text = table.concat(api.nvim_buf_get_lines(0, 0, -1, true), '\n')
  else
    local fine, copied = pcall(vim.fn.getreg, '+')
    if fine and copied ~= '' then
      text = copied
    end
  end
  return { title = 'fix the failing test', command = 'caretwise.fixTest', arguments = { text, vim.uri_from_bufnr(0) } }
end

return M
