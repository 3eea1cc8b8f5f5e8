-- What happens in a buffer from the moment the server serves it until it does not any more.

local keymap = require('caretwise.keymap')
local outgoing = require('caretwise.outgoing')
local server = require('caretwise.server')
local session = require('caretwise.session')
local status = require('caretwise.status')

local api = vim.api

local M = {}

local group = api.nvim_create_augroup('caretwise.buffer', {})
---@type table<integer, true> clients that were prepared
local prepared = {}

---@param bufnr integer
local function watch(bufnr)
  local function on(events, callback, desc)
    api.nvim_create_autocmd(events, {
      group = group,
      buffer = bufnr,
      desc = 'caretwise: ' .. desc,
      callback = function()
        callback()
      end,
    })
  end
  on('InsertEnter', session.enter, 'suggest')
  on({ 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, session.refresh, 'follow the typing')
  on('CompleteChanged', session.hide, 'make room for the menu')
  on('CompleteDone', function()
    vim.schedule(session.menu_closed)
  end, 'the menu has gone')
  on({ 'BufLeave', 'WinLeave' }, session.stop, 'the buffer is left')
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  if not prepared[client.id] then
    prepared[client.id] = true
    outgoing.see_to(client)
  end
  outgoing.opened(bufnr)
  api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  watch(bufnr)
  keymap.set(bufnr)
  if api.nvim_get_current_buf() == bufnr and api.nvim_get_mode().mode:sub(1, 1) == 'i' then
    session.enter()
  end
end

---@param client_id integer
---@param bufnr integer
local function detach(client_id, bufnr)
  session.detached(client_id, bufnr)
  local client = vim.lsp.get_client_by_id(client_id)
  if not client or client:is_stopped() then
    status.forget(client_id)
  end
  local other = server.client(bufnr)
  if other and other.id ~= client_id then
    return
  end
  if api.nvim_buf_is_valid(bufnr) then
    api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  end
  keymap.unset(bufnr)
end

local always = api.nvim_create_augroup('caretwise.session', {})

api.nvim_create_autocmd('LspDetach', {
  group = always,
  desc = 'caretwise: the server has gone, or does not serve the buffer any more',
  callback = function(event)
    if prepared[event.data.client_id] then
      detach(event.data.client_id, event.buf)
    end
  end,
})

-- InsertLeave is not enough: CTRL-C leaves insert mode without it.
api.nvim_create_autocmd('ModeChanged', {
  group = always,
  pattern = 'i*:*',
  desc = 'caretwise: insert mode is left',
  callback = function()
    if vim.v.event.new_mode:sub(1, 1) ~= 'i' then
      session.stop()
    end
  end,
})

return M
