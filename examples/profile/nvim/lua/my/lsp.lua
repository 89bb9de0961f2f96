-- Language servers, by Neovim's own means. One that is not installed is
-- skipped; the packages are in registry/devel.yaml.

if not vim.lsp.config then
  return -- before 0.11
end

local servers = {
  bashls = {
    cmd = { "bash-language-server", "start" },
    filetypes = { "sh", "bash" },
  },
  clangd = {
    cmd = { "clangd", "--background-index", "--clang-tidy" },
    filetypes = { "c", "cpp" },
    root_markers = { "compile_commands.json", "meson.build", ".clangd", ".git" },
  },
  gopls = {
    cmd = { "gopls" },
    filetypes = { "go", "gomod" },
    root_markers = { "go.work", "go.mod", ".git" },
  },
  lua_ls = {
    cmd = { "lua-language-server" },
    filetypes = { "lua" },
    root_markers = { ".luarc.json", "stylua.toml", ".git" },
    settings = {
      Lua = {
        runtime = { version = "LuaJIT" },
        -- Neovim's own API and, for ~/.config/hypr, Hyprland's.
        workspace = { library = { vim.env.VIMRUNTIME, "/usr/share/hypr/stubs" }, checkThirdParty = false },
        diagnostics = { globals = { "vim", "hl" } },
        telemetry = { enable = false },
      },
    },
  },
  pyright = {
    cmd = { "pyright-langserver", "--stdio" },
    filetypes = { "python" },
    root_markers = { "pyproject.toml", "uv.lock", ".git" },
    settings = { python = { analysis = { autoSearchPaths = true, useLibraryCodeForTypes = true } } },
  },
  rust_analyzer = {
    cmd = { "rust-analyzer" },
    filetypes = { "rust" },
    root_markers = { "Cargo.lock", "Cargo.toml", ".git" },
  },
  ts_ls = {
    cmd = { "typescript-language-server", "--stdio" },
    filetypes = { "javascript", "javascriptreact", "typescript", "typescriptreact" },
    root_markers = { "tsconfig.json", "package.json", ".git" },
  },
  yamlls = {
    cmd = { "yaml-language-server", "--stdio" },
    filetypes = { "yaml" },
  },
}

for name, config in pairs(servers) do
  if vim.fn.executable(config.cmd[1]) == 1 then
    config.root_markers = config.root_markers or { ".git" }
    vim.lsp.config(name, config)
    vim.lsp.enable(name)
  end
end

vim.diagnostic.config({
  severity_sort = true,
  virtual_text = { spacing = 2, source = "if_many" },
  float = { border = "rounded", source = true },
})

vim.api.nvim_create_autocmd("LspAttach", {
  group = vim.api.nvim_create_augroup("my_lsp", { clear = true }),
  callback = function(ev)
    local client = vim.lsp.get_client_by_id(ev.data.client_id)
    if not client then
      return
    end

    -- K, grn, gra, grr, gri and gO are Neovim's own.
    vim.keymap.set("n", "gd", vim.lsp.buf.definition, { buffer = ev.buf, desc = "Definition" })
    vim.keymap.set("n", "<leader>=", vim.lsp.buf.format, { buffer = ev.buf, desc = "Format" })
    vim.keymap.set("n", "<leader>h", function()
      vim.lsp.inlay_hint.enable(not vim.lsp.inlay_hint.is_enabled({ bufnr = ev.buf }), { bufnr = ev.buf })
    end, { buffer = ev.buf, desc = "Hints, on or off" })

    if client:supports_method("textDocument/completion") then
      vim.lsp.completion.enable(true, client.id, ev.buf, { autotrigger = true })
    end
  end,
})
