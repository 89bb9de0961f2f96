-- The theme's colours (themes: in the profile's lumina.yaml), else a scheme that ships with Neovim;
-- the terminal's background shows.
local function show()
  if not pcall(vim.cmd, "colorscheme lumina") and not pcall(vim.cmd, "colorscheme habamax") then
    vim.cmd("colorscheme default")
  end
  for _, group in ipairs({ "Normal", "NormalNC", "SignColumn", "EndOfBuffer" }) do
    vim.cmd("highlight " .. group .. " guibg=NONE ctermbg=NONE")
  end
end

show()

-- Another theme: `lumina theme set` sends this signal. Nested, so that ColorScheme is heard of;
-- without a redraw it would show at the next key.
vim.api.nvim_create_autocmd("Signal", {
  group = vim.api.nvim_create_augroup("my.colors", { clear = true }),
  pattern = "SIGUSR1",
  nested = true,
  callback = function()
    show()
    vim.cmd("redraw!")
  end,
})
