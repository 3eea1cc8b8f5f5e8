-- Read by vim.lsp.config('caretwise') and vim.lsp.enable('caretwise'). Everything here can be overridden with
-- vim.lsp.config('caretwise', { ... }); what the plugin itself needs is set up when the client attaches.

---@type vim.lsp.Config
return {
  cmd = { 'caretwise', 'serve' },
  -- No `filetypes`: every file type is served. No `root_dir` either, so that single files are served too.
  root_markers = { '.git', '.hg', '.jj' },
  -- Neovim 0.11 does not name this capability by itself; 0.12 does.
  capabilities = { textDocument = { inlineCompletion = { dynamicRegistration = false } } },
  handlers = {
    ['caretwise/status'] = function(_, status, context)
      require('caretwise.status').receive(status, context.client_id)
    end,
    -- Neovim's own way of showing these waits for a key, also in the middle of typing.
    ['window/showMessage'] = function(_, params)
      require('caretwise.say').from_server(params)
    end,
  },
}
