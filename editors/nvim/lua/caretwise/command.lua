-- `:Caretwise`.

local recent = require('caretwise.say').recent
local say = require('caretwise.say').say
local server = require('caretwise.server')

local api = vim.api

local M = {}

---Show text in a window of its own; `q` closes it.
---@param title string
---@param content string
---@param sentences? boolean it has long lines to be read, and no table
local function show(title, content, sentences)
  local bufnr = api.nvim_create_buf(false, true)
  local lines = vim.split((content:gsub('%s+$', '')), '\n', { plain = true })
  api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].bufhidden = 'wipe'
  local most = math.floor(vim.o.lines / 2)
  local window = api.nvim_open_win(bufnr, true, { split = 'below', win = 0, height = most, style = 'minimal' })
  api.nvim_buf_set_name(bufnr, ('caretwise://%s/%d'):format(title, bufnr))
  vim.wo.wrap = sentences == true
  vim.wo.linebreak = true
  api.nvim_win_set_height(window, math.max(1, math.min(api.nvim_win_text_height(window, {}).all, most)))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = bufnr, nowait = true, desc = 'close this window' })
end

---Run a command of the server and hand over its result.
---@param name string|lsp.Command
---@param on_result fun(result: any)
---@param here? boolean it is about the current buffer, and no good in one that is not served
local function execute(name, on_result, here)
  local command = type(name) == 'table' and name or { title = name, command = name }
  local bufnr = api.nvim_get_current_buf()
  local client = (here and server.client or server.of_session)(bufnr)
  if not client then
    say(server.why_none(bufnr), vim.log.levels.WARN)
    return
  end
  server.execute(client, command, bufnr, function(err, result)
    if err then
      say(('caretwise: %s'):format(err.message), vim.log.levels.WARN)
    else
      on_result(result)
    end
  end)
end

---The server has one command that turns suggestions off and on and says which it was; it may have been used before.
---@param wanted boolean
---@param last_try? boolean
local function pause(wanted, last_try)
  execute('caretwise.pause', function(result)
    -- Neovim 0.12 hands over nil for false.
    local paused = result == true
    if paused ~= wanted and not last_try then
      pause(wanted, true)
      return
    end
    require('caretwise.session').stop()
    say(paused and 'caretwise is paused.' or 'caretwise makes suggestions.')
  end)
end

---@param title string
---@param sentences? boolean
---@return fun(result: any)
local function show_result(title, sentences)
  return function(result)
    show(title, type(result) == 'string' and result ~= '' and result or 'Nothing yet.', sentences)
  end
end

---@type table<string, fun(call: table)>
local commands = {
  status = function()
    local line = require('caretwise.status').line(api.nvim_get_current_buf())
    local lately = recent()
    if #lately == 0 and vim.fn.strdisplaywidth(line) <= vim.v.echospace then
      api.nvim_echo({ { line } }, true, {})
    else
      show('status', table.concat({ line, unpack(lately) }, '\n'), true)
    end
  end,
  pause = function()
    pause(true)
  end,
  resume = function()
    pause(false)
  end,
  restart = function()
    for _, client in ipairs(vim.lsp.get_clients({ name = 'caretwise' })) do
      client:stop()
    end
    -- Attaches to all open buffers, as it does at start.
    vim.lsp.enable('caretwise')
  end,
  report = function()
    local room = api.nvim_win_get_width(0) - 1
    local command = { title = 'report', command = 'caretwise.report', arguments = { room } }
    execute(command, show_result('report'))
  end,
  explain = function()
    execute('caretwise.explainLast', show_result('explain'))
  end,
  capture = function()
    execute('caretwise.capture', show_result('capture'))
  end,
  retry = function()
    execute('caretwise.retry', function() end)
  end,
  doctor = function()
    -- Its requests to models take seconds.
    api.nvim_echo({ { 'caretwise: examining the configuration and the models ...' } }, false, {})
    execute('caretwise.doctor', show_result('doctor', true))
  end,
  fix = function(call)
    require('caretwise.fix').offer(call.line1 - 1, call.line2 - 1)
  end,
  bugs = function(call)
    execute(require('caretwise.fix').bug_search(call.line1 - 1), function() end, true)
  end,
  test = function()
    execute(require('caretwise.fix').failing_test(), function() end)
  end,
}

---@param call table as nvim_create_user_command() hands it over
function M.run(call)
  local name = call.args ~= '' and call.args or 'status'
  local command = commands[name]
  if command then
    command(call)
  else
    local names = table.concat(M.complete(''), ', ')
    say(('caretwise: no command %q; there are %s.'):format(name, names), vim.log.levels.WARN)
  end
end

---@param lead string
---@return string[]
function M.complete(lead)
  local found = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(commands))
  table.sort(found)
  return found
end

return M
