-- Keys that act on the suggestion while one is visible, and otherwise do what they did before.

local options = require('caretwise.options')

local api = vim.api

local M = {}

local BEFORE = '<Plug>(caretwise-before-%s)'
local PLAIN = '<Plug>(caretwise-plain-%s)'

---Names in the option `keymap`, which are names of functions of require('caretwise') too.
local actions = { 'accept', 'accept_word', 'accept_line', 'dismiss' }

---@type table<integer, table<string, table|false>> the buffer's own mapping (as from maparg()) that ours stands before
local replaced = {}

---@param bufnr? integer nil: mappings of all buffers
---@param key string
---@return table? as from maparg()
local function find(bufnr, key)
  local raw = api.nvim_replace_termcodes(key, true, true, true)
  for _, mapping in ipairs(bufnr and api.nvim_buf_get_keymap(bufnr, 'i') or api.nvim_get_keymap('i')) do
    if (mapping.lhsraw or mapping.lhs) == raw or mapping.lhsrawalt == raw then
      return mapping
    end
  end
end

---The keys that a mapping with `remap` stands for now.
---@param mapping table
---@return string
local function keys_of(mapping)
  local keys = mapping.rhs or ''
  if mapping.callback then
    keys = mapping.callback()
  elseif mapping.expr == 1 then
    keys = api.nvim_eval((keys:gsub('<SID>', ('<SNR>%d_'):format(mapping.sid or 0))))
  end
  if type(keys) ~= 'string' then
    return ''
  end
  if mapping.expr == 0 or mapping.replace_keycodes == 1 then
    keys = api.nvim_replace_termcodes(keys, true, true, true)
  end
  return keys
end

---Keys for what `key` did before, to be put in as if typed.
---@param bufnr integer
---@param key string
---@return string keys with their codes replaced
local function before(bufnr, key)
  local mapping = replaced[bufnr] and replaced[bufnr][key] or find(nil, key)
  local plain = api.nvim_replace_termcodes(PLAIN:format(key:gsub('[<>]', '')), true, true, true)
  if not mapping then
    return plain
  end
  local raw = api.nvim_replace_termcodes(key, true, true, true)
  if mapping.noremap == 0 and (mapping.expr == 1 or not mapping.callback) then
    -- As in Vim itself, a mapping's own key at the start of what it stands for is not mapped again.
    local keys = keys_of(mapping)
    return vim.startswith(keys, raw) and plain .. keys:sub(#raw + 1) or keys
  end
  -- Anything else is given another name and run under that: `noremap`, `script`, `silent` and callbacks keep their sense.
  local name = BEFORE:format(key:gsub('[<>]', ''))
  local copy = vim.tbl_extend('force', mapping, { buffer = 1, lhs = name })
  copy.lhsraw = api.nvim_replace_termcodes(name, true, true, true)
  copy.lhsrawalt = nil
  vim.fn.mapset('i', false, copy)
  return copy.lhsraw
end

---@param bufnr integer
---@param key string
---@param action string
local function map(bufnr, key, action)
  replaced[bufnr][key] = find(bufnr, key) or false
  vim.keymap.set('i', PLAIN:format(key:gsub('[<>]', '')), key, { buffer = bufnr })
  -- Not an expression mapping: Neovim evaluates those before it has inserted the keys that were typed just before, so
  -- that fast typing followed by Tab would be judged by an old text.
  vim.keymap.set('i', key, function()
    if not (require('caretwise.session').visible() and require('caretwise')[action]()) then
      api.nvim_feedkeys(before(bufnr, key), 'mi', false)
    end
  end, {
    buffer = bufnr,
    silent = true,
    desc = ('caretwise: %s while ghost text is visible, otherwise as before'):format((action:gsub('_', ' '))),
  })
end

---Set the keys in a buffer.
---@param bufnr integer
function M.set(bufnr)
  local keys = options.get().keymap
  if not keys or replaced[bufnr] then
    return
  end
  replaced[bufnr] = {}
  for _, action in ipairs(actions) do
    if keys[action] then
      map(bufnr, keys[action], action)
    end
  end
end

---Take the keys away again, and put back the buffer's own.
---@param bufnr integer
function M.unset(bufnr)
  local mappings = replaced[bufnr]
  replaced[bufnr] = nil
  if not mappings or not api.nvim_buf_is_loaded(bufnr) then
    return
  end
  api.nvim_buf_call(bufnr, function()
    for key, mapping in pairs(mappings) do
      local ours = find(bufnr, key)
      if ours and vim.startswith(ours.desc or '', 'caretwise: ') then
        api.nvim_buf_del_keymap(bufnr, 'i', key)
        if mapping then
          vim.fn.mapset('i', false, mapping)
        end
      end
    end
  end)
end

return M
