-- What is done to a request on its way out, for two things that Neovim 0.11 leaves out.
--
-- * The text. Once the last server of a buffer has ended and the buffer is changed, Neovim stops watching it and does not
--   start again for a new server: that one would never hear of a change. Seen with 0.11.4. Here the whole text is sent
--   before a request when Neovim has not sent the last change.
-- * Diagnostics. A client's code action request carries only what the same client reported. Ours is meant to fix what
--   others report.

local fix = require('caretwise.fix')

local api = vim.api

local M = {}

---@type table<integer, integer> by buffer: changedtick of the last change of text since our server was attached
local changed = {}
---@type table<integer, true> buffers that Neovim does not watch
local unwatched = {}

---Watch a buffer's changes, to compare with what Neovim has sent.
---@param bufnr integer
function M.watch(bufnr)
  if changed[bufnr] then
    return
  end
  changed[bufnr] = 0
  api.nvim_buf_attach(bufnr, false, {
    on_lines = function(_, _, tick)
      changed[bufnr] = tick or changed[bufnr]
    end,
    on_reload = function()
      -- Neovim sends the whole text of those that it watches.
      changed[bufnr] = unwatched[bufnr] and api.nvim_buf_get_changedtick(bufnr) or 0
    end,
    on_detach = function()
      changed[bufnr], unwatched[bufnr] = nil, nil
    end,
  })
end

---A server was attached to a buffer and has been sent its text.
---@param bufnr integer
function M.opened(bufnr)
  M.watch(bufnr)
  changed[bufnr] = 0
end

---Send the whole text if the last change was not sent.
---@param client vim.lsp.Client
---@param bufnr integer
local function catch_up(client, bufnr)
  local tick = changed[bufnr]
  local versions = vim.lsp.util.buf_versions
  if not tick or tick == 0 or not versions or versions[bufnr] == tick then
    return
  end
  unwatched[bufnr] = true
  versions[bufnr] = tick
  local ending = ({ unix = '\n', dos = '\r\n', mac = '\r' })[vim.bo[bufnr].fileformat]
  local text = table.concat(api.nvim_buf_get_lines(bufnr, 0, -1, true), ending)
  client.rpc.notify('textDocument/didChange', {
    textDocument = { uri = vim.uri_from_bufnr(bufnr), version = tick },
    contentChanges = { { text = vim.bo[bufnr].endofline and text .. ending or text } },
  })
end

---@param client vim.lsp.Client
---@param params table
local function add_diagnostics(client, params)
  local bufnr = vim.uri_to_bufnr(params.textDocument.uri)
  params.context.diagnostics = fix.all_diagnostics(bufnr, params.range.start.line, client.offset_encoding)
end

---See to all requests of a client.
---@param client vim.lsp.Client
function M.see_to(client)
  local request = client.rpc.request
  ---@diagnostic disable-next-line: duplicate-set-field
  client.rpc.request = function(method, params, ...)
    local uri = type(params) == 'table' and vim.tbl_get(params, 'textDocument', 'uri')
    if uri then
      catch_up(client, vim.uri_to_bufnr(uri))
    end
    if method == 'textDocument/codeAction' and type(vim.tbl_get(params, 'context')) == 'table' then
      add_diagnostics(client, params)
    end
    return request(method, params, ...)
  end
end

return M
