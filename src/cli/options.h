/* SPDX-License-Identifier: ISC */
/*
 * The options of all verbs, in one table. The parser, the output of --help, the completions and the check of the manual
 * use the same table. An option has the same meaning for each verb that accepts it.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/fail.h"
#include "net/endpoint.h"
#include "exec/handover.h"
#include "cli/verb.h"

enum dump { DUMP_UNSET, DUMP_TEXT, DUMP_JSON };
enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* Bits for the types of ancillary data that socket options request. */
enum recv_request {
	REQUEST_CREDS = 1 << 0,
	REQUEST_PIDFD = 1 << 1,
	REQUEST_SECURITY = 1 << 2,
	REQUEST_TIMESTAMPS = 1 << 3,
	REQUEST_INQ = 1 << 4,
	REQUEST_NO_RIGHTS = 1 << 5,
	/* socket options that an accepted socket does not inherit from its listening socket */
	REQUEST_ACCEPTED = REQUEST_INQ | REQUEST_TIMESTAMPS
};

#define UNLIMITED UINT64_MAX
#define UNTIL_MAX 256 /* maximum length of TEXT in --until=TEXT, in bytes */

struct list {
	const char **items;
	size_t count;
};

struct options {
	/* options that select and create the socket */
	bool role_set;
	enum endpoint_role role;
	int type;     /* 0: not specified */
	int64_t wait; /* nanoseconds; 0: not specified; FDPASS_NEVER: indefinitely */
	bool mode_set;
	mode_t mode;
	uid_t owner; /* -1: not specified */
	gid_t group;
	bool listen_set; /* at least one of --mode, --owner, --group was specified */
	int ready_fd;	 /* -1: not specified */

	/* options that specify how messages are printed */
	enum dump dump;
	enum colour colour;
	bool verbose;

	/* options of watch */
	bool all, no_follow;
	const char *only;   /* the argument of --only, "KIND,...", or NULL */
	const char *output; /* the file of --output; NULL: standard output or standard error */

	/* options that set limits */
	bool fds_set;
	uint64_t fds_min, fds_max;
	uint64_t messages; /* 0: not specified */
	int64_t timeout;   /* ns; -1: not specified */
	bool keep;

	/* options that set parameters of recvmsg(2) */
	bool bufsize_set, ancbufsize_set;
	size_t bufsize, ancbufsize;
	size_t *buffers; /* the sizes that --buffers specifies, or NULL */
	size_t buffer_count;
	int flags;
	unsigned int request; /* enum recv_request */
	struct list setsockopt;

	/* options for access control */
	const char *require;
	const char *allow_uid, *allow_gid;

	/* options that specify data to send */
	const char *data; /* the argument of --data: DEST for recv; TEXT, @FILE or @- for send */
	const char *send; /* recv: TEXT or @FILE */
	bool names;
	const char *until;
	bool creds_set;
	const char *creds; /* send: the argument of --creds, PID:UID:GID, or NULL */
	bool reply_set;
	const char *reply;

	/* COMMAND */
	struct place *places;
	size_t place_count;
	bool keep_socket;
	int keep_socket_number; /* -1: the number after the highest number of the other descriptors */
	int *inherit;
	size_t inherit_count;
	bool inherit_all;
	bool spawn;
	bool on_demand, accept;
	uint64_t max_children;
	struct list setenv; /* NULL-terminated */

	/* options of hold */
	struct list max_fds; /* each N or NAME:N */
	bool replace;
	const char *restart; /* the argument of --restart: "no", "on-failure" or "always" */

	/* options of the verbs relay and tty */
	uint64_t max_connections; /* 0: not specified */
	uint64_t connections;	  /* 0: not specified */
	int64_t busy_poll;	  /* ns; -1: automatic */
	bool no_stdin;
	const char *pid_file;
	const char *detach_keys;
	bool no_sandbox;

	int separator; /* number of operands before "--"; -1: the command line does not contain "--" */

	/* options of show */
	bool tree, table, peers;

	bool half_close;
	bool own_creds;
	bool help, version;
	bool only_fds;
	uint64_t max_data;   /* UNLIMITED: not specified */
	uint64_t seen[2];    /* the options that the command line contains: one bit for each row of the option table */
	struct list strings; /* allocated strings to which other members point */
};

/* Whether an option takes an argument: never, always or optionally. */
enum option_arg { ARG_NONE, ARG_NEEDED, ARG_MAYBE };

/*
 * The group of an option in the output of --help. Each group is a paragraph, but for options in GROUP_RARE, the output
 * contains only the names.
 */
enum option_group { GROUP_SOCKET, GROUP_SHOWN, GROUP_MESSAGE, GROUP_PROGRAM, GROUP_OTHER, GROUP_RARE };

struct option_row {
	enum option_group group;
	const char *name; /* the name of the long option, without "--" */
	char letter;	  /* the short option, or 0 */
	enum option_arg arg;
	const char *arg_name; /* "ARG", or "|VERB:ARG..." if the option has an argument only for some verbs */
	unsigned int verbs;
	bool repeats; /* the option can be specified more than once */
	int (*set)(struct options *, const char *arg, struct fail *);
	const char *help; /* description for --help: "TEXT", or "TEXT|VERB:TEXT..." if the text depends on the verb */
	/*
	 * If the user specifies this option, at least one of the options in "needs" must be specified, too.
	 * "OPTION[,OPTION]..." applies to all verbs; words of the form "VERB:OPTION[,OPTION]..." apply to one verb
	 * each. NULL: this option needs no other option.
	 */
	const char *needs;
	const char *excludes; /* the name of an option that is mutually exclusive with this option, or NULL */
	unsigned int command; /* bits of the verbs for which this option requires a COMMAND */
};

extern const struct option_row option_table[];
extern const size_t option_row_count;

/* The result of parsing the command line: the verb and its operands. */
struct command_line {
	const struct verb *verb; /* NULL if the command line contains no operand */
	int operand_count;
	char **operands; /* pointer into argv; a NULL pointer follows the last operand */
};

/*
 * Parses the command line. The first operand is the name of one of VERBS (a list that ends with NULL), "help", or an
 * ADDRESS for the first of VERBS. Changes the order of the elements of ARGV. Returns 0, or -1 after printing a usage
 * error. options_done() must be called in both cases.
 */
int options_parse(
    struct options *options, int argc, char **argv, const struct verb *const *verbs, struct command_line *line);

/* Returns true if the command line contained the option NAME. */
bool options_given(const struct options *options, const char *name);

/*
 * Returns true if received data begins with the names of the descriptors (--names). Returns false for send --reply,
 * because --names then applies to the data that is sent, not to the reply.
 */
bool options_take_names(const struct options *options);

/* Releases the memory that options_parse() allocated. */
void options_done(struct options *options);

/*
 * Converts the socket options for ADDRESS (such as --listen or --mode) to arguments of endpoint_open(). ROLE is the
 * verb's default role.
 */
void options_endpoint(const struct options *options, enum endpoint_role role, struct endpoint_options *ep);

#endif
