-- :checkhealth caretwise

local options = require('caretwise.options')
local status = require('caretwise.status')

local M = {}

---@param name string
---@return boolean
local function enabled(name)
  if vim.lsp.is_enabled then
    return vim.lsp.is_enabled(name)
  end
  return vim.lsp._enabled_configs[name] ~= nil
end

---The program that is to be started and is not there; nil when all is well.
---@param config? table vim.lsp.Config
---@return string?
local function missing(config)
  local cmd = config and config.cmd
  return type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 and cmd[1] or nil
end

local function check_server(config)
  local cmd = config and config.cmd
  if type(cmd) == 'table' then
    local program = cmd[1]
    if not missing(config) then
      vim.health.ok(('server: %s (%s)'):format(table.concat(cmd, ' '), vim.fn.exepath(program)))
    else
      vim.health.error(('The server %q was not found.'):format(program), {
        'Install it: `pipx install .` in a clone of its repository.',
        "Or say where it is: vim.lsp.config('caretwise', { cmd = { '/path/to/caretwise', 'serve' } })",
      })
    end
  end
  if not enabled('caretwise') then
    vim.health.warn('The server is not enabled.', { "Put vim.lsp.enable('caretwise') into your init.lua." })
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'caretwise' })
  if #clients == 0 then
    vim.health.info('No server is running. It starts when a file is opened; `:Caretwise restart` starts it at once.')
  end
  for _, client in ipairs(clients) do
    local version = client.server_info and client.server_info.version or '?'
    local where = client.root_dir or 'single files'
    vim.health.ok(('running: version %s, %s, columns in %s'):format(version, where, client.offset_encoding))
    if not client.server_capabilities.inlineCompletionProvider then
      vim.health.error('This server offers no inline completion. Is it caretwise?')
    end
    local bufnr = next(client.attached_buffers)
    if bufnr then
      vim.health.info(status.line(bufnr))
    end
  end
end

local function check_options()
  local problems = options.problems(type(vim.g.caretwise) == 'table' and vim.g.caretwise or {})
  for _, problem in ipairs(problems) do
    vim.health.warn('vim.g.caretwise: ' .. problem)
  end
  local builtin = vim.lsp.inline_completion
  if options.get().ghost_text and builtin and builtin.is_enabled and builtin.is_enabled() then
    vim.health.warn('Both this plugin and vim.lsp.inline_completion draw ghost text.', {
      "Choose one: vim.lsp.inline_completion.enable(false), or require('caretwise').setup({ ghost_text = false })",
    })
  end
end

---Say, when the server is enabled, that its program is not there: Neovim leaves such a server out without a word.
---@return boolean looked whether the server is enabled
function M.say_if_missing()
  local looked = enabled('caretwise')
  local program = looked and missing(vim.lsp.config.caretwise)
  if program then
    local sentence = 'caretwise: there is no program %q (:checkhealth caretwise)'
    require('caretwise.say').say(sentence:format(program), vim.log.levels.WARN)
  end
  return looked
end

function M.check()
  vim.health.start('caretwise')
  if vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok('Neovim ' .. tostring(vim.version()))
  else
    vim.health.error('caretwise needs Neovim 0.11 or newer.')
    return
  end
  check_server(vim.lsp.config.caretwise)
  check_clients()
  check_options()
end

return M
