/* SPDX-License-Identifier: ISC */
/*
 * The setter functions in the option table. Each setter checks the argument of one option and stores this argument in
 * struct options.
 */
#ifndef CLI_OPTION_SET_H
#define CLI_OPTION_SET_H

#include "base/fail.h"
#include "cli/options.h"

/* ARG is NULL if the option has no argument on the command line. Returns 0, or -1 with *FAIL. */
typedef int option_setter(struct options *o, const char *arg, struct fail *fail);

option_setter set_listen, set_connect, set_type, set_wait, set_mode, set_owner, set_group, set_ready_fd, set_timeout,
    set_keep, set_dump, set_json, set_only_fds, set_max_data, set_colour, set_table, set_only, set_tree, set_peers,
    set_fds, set_messages, set_data, set_send, set_until, set_names, set_reply, set_half_close, set_own_creds,
    set_bufsize, set_ancbufsize, set_buffers, set_flags, set_creds, set_pidfd, set_security, set_timestamps, set_inq,
    set_no_rights, set_setsockopt, set_require, set_allow_uid, set_allow_gid, set_fd, set_stdin, set_stdout, set_stderr,
    set_keep_socket, set_inherit, set_on_demand, set_accept, set_inetd, set_spawn, set_max_children, set_setenv,
    set_max_connections, set_busy_poll, set_connections, set_all, set_output, set_no_follow, set_no_stdin,
    set_detach_keys, set_pid_file, set_restart, set_replace, set_max_fds, set_verbose, set_no_sandbox, set_help,
    set_version;

#endif
