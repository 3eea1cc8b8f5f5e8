-- What the server says about itself (`caretwise/status`), for the status line and for one message when it fails.

local report = require('caretwise.say').report
local server = require('caretwise.server')

local api = vim.api

local M = {}

---@class caretwise.Status
---@field kind 'normal'|'busy'|'warning'|'error'|'inactive'
---@field message string
---@field command? string a command of the server that helps
---@field model string

---@type table<integer, caretwise.Status> by client id
local statuses = {}
---@type table<integer, string> the last failure that was told, by client id
local told = {}

local marks = { normal = '', busy = ' …', warning = ' !', error = ' ✗', inactive = ' off' }

---@param value any
---@return string
local function word(value)
  return type(value) == 'string' and value or ''
end

---Take in a `caretwise/status` notification. A failure is told once, until it is over.
---@param params any
---@param client_id integer
function M.receive(params, client_id)
  if type(params) ~= 'table' or not marks[params.kind] then
    return
  end
  statuses[client_id] = {
    kind = params.kind,
    message = word(params.message),
    command = type(params.command) == 'string' and params.command or nil,
    model = word(params.model),
  }
  local message = statuses[client_id].message
  if params.kind ~= 'error' then
    told[client_id] = params.kind == 'busy' and told[client_id] or nil
  elseif told[client_id] ~= message then
    told[client_id] = message
    report('caretwise: ' .. message, vim.log.levels.WARN)
  end
  vim.schedule(function()
    vim.cmd.redrawstatus({ bang = true })
  end)
end

---The server has ended.
---@param client_id integer
function M.forget(client_id)
  statuses[client_id], told[client_id] = nil, nil
end

---The last status of the server of a buffer.
---@param bufnr integer
---@return caretwise.Status?
function M.of(bufnr)
  local client = server.client(bufnr)
  return client and statuses[client.id]
end

---The model and a mark for its state: `…` busy, `!` warning, `✗` error, `off` paused.
---@return string
function M.statusline()
  local bufnr = api.nvim_get_current_buf()
  if not server.client(bufnr) then
    return ''
  end
  local status = M.of(bufnr)
  if not status then
    return 'caretwise'
  end
  local model = status.model ~= '' and status.model or 'caretwise'
  return (model:gsub('%%', '%%%%')) .. marks[status.kind]
end

---The state in one short line (a second one would make Neovim wait for a key).
---@param bufnr integer
---@return string
function M.line(bufnr)
  local client = server.client(bufnr)
  if not client then
    return server.why_none(bufnr)
  end
  local status = statuses[client.id]
  if not status then
    return 'caretwise is running'
  end
  local model = status.model ~= '' and status.model or 'no model'
  local message = status.message ~= '' and (' (%s)'):format(status.message) or ''
  return ('caretwise: %s: %s%s'):format(model, status.kind, message)
end

return M
