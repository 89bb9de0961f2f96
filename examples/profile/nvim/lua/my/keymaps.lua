local function map(mode, keys, to, desc)
  vim.keymap.set(mode, keys, to, { desc = desc, silent = true })
end

-- Files and buffers
map("n", "<leader>f", ":find ", "Find a file below here")
map("n", "<leader>e", "<cmd>Lexplore<cr>", "Tree of files")
map("n", "<leader>b", ":buffer ", "Go to a buffer")
map("n", "<leader><leader>", "<cmd>buffer #<cr>", "The buffer before")
map("n", "<leader>w", "<cmd>write<cr>", "Write")
map("n", "<leader>q", "<cmd>confirm quit<cr>", "Quit")

-- Searching
map("n", "<leader>g", ":silent grep! ", "Search in files")
map("n", "<leader>*", ":silent grep! -w <C-r><C-w><cr>", "Search the word in files")
map("n", "<esc>", "<cmd>nohlsearch<cr>", "No highlighting")
map("n", "n", "nzzzv", "Next, in the middle")
map("n", "N", "Nzzzv", "Previous, in the middle")

-- The list of places
map("n", "]q", "<cmd>cnext<cr>zz", "Next place")
map("n", "[q", "<cmd>cprevious<cr>zz", "Previous place")
map("n", "<leader>c", function()
  local open = vim.fn.getqflist({ winid = 0 }).winid ~= 0
  vim.cmd(open and "cclose" or "copen")
end, "List of places, open or close")

-- Windows
for _, key in ipairs({ "h", "j", "k", "l" }) do
  map("n", "<C-" .. key .. ">", "<C-w>" .. key, "Window " .. key)
end
map("n", "<C-Up>", "<cmd>resize +2<cr>", "Higher")
map("n", "<C-Down>", "<cmd>resize -2<cr>", "Lower")
map("n", "<C-Right>", "<cmd>vertical resize +4<cr>", "Wider")
map("n", "<C-Left>", "<cmd>vertical resize -4<cr>", "Narrower")

-- Editing
map("v", "J", ":move '>+1<cr>gv=gv", "Lines down")
map("v", "K", ":move '<-2<cr>gv=gv", "Lines up")
map("v", "<", "<gv", "Indent less, keep the selection")
map("v", ">", ">gv", "Indent more, keep the selection")
map("x", "<leader>p", '"_dP', "Put over the selection, keep what was yanked")
map({ "n", "v" }, "<leader>d", '"_d', "Delete for good")
map("n", "<leader>r", ":%s/\\<<C-r><C-w>\\>//gc<left><left><left>", "Replace the word")

-- By screen line, where lines wrap
vim.keymap.set({ "n", "x" }, "j", "v:count == 0 ? 'gj' : 'j'", { expr = true })
vim.keymap.set({ "n", "x" }, "k", "v:count == 0 ? 'gk' : 'k'", { expr = true })

-- Terminal
map("n", "<leader>t", "<cmd>split | terminal<cr>i", "Terminal below")
map("t", "<esc><esc>", "<C-\\><C-n>", "Leave the terminal's input")

-- What the colour scheme and the language servers say about a line
map("n", "<leader>x", vim.diagnostic.open_float, "Explain the mark")
map("n", "<leader>X", vim.diagnostic.setloclist, "List the marks")
