-- Loaded at start: commands, <Plug> mappings and two autocommands. The rest is read when the server attaches.

if vim.g.loaded_caretwise then
  return
end
vim.g.loaded_caretwise = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('caretwise needs Neovim 0.11 or newer.', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('Caretwise', function(call)
  require('caretwise.command').run(call)
end, {
  nargs = '?',
  range = true,
  complete = function(lead)
    return require('caretwise.command').complete(lead)
  end,
  desc = 'caretwise: status, pause, resume, restart, retry, report, explain, capture, doctor, fix, bugs, test',
})

local actions = {
  accept = { 'accept', 'take the suggestion' },
  ['accept-word'] = { 'accept_word', 'take the next word of the suggestion' },
  ['accept-line'] = { 'accept_line', 'take the next line of the suggestion' },
  dismiss = { 'dismiss', 'send the suggestion away' },
  next = { 'next', 'show another suggestion' },
  invoke = { 'invoke', 'ask for a suggestion now' },
}
for name, action in pairs(actions) do
  vim.keymap.set('i', ('<Plug>(caretwise-%s)'):format(name), function()
    require('caretwise')[action[1]]()
  end, { silent = true, desc = 'caretwise: ' .. action[2] })
end

vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('caretwise.attach', {}),
  desc = 'caretwise: ghost text and keys in buffers that the server serves',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'caretwise' then
      require('caretwise.attach').attach(client, event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('caretwise.missing', {}),
  desc = 'caretwise: say once that the program is not there',
  callback = function()
    return require('caretwise.health').say_if_missing()
  end,
})
