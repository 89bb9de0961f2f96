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

-- The theme's colours (themes: in the profile's lumina.yaml), else a scheme that ships with Neovim;
-- the terminal's background shows.
if not pcall(vim.cmd.colorscheme, "lumina") and not pcall(vim.cmd.colorscheme, "habamax") then
  vim.cmd.colorscheme("default")
end
for _, group in ipairs({ "Normal", "NormalNC", "SignColumn", "EndOfBuffer" }) do
  vim.cmd.highlight({ args = { group, "guibg=NONE", "ctermbg=NONE" } })
end
