local o = vim.opt

-- Looks
o.termguicolors = true
o.number = true
o.relativenumber = true
o.cursorline = true
o.signcolumn = "yes"
o.colorcolumn = "+1" -- one beyond 'textwidth', where a file type sets one
o.list = true
o.listchars = { tab = "› ", trail = "·", nbsp = "␣", extends = "…", precedes = "…" }
o.fillchars = { eob = " ", fold = " " }
o.showmode = false -- the status line says it
o.laststatus = 3
o.scrolloff = 6
o.sidescrolloff = 8
o.wrap = false
o.linebreak = true
o.breakindent = true
o.pumheight = 12

-- Indentation, where neither .editorconfig nor the file type says otherwise
o.expandtab = true
o.shiftwidth = 4
o.softtabstop = -1 -- as 'shiftwidth'
o.shiftround = true

-- Searching
o.ignorecase = true
o.smartcase = true
o.inccommand = "split"
if vim.fn.executable("rg") == 1 then
  o.grepprg = "rg --vimgrep --smart-case"
  o.grepformat = "%f:%l:%c:%m"
end

-- Files: undo for ever, no swap files beside them. A symlink stays a symlink.
o.undofile = true
o.swapfile = false
o.backupcopy = "auto"
o.autoread = true
o.confirm = true
o.spellfile = vim.fn.stdpath("data") .. "/spell/en.utf-8.add"
o.spelllang = { "en" }

-- Behaviour
o.mouse = "a"
o.clipboard = "unnamedplus"
o.splitbelow = true
o.splitright = true
o.updatetime = 250
o.timeoutlen = 500
o.virtualedit = "block"
o.wildmode = { "longest:full", "full" }
o.completeopt = { "menuone", "noselect", "popup" }
o.shortmess:append("cI")
o.diffopt:append({ "algorithm:histogram", "indent-heuristic", "linematch:60" })
o.path:append("**")

-- The tree of :Explore
vim.g.netrw_banner = 0
vim.g.netrw_liststyle = 3
vim.g.netrw_winsize = 25
vim.g.netrw_home = vim.fn.stdpath("state")
