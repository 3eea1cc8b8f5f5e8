-- Ghost text on screen: extmarks. The first line is drawn inside the cursor's line, the others below it.

local text = require('caretwise.text')

local api = vim.api

local M = {}

local namespace = api.nvim_create_namespace('caretwise.ghost')

local GREY = 8

---The ghost looks like NonText. Neovim's own colours give that no colour in terminals without 'termguicolors', where
---the ghost would look like code: it is grey there.
local function define_highlights()
  local like = api.nvim_get_hl(0, { name = 'NonText', link = false })
  if like.ctermfg then
    api.nvim_set_hl(0, 'CaretwiseGhost', { default = true, link = 'NonText' })
  else
    api.nvim_set_hl(0, 'CaretwiseGhost', vim.tbl_extend('force', like, { default = true, ctermfg = GREY }))
  end
  api.nvim_set_hl(0, 'CaretwiseReplaced', { default = true, strikethrough = true })
end

define_highlights()
api.nvim_create_autocmd('ColorScheme', {
  group = api.nvim_create_augroup('caretwise.colours', {}),
  desc = 'caretwise: highlight groups that the colour scheme does not set',
  callback = define_highlights,
})

---The first line, in the parts around text that stays or is to be replaced.
---@param bufnr integer
---@param fit caretwise.Fit
---@param line string
local function draw_first_line(bufnr, fit, line)
  local on_line = fit.end_row == fit.row
  local parts = on_line and text.around(line, fit.standing)
  if not parts then
    parts = { { offset = 0, text = line } }
    api.nvim_buf_set_extmark(bufnr, namespace, fit.row, fit.col, {
      end_row = fit.end_row,
      end_col = fit.end_col,
      hl_group = 'CaretwiseReplaced',
    })
  end
  local tabstop = vim.bo[bufnr].tabstop
  local column = vim.fn.strdisplaywidth(api.nvim_buf_get_lines(bufnr, fit.row, fit.row + 1, true)[1]:sub(1, fit.col))
  for _, part in ipairs(parts) do
    api.nvim_buf_set_extmark(bufnr, namespace, fit.row, fit.col + part.offset, {
      virt_text = { { text.expanded(part.text, column, tabstop), 'CaretwiseGhost' } },
      virt_text_pos = 'inline',
      hl_mode = 'combine',
    })
  end
end

---Draw what is left of a suggestion, in place of what was drawn before.
---@param bufnr integer
---@param fit caretwise.Fit
function M.draw(bufnr, fit)
  M.clear(bufnr)
  local lines = vim.split(fit.rest, '\n', { plain = true })
  if lines[1] ~= '' or fit.standing ~= '' then
    draw_first_line(bufnr, fit, lines[1])
  end
  if #lines == 1 then
    return
  end
  local tabstop = vim.bo[bufnr].tabstop
  local below = {}
  for index = 2, #lines do
    -- An empty chunk is not drawn at all; a blank keeps the line.
    local line = lines[index] ~= '' and text.expanded(lines[index], 0, tabstop) or ' '
    table.insert(below, { { line, 'CaretwiseGhost' } })
  end
  api.nvim_buf_set_extmark(bufnr, namespace, fit.end_row, fit.end_col, { virt_lines = below })
end

---Remove what was drawn.
---@param bufnr integer
function M.clear(bufnr)
  if api.nvim_buf_is_valid(bufnr) then
    api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
end

return M
