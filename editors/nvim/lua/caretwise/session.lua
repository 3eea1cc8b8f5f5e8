-- What is on screen: suggestions come, are typed through, hidden by the menu, replaced, and go.

local ask = require('caretwise.ask')
local draw = require('caretwise.draw')
local ghosts = require('caretwise.ghost')
local options = require('caretwise.options')
local server = require('caretwise.server')

local api = vim.api

local M = {}

---@class caretwise.Place
---@field bufnr integer
---@field tick integer
---@field row integer
---@field col integer

---@type caretwise.Ghost[] suggestions for the place where the cursor is; the first `current` is on screen
local candidates = {}
local current = 1
local drawn = false
---@type caretwise.Place? the state of buffer and cursor that was last dealt with
local seen
local timer = assert(vim.uv.new_timer())

---@return boolean
local function inserting()
  return api.nvim_get_mode().mode:sub(1, 1) == 'i'
end

---@return boolean
local function menu_visible()
  return vim.fn.pumvisible() == 1
end

---@return caretwise.Place
local function here()
  local bufnr = api.nvim_get_current_buf()
  local cursor = api.nvim_win_get_cursor(0)
  return { bufnr = bufnr, tick = api.nvim_buf_get_changedtick(bufnr), row = cursor[1], col = cursor[2] }
end

---Take all suggestions away without telling the server.
function M.clear()
  if candidates[1] then
    draw.clear(candidates[1].bufnr)
  end
  for _, ghost in ipairs(candidates) do
    ghosts.release(ghost)
  end
  candidates, current, drawn = {}, 1, false
end

---Take the suggestions away because the user does not want them.
---@param explicit? boolean the user said so, and has not just typed something else or gone elsewhere
local function leave(explicit)
  local ghost = candidates[current]
  M.clear()
  if ghost and ghost.shown then
    server.notify(ghost, 'caretwise/didDismiss', { left = not explicit })
  end
end

---Draw the suggestion that is on screen, unless the menu is.
---@param ghost caretwise.Ghost
---@param fit caretwise.Fit
local function show(ghost, fit)
  if menu_visible() then
    M.hide()
    return
  end
  draw.draw(ghost.bufnr, fit)
  drawn = true
  if not ghost.shown then
    ghost.shown = true
    server.notify(ghost, 'caretwise/didShow')
  end
end

---@return caretwise.Fit?
local function fitting()
  local ghost = candidates[current]
  local fit = ghost and ghosts.fit(ghost)
  return fit and fit.rest ~= '' and fit or nil
end

---Stop drawing, but keep the suggestion for when the menu is gone.
function M.hide()
  if drawn then
    draw.clear(candidates[current].bufnr)
    drawn = false
  end
end

---Whether ghost text is on screen and fits the text as it is at this moment.
---@return boolean
function M.visible()
  return drawn and inserting() and not menu_visible() and fitting() ~= nil
end

---The suggestion on screen and what is left of it; nil when there is none.
---@return caretwise.Ghost?
---@return caretwise.Fit?
function M.current()
  if M.visible() then
    return candidates[current], fitting()
  end
end

---@param found caretwise.Ghost[]
local function answered(found)
  local fit
  local first = 1
  while found[first] and inserting() do
    fit = ghosts.fit(found[first])
    if fit and fit.rest ~= '' then
      break
    end
    fit, first = nil, first + 1
  end
  if not fit then
    vim.tbl_map(ghosts.release, found)
    return
  end
  timer:stop()
  M.clear()
  candidates, current = found, first
  seen = here()
  show(found[first], fit)
end

---@return boolean
local function wanted()
  return options.get().ghost_text
    and inserting()
    and vim.bo.modifiable
    and vim.b.caretwise ~= false
    and vim.fn.reg_executing() == ''
end

---Ask the server at the cursor. Automatic requests are left out while a suggestion or the menu is visible.
---@param kind integer
function M.ask(kind)
  timer:stop()
  local client = server.client(api.nvim_get_current_buf())
  if not client or not wanted() then
    return
  end
  if kind == ask.AUTOMATIC and (fitting() or menu_visible()) then
    return
  end
  ask.send(client, kind, answered)
end

local function ask_soon()
  timer:start(
    options.get().debounce_ms,
    0,
    vim.schedule_wrap(function()
      M.ask(ask.AUTOMATIC)
    end)
  )
end

---Deal with a change of text or cursor. Typing the suggestion's own next characters keeps it, at once and without
---asking the server; anything else sends it away and asks for another.
function M.refresh()
  local place = here()
  if vim.deep_equal(place, seen) then
    return
  end
  local moved_only = seen and seen.bufnr == place.bufnr and seen.tick == place.tick
  seen = place
  local ghost = candidates[current]
  if ghost then
    local fit = not moved_only and ghosts.fit(ghost) or nil
    if fit and fit.rest ~= '' then
      show(ghost, fit)
      return
    end
    if fit then
      -- Typed to its end: neither dismissed nor taken with a key. The server sees it in the text.
      M.clear()
    else
      leave()
    end
  end
  ask_soon()
end

---Start in insert mode.
function M.enter()
  seen = here()
  ask_soon()
end

---The completion menu has gone: draw again what was hidden, or ask.
function M.menu_closed()
  if not inserting() or menu_visible() then
    return
  end
  local fit = fitting()
  if fit then
    show(candidates[current], fit)
  else
    seen = nil
    M.refresh()
  end
end

---Insert mode or the buffer is left.
function M.stop()
  timer:stop()
  ask.cancel()
  leave()
  seen = nil
end

---A server does not serve a buffer any more: its suggestions there are gone.
---@param client_id integer
---@param bufnr integer
function M.detached(client_id, bufnr)
  ask.cancel(client_id, bufnr)
  local ghost = candidates[1]
  if ghost and ghost.client_id == client_id and ghost.bufnr == bufnr then
    M.clear()
  end
end

---Send the suggestion away, and do not ask before the text changes.
---@return boolean dismissed
function M.dismiss()
  timer:stop()
  ask.cancel()
  if not candidates[current] then
    return false
  end
  leave(true)
  seen = here()
  return true
end

---After a part was taken: keep the rest on screen.
function M.taken_in_part()
  local fit = fitting()
  if fit then
    seen = here()
    show(candidates[current], fit)
  end
end

---Show the next suggestion that fits; ask for one when there is no other.
function M.next()
  for step = 1, #candidates - 1 do
    local index = (current + step - 1) % #candidates + 1
    local fit = ghosts.fit(candidates[index])
    if fit and fit.rest ~= '' then
      current = index
      show(candidates[index], fit)
      return
    end
  end
  M.ask(ask.INVOKED)
end

return M
