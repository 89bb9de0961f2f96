-- Prose: wrapped on the screen only, bullets and quotes go on by themselves.
vim.opt_local.wrap = true
vim.opt_local.textwidth = 0
vim.opt_local.conceallevel = 2
vim.opt_local.formatoptions:append("rn")
vim.opt_local.comments = { "b:-", "b:*", "b:1.", "n:>" }

-- A box in a list of tasks: [ ] to [x] and back.
vim.keymap.set("n", "<localleader>x", function()
  local line = vim.api.nvim_get_current_line()
  local done = line:match("^%s*[-*] %[x%]")
  local new = done and line:gsub("%[x%]", "[ ]", 1) or line:gsub("%[ %]", "[x]", 1)
  vim.api.nvim_set_current_line(new)
end, { buffer = true, desc = "Task done, or not" })
