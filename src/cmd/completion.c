/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <string.h>

/* Scripts are made from the command table, so that they can't fall behind it. */

/* What completes the arguments of a command. */
enum words { WORDS_NONE, WORDS_FILES, WORDS_COMMANDS, WORDS_SHELLS, WORDS_HOOKS };

static const char shells[] = "bash fish zsh", hooks[] = "bash fish hyprland waybar zsh";

static enum words words_of(const struct command *command) {
	if (strstr(command->usage, "TARGET") != NULL || strstr(command->usage, "PATH") != NULL ||
			strstr(command->usage, "DIR") != NULL) {
		return WORDS_FILES;
	}
	if (strstr(command->usage, "COMMAND") != NULL) {
		return WORDS_COMMANDS;
	}
	if (strstr(command->usage, "bash") == NULL) {
		return WORDS_NONE;
	}
	return strstr(command->usage, "waybar") != NULL ? WORDS_HOOKS : WORDS_SHELLS;
}

static void add_choices(struct buf *out, const struct opt *opt) {
	for (size_t i = 0; opt->choices[i] != NULL; i++) {
		buf_addf(out, "%s%s", i > 0 ? " " : "", opt->choices[i]);
	}
}

static void add_command_names(struct buf *out) {
	for (const struct command *command = commands; command->name != NULL; command++) {
		buf_addf(out, "%s%s", command > commands ? " " : "", command->name);
		if (command->alias != NULL) {
			buf_addf(out, " %s", command->alias);
		}
	}
}

/* --- bash ---------------------------------------------------------------------------------- */

static void bash_options(struct buf *out, const struct opt *opts) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		buf_addf(out, " --%s%s", opt->name, opt->arg != NULL ? "=" : "");
		if (opt->letter != 0) {
			buf_addf(out, " -%c", opt->letter);
		}
	}
}

static void bash_choices(struct buf *out, const struct opt *opts) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		if (opt->choices != NULL) {
			buf_addf(out, "\t--%s) COMPREPLY=($(compgen -W '", opt->name);
			add_choices(out, opt);
			buf_adds(out, "' -- \"$word\")); return ;;\n");
		}
	}
}

static void bash_command(struct buf *out, const struct command *command) {
	buf_addf(out, "\t%s", command->name);
	if (command->alias != NULL) {
		buf_addf(out, "|%s", command->alias);
	}
	buf_adds(out, ")\n\t\toptions='");
	bash_options(out, command->opts);
	buf_adds(out, "'\n");
	switch (words_of(command)) {
	case WORDS_FILES:
		buf_adds(out, "\t\tfiles=1\n");
		break;
	case WORDS_COMMANDS:
		buf_adds(out, "\t\twords=$commands\n");
		break;
	case WORDS_SHELLS:
		buf_addf(out, "\t\twords='%s'\n", shells);
		break;
	case WORDS_HOOKS:
		buf_addf(out, "\t\twords='%s'\n", hooks);
		break;
	case WORDS_NONE:
		break;
	}
	buf_adds(out, "\t\t;;\n");
}

static void write_bash(struct buf *out) {
	buf_adds(out, "# bash completion for lumina; made by 'lumina completion bash'\n"
		      "_lumina() {\n"
		      "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\tlocal command='' options='' words='' files='' i\n"
		      "\tlocal commands='");
	add_command_names(out);
	buf_adds(out, "'\n"
		      "\tCOMPREPLY=()\n"
		      "\t# bash splits --option=value at the '='\n"
		      "\tif [[ $word == = ]]; then word=''; fi\n"
		      "\tif [[ $before == = && $COMP_CWORD -ge 2 ]]; then "
		      "before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		      "\t\tif [[ \" $commands \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
		      "\t\t\tcommand=${COMP_WORDS[i]}; break\n"
		      "\t\tfi\n"
		      "\tdone\n"
		      "\tcase $before in\n");
	bash_choices(out, global_opts);
	for (const struct command *command = commands; command->name != NULL; command++) {
		bash_choices(out, command->opts);
	}
	buf_adds(out, "\tesac\n\tcase $command in\n\t'') words=$commands ;;\n");
	for (const struct command *command = commands; command->name != NULL; command++) {
		bash_command(out, command);
	}
	buf_adds(out, "\tesac\n\tif [[ $word == -* ]]; then\n\t\twords=\"$options");
	bash_options(out, global_opts);
	buf_adds(out, "\"\n"
		      "\telif [[ -n $files ]]; then\n"
		      "\t\tcompopt -o default 2>/dev/null\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
		      "\tif [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi\n"
		      "}\n"
		      "complete -F _lumina lumina\n");
}

/* --- zsh ----------------------------------------------------------------------------------- */

static void zsh_options(struct buf *out, const struct opt *opts) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		struct buf rest _cleanup_buf_ = BUF_INIT;
		buf_addf(&rest, "[%s]", opt->help);
		if (opt->choices != NULL) {
			buf_addf(&rest, ":%s:(", opt->arg);
			add_choices(&rest, opt);
			buf_addc(&rest, ')');
		} else if (opt->arg != NULL) {
			buf_addf(&rest, ":%s:", opt->arg);
		}
		const char *equals = opt->arg != NULL ? "=" : "";
		buf_adds(out, " \\\n\t\t\t");
		if (opt->letter != 0) {
			buf_addf(out, "'(-%c --%s)'{-%c,--%s%s}", opt->letter, opt->name,
					opt->letter, opt->name, equals);
		} else {
			buf_addf(out, "--%s%s", opt->name, equals);
		}
		buf_add_quoted(out, rest.data);
	}
}

static void zsh_command(struct buf *out, const struct command *command) {
	buf_addf(out, "\t\t%s", command->name);
	if (command->alias != NULL) {
		buf_addf(out, "|%s", command->alias);
	}
	buf_adds(out, ")\n");
	if ((command->flags & CMD_RAW) != 0) {
		buf_addf(out, "\t\t\twords[1]=(%s); service=%s _normal ;;\n", command->name,
				command->name);
		return;
	}
	buf_adds(out, "\t\t\t_arguments -s");
	zsh_options(out, command->opts);
	zsh_options(out, global_opts);
	switch (words_of(command)) {
	case WORDS_FILES:
		buf_adds(out, " \\\n\t\t\t'*:file:_files'");
		break;
	case WORDS_COMMANDS:
		buf_adds(out, " \\\n\t\t\t'1:command:(");
		add_command_names(out);
		buf_adds(out, ")'");
		break;
	case WORDS_SHELLS:
		buf_addf(out, " \\\n\t\t\t'1:shell:(%s)'", shells);
		break;
	case WORDS_HOOKS:
		buf_addf(out, " \\\n\t\t\t'1:program:(%s)'", hooks);
		break;
	case WORDS_NONE:
		break;
	}
	buf_adds(out, " ;;\n");
}

static void write_zsh(struct buf *out) {
	buf_adds(out, "#compdef lumina\n"
		      "# zsh completion for lumina; made by 'lumina completion zsh'\n"
		      "_lumina() {\n"
		      "\tlocal curcontext=$curcontext state line\n"
		      "\ttypeset -A opt_args\n"
		      "\t_arguments -C -s");
	zsh_options(out, global_opts);
	buf_adds(out, " \\\n\t\t\t'1:command:->command' '*::argument:->argument'\n"
		      "\tcase $state in\n"
		      "\tcommand)\n"
		      "\t\tlocal -a commands=(\n");
	for (const struct command *command = commands; command->name != NULL; command++) {
		buf_addf(out, "\t\t\t'%s:%s'\n", command->name, command->summary);
	}
	buf_adds(out, "\t\t)\n"
		      "\t\t_describe command commands ;;\n"
		      "\targument)\n"
		      "\t\tcase $words[1] in\n");
	for (const struct command *command = commands; command->name != NULL; command++) {
		zsh_command(out, command);
	}
	buf_adds(out, "\t\tesac ;;\n"
		      "\tesac\n"
		      "}\n"
		      "# Autoloaded from fpath it is the function's body; sourced, it registers itself.\n"
		      "if [[ ${funcstack[1]-} == _lumina ]]; then\n"
		      "\t_lumina \"$@\"\n"
		      "elif (( ${+functions[compdef]} )); then\n"
		      "\tcompdef _lumina lumina\n"
		      "fi\n");
}

/* --- fish ---------------------------------------------------------------------------------- */

static void fish_options(struct buf *out, const struct opt *opts, const char *condition) {
	for (const struct opt *opt = opts; opt != NULL && opt->name != NULL; opt++) {
		buf_addf(out, "complete -c lumina%s", condition);
		if (opt->letter != 0) {
			buf_addf(out, " -s %c", opt->letter);
		}
		buf_addf(out, " -l %s -d ", opt->name);
		buf_add_quoted(out, opt->help);
		if (opt->choices != NULL) {
			buf_adds(out, " -x -a '");
			add_choices(out, opt);
			buf_adds(out, "'");
		} else if (opt->arg != NULL) {
			buf_adds(out, " -x");
		}
		buf_addc(out, '\n');
	}
}

static void fish_command(struct buf *out, const struct command *command) {
	struct buf seen _cleanup_buf_ = BUF_INIT;
	buf_addf(&seen, " -n '__fish_seen_subcommand_from %s%s%s'", command->name,
			command->alias != NULL ? " " : "",
			command->alias != NULL ? command->alias : "");
	buf_addf(out, "complete -c lumina -n __fish_use_subcommand -a %s -d ", command->name);
	buf_add_quoted(out, command->summary);
	buf_addc(out, '\n');
	fish_options(out, command->opts, seen.data);
	switch (words_of(command)) {
	case WORDS_FILES:
		buf_addf(out, "complete -c lumina%s -F\n", seen.data);
		break;
	case WORDS_COMMANDS:
		buf_addf(out, "complete -c lumina%s -a '", seen.data);
		add_command_names(out);
		buf_adds(out, "'\n");
		break;
	case WORDS_SHELLS:
		buf_addf(out, "complete -c lumina%s -a '%s'\n", seen.data, shells);
		break;
	case WORDS_HOOKS:
		buf_addf(out, "complete -c lumina%s -a '%s'\n", seen.data, hooks);
		break;
	case WORDS_NONE:
		break;
	}
}

static void write_fish(struct buf *out) {
	buf_adds(out, "# fish completion for lumina; made by 'lumina completion fish'\n"
		      "complete -c lumina -f\n");
	fish_options(out, global_opts, "");
	for (const struct command *command = commands; command->name != NULL; command++) {
		fish_command(out, command);
	}
}

int cmd_completion(struct app *app, const void *opts, int argc, char **argv, struct err *err) {
	static const struct {
		const char *shell;
		void (*write)(struct buf *out);
	} writers[] = {{"bash", write_bash}, {"fish", write_fish}, {"zsh", write_zsh}};
	(void)opts;
	for (size_t i = 0; argc == 2 && i < sizeof(writers) / sizeof(writers[0]); i++) {
		if (streq(argv[1], writers[i].shell)) {
			writers[i].write(&app->out);
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "'lumina completion' takes one of bash, fish, zsh");
}
