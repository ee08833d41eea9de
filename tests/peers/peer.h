/* SPDX-License-Identifier: ISC */
/* The parts of peer(1): a script of actions on a socket, and what a program can say of what it inherited. */
#ifndef PEERS_PEER_H
#define PEERS_PEER_H

/* Runs the actions on SOCK one after another. Returns if all went well, else exits. */
void run_actions(int sock, char *const *actions);

/* "NUMBER LINK" for every open descriptor, one a line; FD to leave out or -1. */
void report_fds(int except);

/* What is set in the environment by sd_listen_fds(3)'s and fdpass's names, and whether LISTEN_PID is this process. */
void report_env(void);

/* DATA with everything but plain characters as \xNN. */
void print_escaped(const void *data, unsigned long length);

#endif
