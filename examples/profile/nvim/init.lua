-- Neovim 0.11 or later, without a plugin manager: nothing is downloaded.
-- A plugin put into ~/.local/share/nvim/site/pack/NAME/start/ is loaded as usual.

vim.g.mapleader = " "
vim.g.maplocalleader = ","

if vim.loader then
  vim.loader.enable()
end

require("my.options")
require("my.keymaps")
require("my.autocmds")
require("my.statusline")
require("my.lsp")
require("my.colors")
