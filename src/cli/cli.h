/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the command line share. A command is one const struct in
 * its own file; main.c lists them.
 */
#ifndef URUN_CLI_CLI_H
#define URUN_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/options.h"
#include "urun.h"

enum {
	OUTPUT_MAX = 64 << 20, /* bytes that one command prints */
	OUTPUT_COLUMNS_MAX = 16,
	CLI_EXIT_EXEC = 255, /* exec could not start its process (as runc) */
	/* --exit-codes=distinct, as docker and podman have it (N22) */
	CLI_EXIT_RUNTIME = 125,
	CLI_EXIT_NOT_EXECUTABLE = 126,
	CLI_EXIT_NOT_FOUND = 127,
};

/* Values of the global options. */
struct globals {
	const char *root;
	const char *log, *log_format, *log_level;
	const char *cgroup_manager, *rootless;
	const char *criu;
	const char *exit_codes;
	unsigned int flags;        /* GLOBAL_* */
	unsigned int create_flags; /* URUN_NO_PIVOT */
};

enum {
	GLOBAL_VERSION = 1U << 0,
};

struct cli {
	urun_ctx *ctx;
	struct globals globals;
	const struct command *command;
	void *values; /* of the command's options */
	char **argv;  /* main()'s */
	char **operands;
	size_t n_operands;
	bool wants_help;
	int status; /* exit status; where run() fails 0 becomes 1 */
};

/* What an operand is, for the completions. */
enum operand_kind {
	OPERAND_OTHER,
	OPERAND_ID,      /* of a container that is there */
	OPERAND_SIGNAL,  /* its name */
	OPERAND_COMMAND, /* this one and all behind it are a command line */
	OPERAND_FILE,
	OPERAND_WORD,  /* one of the command's words */
	OPERAND_SHELL, /* one that there is a completion for */
	OPERAND_CODE,  /* of an error */
};

struct command {
	const char *name;
	const char *operands; /* for help: "ID [SIGNAL]" */
	const char *summary;  /* one line */
	const char *notes;    /* NULL or more lines for --help */
	struct option_table options;
	size_t values_size;
	enum option_order order;
	size_t min_operands, max_operands;
	enum operand_kind operand[3]; /* the first ones */
	const char *words;            /* NULL, or what the first operand may be: "add|remove" */
	bool takes_id; /* the first operand (behind such a word) is a container's id */
	bool enters;   /* runs a program inside: our own file must be out of reach */
	int (*run)(struct cli *cli, struct error *e);
};

extern const struct option_table global_options;
extern const struct command command_completion, command_create, command_delete, command_events,
	command_exec, command_explain, command_features, command_kill, command_limits, command_list,
	command_mounts, command_pause, command_port, command_prune, command_ps, command_resume,
	command_run, command_spec, command_start, command_state, command_unshare, command_update;

/* All commands, NULL-terminated, in the order of --help. */
extern const struct command *const commands[];

const struct command *command_find(const char *name);

/* --- main.c --- */

/* Turns the library's last error into e; r is what the call returned. */
int cli_library_error(const struct cli *cli, int r, struct error *e);

/* --- help.c --- */

void help_global(struct strbuf *out);
void help_command(const struct command *c, struct strbuf *out);

/* The command whose name is nearest to a mistyped word, or NULL. */
const char *help_nearest_command(const char *word);

/* --- output.c --- */

/* Writes what the buffer holds to stdout in one go. */
int output_flush(struct strbuf *out, struct error *e);

/* Appends one JSON or text document as it is and flushes it. */
int output_text(const char *text, struct error *e);

/*
 * Appends a table: the cells row by row, columns as wide as their widest cell,
 * the last one unpadded. Control characters become '?': a bundle's name must
 * not speak to the terminal. At most OUTPUT_COLUMNS_MAX columns.
 */
void output_table(struct strbuf *out, const char *const *cells, size_t columns, size_t rows);

/* --- preserve.c --- */

struct preserve {
	unsigned int total, listen_fds;
	const char *listen_fdnames;
};

/* fds to pass: --preserve-fds and those of socket activation (C07, C08). */
int preserve_fds(unsigned int option, struct preserve *ret, struct error *e);

/* The numbers of --pass-fd; *ret is malloc'd, n may be 0. */
int pass_fds(const char *const *words, int **ret, size_t *ret_n, struct error *e);

/* --- env_file.c --- */

/*
 * The variables of these files, in their order, and then `env`: "NAME=VALUE",
 * NULL-terminated, in the arena. An unset NAME alone is left out.
 */
int env_files_read(struct arena *a, const char *const *files, const char *const *env,
		   const char *const **ret, struct error *e);

/* --- match.c --- */

typedef int (*match_fn)(struct cli *cli, const char *id);

struct match {
	const char *regex;  /* POSIX extended regular expression on the id */
	const char *status; /* of this status only; NULL: any */
	bool none_ok;
	match_fn fn;
};

/*
 * Calls fn for every container that matches. An error if fn failed for any or,
 * unless `none_ok`, none matched (K09, K12; features.md section 4.7).
 */
int match_each(struct cli *cli, const struct match *m, struct error *e);

/* --- ps_table.c --- */

/* "pid,rss,cmd": known columns? */
int ps_check_columns(const char *columns, struct error *e);

/* Appends a table of these processes, read from /proc. */
int ps_table(const pid_t *pids, size_t n, const char *columns, struct strbuf *out, struct error *e);

/* --- ps_program.c --- */

/* Appends what ps(1) with these words says of these processes. */
int ps_program(const pid_t *pids, size_t n, char *const *words, struct strbuf *out,
	       struct error *e);

#endif
