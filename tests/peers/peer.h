/* SPDX-License-Identifier: ISC */
/* The modules of the program peer: actions on a socket, and reports on inherited descriptors and variables. */
#ifndef PEERS_PEER_H
#define PEERS_PEER_H

/* Runs the actions on SOCK one after another. Returns if all actions have succeeded. If an action fails, exits. */
void run_actions(int sock, char *const *actions);

/* Prints "NUMBER LINK" for every open descriptor, one per line, except for descriptor EXCEPT (-1: no exception). */
void report_fds(int except);

/* Prints the variables of sd_listen_fds(3) and of fdpass, and whether LISTEN_PID is the process ID of this process. */
void report_env(void);

/* Prints DATA. Bytes that are not printable ASCII are printed as \xNN. */
void print_escaped(const void *data, unsigned long length);

#endif
