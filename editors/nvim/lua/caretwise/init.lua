-- The public functions. Calling setup() is optional: vim.lsp.enable('caretwise') is enough.

local M = {}

---Set options, register the server's configuration and enable it.
---@param opts? caretwise.Options
function M.setup(opts)
  local options = require('caretwise.options')
  options.set(opts or {})
  local config = {}
  for _, key in ipairs({ 'cmd', 'cmd_env', 'filetypes' }) do
    config[key] = options.get()[key]
  end
  if next(config) then
    vim.lsp.config('caretwise', config)
  end
  vim.lsp.enable('caretwise')
end

---Whether ghost text stands at the cursor of the current window now. For use in expression mappings.
---@return boolean
function M.visible()
  return require('caretwise.session').visible()
end

---Take the whole suggestion. Not allowed inside an expression mapping (the text is locked there).
---@return boolean taken
function M.accept()
  return require('caretwise.accept').accept('full')
end

---Take the next word of the suggestion; the rest stays as ghost text.
---@return boolean taken
function M.accept_word()
  return require('caretwise.accept').accept('word')
end

---Take the next line of the suggestion; the rest stays as ghost text.
---@return boolean taken
function M.accept_line()
  return require('caretwise.accept').accept('line')
end

---Send the suggestion away. Nothing is asked for until the text changes.
---@return boolean dismissed
function M.dismiss()
  return require('caretwise.session').dismiss()
end

---Show the next of several suggestions, or ask for one when there is no other.
function M.next()
  require('caretwise.session').next()
end

---Ask for a suggestion now, also where none would come by itself.
function M.invoke()
  require('caretwise.session').ask(require('caretwise.ask').INVOKED)
end

---The model and its state, for 'statusline' (`%` is escaped); empty in buffers that the server does not serve.
---@return string
function M.statusline()
  return require('caretwise.status').statusline()
end

return M
