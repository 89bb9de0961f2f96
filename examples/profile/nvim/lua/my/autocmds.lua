local group = vim.api.nvim_create_augroup("my", { clear = true })

local function on(event, opts)
  opts.group = group
  vim.api.nvim_create_autocmd(event, opts)
end

-- Show what was yanked.
on("TextYankPost", {
  callback = function()
    (vim.hl or vim.highlight).on_yank({ timeout = 150 })
  end,
})

-- Go on where the file was left, but not in a commit message.
on("BufReadPost", {
  callback = function(ev)
    local mark = vim.api.nvim_buf_get_mark(ev.buf, '"')
    local last = vim.api.nvim_buf_line_count(ev.buf)
    if vim.bo[ev.buf].filetype ~= "gitcommit" and mark[1] > 0 and mark[1] <= last then
      pcall(vim.api.nvim_win_set_cursor, 0, mark)
    end
  end,
})

-- Changed by another program: read it again.
on({ "FocusGained", "TermLeave" }, {
  callback = function()
    if vim.bo.buftype == "" then
      vim.cmd.checktime()
    end
  end,
})

-- Blanks at the ends of lines go when the file is written, except where
-- they mean something.
on("BufWritePre", {
  callback = function(ev)
    local keep = { markdown = true, diff = true, gitcommit = true, mail = true }
    if keep[vim.bo[ev.buf].filetype] or vim.bo[ev.buf].binary then
      return
    end
    local view = vim.fn.winsaveview()
    vim.cmd([[keeppatterns %s/\s\+$//e]])
    vim.fn.winrestview(view)
  end,
})

-- Folders that a new file needs.
on("BufWritePre", {
  callback = function(ev)
    if ev.match:match("^%w+://") then
      return
    end
    vim.fn.mkdir(vim.fn.fnamemodify(ev.match, ":p:h"), "p")
  end,
})

-- Windows keep their shares when the terminal changes its size.
on("VimResized", { command = "tabdo wincmd =" })

-- Prose: the mission "writing" sets NVIM_PROSE (lumina.yaml).
on("FileType", {
  pattern = { "markdown", "text", "tex", "typst", "gitcommit", "mail" },
  callback = function()
    vim.opt_local.spell = true
    if vim.env.NVIM_PROSE then
      vim.opt_local.wrap = true
      vim.opt_local.number = false
      vim.opt_local.relativenumber = false
      vim.opt_local.signcolumn = "no"
    end
  end,
})

-- Helpers close with q.
on("FileType", {
  pattern = { "help", "man", "qf", "checkhealth" },
  callback = function(ev)
    vim.keymap.set("n", "q", "<cmd>close<cr>", { buffer = ev.buf, silent = true })
  end,
})
