-- Talking to the server. Nothing here raises: a server that is dead or slow costs a suggestion, never the typing.

local M = {}

---The client that serves a buffer, when it is alive.
---@param bufnr integer
---@return vim.lsp.Client?
function M.client(bufnr)
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = bufnr, name = 'caretwise' })) do
    if not client:is_stopped() then
      return client
    end
  end
end

---The client that serves a buffer; for one that none serves (a window of ours, a terminal, a quickfix list), any alive.
---@param bufnr integer
---@return vim.lsp.Client?
function M.of_session(bufnr)
  local found = M.client(bufnr)
  for _, client in ipairs(found and {} or vim.lsp.get_clients({ name = 'caretwise' })) do
    found = found or (not client:is_stopped() and client or nil)
  end
  return found
end

---What is said when there is no client for a buffer: a server that has ended is not started again by itself.
---@param bufnr integer
---@return string
function M.why_none(bufnr)
  if M.of_session(bufnr) then
    return 'caretwise does not serve this buffer (:checkhealth caretwise)'
  end
  return 'caretwise: no server is running (:Caretwise restart starts it, :checkhealth caretwise says more)'
end

---Send a request. The buffer's pending changes are sent first, which needs its real number: for 0, Neovim 0.11 sends
---none, and the server would look at an old text.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param bufnr integer not 0
---@param handler fun(err?: lsp.ResponseError, result: any)
---@return integer? request_id
function M.request(client, method, params, bufnr, handler)
  local fine, sent, request_id = pcall(client.request, client, method, params, handler, bufnr)
  return fine and sent and request_id or nil
end

---Say that an answer is not needed any more.
---@param client vim.lsp.Client
---@param request_id integer
function M.cancel(client, request_id)
  pcall(client.cancel_request, client, request_id)
end

---Send a notification about a suggestion, unless it has no name or the server is gone.
---@param ghost caretwise.Ghost
---@param method string
---@param params? table what is said besides the id
function M.notify(ghost, method, params)
  local client = vim.lsp.get_client_by_id(ghost.client_id)
  if ghost.id and client and not client:is_stopped() then
    pcall(client.notify, client, method, vim.tbl_extend('error', { id = ghost.id }, params or {}))
  end
end

---Run a command of the server.
---@param client vim.lsp.Client
---@param command lsp.Command
---@param bufnr integer
---@param handler? fun(err?: lsp.ResponseError, result: any)
function M.execute(client, command, bufnr, handler)
  pcall(client.exec_cmd, client, command, { bufnr = bufnr }, handler or function() end)
end

return M
