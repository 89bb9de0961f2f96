-- One line for all windows: mode, file, marks, type, place.

local M = {}

local modes = {
  n = "NORMAL",
  i = "INSERT",
  v = "VISUAL",
  V = "V-LINE",
  ["\22"] = "V-BLOCK",
  c = "COMMAND",
  R = "REPLACE",
  s = "SELECT",
  t = "TERMINAL",
}

local function mode()
  local m = vim.api.nvim_get_mode().mode
  return modes[m] or modes[m:sub(1, 1)] or m
end

-- The branch, read from .git/HEAD when a buffer is entered: no process.
local function branch_of(buf)
  local name = vim.api.nvim_buf_get_name(buf)
  local from = name ~= "" and vim.fn.fnamemodify(name, ":p:h") or vim.fn.getcwd()
  local git = vim.fn.finddir(".git", from .. ";")
  if git == "" then
    return ""
  end
  local f = io.open(git .. "/HEAD", "r")
  if not f then
    return ""
  end
  local head = f:read("*l") or ""
  f:close()
  return head:match("^ref: refs/heads/(.+)$") or head:sub(1, 7)
end

local function diagnostics()
  local out = {}
  for i, sign in ipairs({ "E", "W", "I", "H" }) do
    local n = #vim.diagnostic.get(0, { severity = i })
    if n > 0 then
      out[#out + 1] = sign .. n
    end
  end
  return table.concat(out, " ")
end

function M.line()
  local branch = vim.b.my_branch or ""
  local marks = diagnostics()
  return table.concat({
    " ", mode(), " ",
    branch ~= "" and ("│ " .. branch:gsub("%%", "%%%%") .. " ") or "",
    "│ %f%( %m%r%)",
    "%=",
    marks ~= "" and (marks .. " │ ") or "",
    "%{&filetype} │ %l:%c │ %P ",
  })
end

vim.api.nvim_create_autocmd({ "BufEnter", "FocusGained" }, {
  group = vim.api.nvim_create_augroup("my_statusline", { clear = true }),
  callback = function(ev)
    if vim.bo[ev.buf].buftype == "" then
      vim.b[ev.buf].my_branch = branch_of(ev.buf)
    end
  end,
})

vim.o.statusline = "%!v:lua.require'my.statusline'.line()"

return M
