/* SPDX-License-Identifier: ISC */
/*
 * The options of all verbs in one table, from which parsing, --help, the completions and the check of the manual are
 * derived. An option has the same meaning for all verbs that have it.
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

/* Ancillary data to request, and the socket options that request it. */
enum recv_request {
	REQUEST_CREDS = 1 << 0,
	REQUEST_PIDFD = 1 << 1,
	REQUEST_SECURITY = 1 << 2,
	REQUEST_TIMESTAMPS = 1 << 3,
	REQUEST_INQ = 1 << 4,
	REQUEST_NO_RIGHTS = 1 << 5,
	REQUEST_ACCEPTED = REQUEST_INQ | REQUEST_TIMESTAMPS /* not inherited by an accepted socket */
};

#define UNLIMITED UINT64_MAX
#define UNTIL_MAX 256 /* length of TEXT in --until=TEXT */

struct list {
	const char **items;
	size_t count;
};

struct options {
	/* the socket */
	bool role_set;
	enum endpoint_role role;
	int type;     /* 0: not given */
	int64_t wait; /* ns; 0: not given; FDPASS_NEVER: indefinitely */
	bool mode_set;
	mode_t mode;
	uid_t owner; /* -1: not given */
	gid_t group;
	bool listen_set; /* one of --mode, --owner, --group was given */
	int ready_fd;	 /* -1: not given */

	/* where and how messages are shown */
	enum dump dump;
	enum colour colour;
	bool verbose;

	/* options of watch */
	bool all, no_follow;
	const char *only;   /* the argument of --only, "KIND,...", or NULL */
	const char *output; /* NULL: standard output or error */

	/* limits */
	bool fds_set;
	uint64_t fds_min, fds_max;
	uint64_t messages; /* 0: not given */
	int64_t timeout;   /* ns; -1: not given */
	bool keep;

	/* recvmsg(2) parameters */
	bool bufsize_set, ancbufsize_set;
	size_t bufsize, ancbufsize;
	size_t *buffers; /* --buffers, or NULL */
	size_t buffer_count;
	int flags;
	unsigned int request; /* enum recv_request */
	struct list setsockopt;

	/* access control */
	const char *require;
	const char *allow_uid, *allow_gid;

	/* data to send */
	const char *data; /* recv: DEST; send: TEXT, @FILE, @- */
	const char *send; /* recv: TEXT or @FILE */
	bool names;
	const char *until;
	bool creds_set;
	const char *creds; /* send: PID:UID:GID or NULL */
	bool reply_set;
	const char *reply;

	/* COMMAND */
	struct place *places;
	size_t place_count;
	bool keep_socket;
	int keep_socket_number; /* -1: after the other descriptors */
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
	const char *restart; /* "no", "on-failure" or "always" */

	/* options of relay and tty */
	uint64_t max_connections; /* 0: not given */
	uint64_t connections;	  /* 0: not given */
	int64_t busy_poll;	  /* ns; -1: automatic */
	bool no_stdin;
	const char *pid_file;
	const char *detach_keys;
	bool no_sandbox;

	int separator; /* number of operands before "--"; -1: there is no "--" */

	/* options of show */
	bool tree, table, peers;

	bool half_close;
	bool own_creds;
	bool help, version;
	bool only_fds;
	uint64_t max_data;   /* UNLIMITED */
	uint64_t seen[2];    /* the options that were given: one bit for each row of the table */
	struct list strings; /* copies that other members point to */
};

/* Whether an option takes an argument. */
enum option_arg { ARG_NONE, ARG_NEEDED, ARG_MAYBE };

/* The position in --help: a group is a paragraph; rare options are listed by name only. */
enum option_group { GROUP_SOCKET, GROUP_SHOWN, GROUP_MESSAGE, GROUP_PROGRAM, GROUP_OTHER, GROUP_RARE };

struct option_row {
	enum option_group group;
	const char *name; /* the long one */
	char letter;	  /* the short option, or 0 */
	enum option_arg arg;
	const char *arg_name; /* "ARG", or "|VERB:ARG..." where only some verbs have one */
	unsigned int verbs;
	bool repeats; /* may be given more than once */
	int (*set)(struct options *, const char *arg, struct fail *);
	const char *help; /* "TEXT|VERB:TEXT..." where verbs differ */
	/*
	 * Options of which one is required: "OPTION[,OPTION]..." for all verbs, or words "VERB:OPTION[,OPTION]..." for
	 * some; NULL if none.
	 */
	const char *needs;
	const char *excludes; /* an option that is mutually exclusive with this one, or NULL */
	unsigned int command; /* the verbs with which it requires a COMMAND */
};

extern const struct option_row option_table[];
extern const size_t option_row_count;

/* The result of parsing: the verb and its operands. */
struct command_line {
	const struct verb *verb; /* NULL if there is no operand at all */
	int operand_count;
	char **operands; /* in argv, ended by NULL */
};

/*
 * Parses the command line. The first operand is one of VERBS (which end with NULL), "help", or an ADDRESS for the first
 * verb. Reorders ARGV. Returns 0, or -1 after printing a usage error. Call options_done() in any case.
 */
int options_parse(
    struct options *options, int argc, char **argv, const struct verb *const *verbs, struct command_line *line);

/* Returns true if the option NAME was on the command line. */
bool options_given(const struct options *options, const char *name);

/*
 * Returns true if received data begins with the names of the descriptors. Not for send, where --names applies to the
 * data that it sends.
 */
bool options_take_names(const struct options *options);

/* Releases the memory that parsing allocated. */
void options_done(struct options *options);

/* Returns the socket options for ADDRESS that were given, for endpoint_open(). ROLE is the verb's default. */
void options_endpoint(const struct options *options, enum endpoint_role role, struct endpoint_options *ep);

#endif
