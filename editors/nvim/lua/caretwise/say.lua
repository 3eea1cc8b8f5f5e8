-- Telling the user something without stopping the typing: a message that does not fit into the command line would make
-- Neovim wait for a key.

local M = {}

local MOST_KEPT = 20
local SAME_MS = 2000

---@type string[] what was said lately, whole
local said = {}
local last_time = 0

---@return boolean
local function shown_in_command_line()
  return debug.getinfo(vim.notify, 'S').source:find('editor%.lua$') ~= nil
end

---The beginning of a sentence, as much as fits into the command line.
---@param sentence string
---@return string
local function shortened(sentence)
  sentence = sentence:gsub('%s+', ' ')
  local hint = ' … (:Caretwise status)'
  local room = vim.v.echospace
  if vim.fn.strdisplaywidth(sentence) <= room then
    return sentence
  end
  if room < 2 * vim.fn.strdisplaywidth(hint) then
    hint = ' …'
  end
  local kept = vim.fn.strcharpart(sentence, 0, math.max(0, room - vim.fn.strdisplaywidth(hint)))
  return (kept:gsub('%s+%S*$', '')) .. hint
end

---Show a sentence. `:Caretwise status` shows the whole of it when there is no room.
---@param sentence string
---@param level? integer of vim.log.levels; never ERROR, which would throw away keys that wait to be read
function M.say(sentence, level)
  last_time = vim.uv.now()
  if said[#said] ~= sentence then
    table.insert(said, sentence)
  end
  if #said > MOST_KEPT then
    table.remove(said, 1)
  end
  vim.notify(shown_in_command_line() and shortened(sentence) or sentence, level or vim.log.levels.INFO)
end

---Say a sentence again when insert mode is left: there "-- INSERT --" and the next key wipe messages away.
---@param sentence string
---@param level? integer
local function repeat_after_insert(sentence, level)
  vim.api.nvim_create_autocmd('InsertLeave', {
    group = vim.api.nvim_create_augroup('caretwise.say', {}),
    once = true,
    callback = vim.schedule_wrap(function()
      M.say(sentence, level)
    end),
  })
end

---Say what the server reports. It may report the same trouble as a message and as its state: that is said once, and
---once more after insert mode, where it is easily missed.
---@param sentence string
---@param level? integer
function M.report(sentence, level)
  if said[#said] == sentence and vim.uv.now() - last_time <= SAME_MS then
    return
  end
  M.say(sentence, level)
  if shown_in_command_line() and vim.fn.mode():find('^[iR]') then
    repeat_after_insert(sentence, level)
  end
end

---What the server wants to be said (`window/showMessage`).
---@param params lsp.ShowMessageParams
function M.from_server(params)
  if type(params) == 'table' and type(params.message) == 'string' then
    local grave = params.type == 1 or params.type == 2
    M.report(params.message, grave and vim.log.levels.WARN or vim.log.levels.INFO)
  end
end

---What was said lately, oldest first.
---@return string[]
function M.recent()
  return vim.deepcopy(said)
end

return M
