-- Options: defaults, then the table vim.g.caretwise, then what setup() was given.

local M = {}

---@class caretwise.Keymap
---@field accept? string|false key that takes the suggestion while one is visible, and does what it did before otherwise
---@field accept_word? string|false the same for the next word
---@field accept_line? string|false the same for the next line
---@field dismiss? string|false the same for sending the suggestion away

---@class caretwise.Options
---@field cmd? string[] how the server is started; unset: `caretwise serve`
---@field cmd_env? table<string, string> environment variables of the server
---@field filetypes? string[] file types that are served; unset: all
---@field ghost_text? boolean whether the plugin draws ghost text; false leaves that to vim.lsp.inline_completion (0.12)
---@field debounce_ms? integer milliseconds without a key before the server is asked; the server waits by itself, too
---@field keymap? caretwise.Keymap|false keys in insert mode; false sets none

---@type caretwise.Options
local defaults = {
  ghost_text = true,
  debounce_ms = 20,
  keymap = { accept = '<Tab>', accept_word = false, accept_line = false, dismiss = false },
}

---@type table<string, string[]>
local types = {
  cmd = { 'table' },
  cmd_env = { 'table' },
  filetypes = { 'table' },
  ghost_text = { 'boolean' },
  debounce_ms = { 'number' },
  keymap = { 'table', 'boolean' },
}
local keymap_names = { accept = true, accept_word = true, accept_line = true, dismiss = true }

---@type caretwise.Options?
local resolved
---@type caretwise.Options
local given = {}

---Sentences about options that are unknown or of the wrong type.
---@param opts table
---@return string[]
function M.problems(opts)
  local found = {}
  for name, value in pairs(opts) do
    local wanted = types[name]
    if not wanted then
      table.insert(found, ('unknown option %q; see :help caretwise-options'):format(tostring(name)))
    elseif not vim.list_contains(wanted, type(value)) or value == true and name == 'keymap' then
      local is = type(value)
      table.insert(found, ('option %q is a %s; it should be a %s'):format(name, is, table.concat(wanted, ' or ')))
    end
  end
  for name in pairs(type(opts.keymap) == 'table' and opts.keymap or {}) do
    if not keymap_names[name] then
      table.insert(found, ('unknown key %q in keymap; see :help caretwise-options'):format(tostring(name)))
    end
  end
  table.sort(found)
  return found
end

---Only options that are known and of the right type.
---@param opts table
---@return caretwise.Options
local function usable(opts)
  local kept = {}
  for name, value in pairs(opts) do
    if types[name] and vim.list_contains(types[name], type(value)) then
      kept[name] = value
    end
  end
  return kept
end

---Take options from setup(). Mistakes are told and left out; the rest holds.
---@param opts caretwise.Options
function M.set(opts)
  for _, problem in ipairs(M.problems(opts)) do
    require('caretwise.say').say('caretwise: ' .. problem, vim.log.levels.WARN)
  end
  given, resolved = usable(opts), nil
end

---The options in force.
---@return caretwise.Options
function M.get()
  if not resolved then
    local global = type(vim.g.caretwise) == 'table' and vim.g.caretwise or {}
    resolved = vim.tbl_deep_extend('force', defaults, usable(global), given)
  end
  return resolved
end

return M
