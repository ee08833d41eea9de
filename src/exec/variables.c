/* SPDX-License-Identifier: ISC */
/*
 * Sets all environment variables for the program in the necessary order: FDPASS_*, the variables from the caller, the
 * variables of sd_listen_fds(3), the variable of --data=env, and the variables of --setenv.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/num.h"
#include "exec/variables.h"
#include "exec/environment.h"

#define NUMBER_PREFIX "FDPASS_FD_"

int
variable_set(const char *name, const char *value, struct fail *fail)
{
	if (environment_set(name, value) == -1)
		return fail_errno(fail, "cannot set %s in the environment", name);
	return 0;
}

int
variable_set_number(const char *name, intmax_t value, struct fail *fail)
{
	if (environment_number(name, value) == -1)
		return fail_errno(fail, "cannot set %s in the environment", name);
	return 0;
}

/*
 * Removes variables that an outer fdpass or a service manager set for this process, because these variables do not
 * describe the descriptors of the program.
 */
static int
forget_outer(struct fail *fail)
{
	static const char *const stale[] = { "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID",
		"FDPASS_COUNT", "FDPASS_SOCKET", "FDPASS_PEER_PID", "FDPASS_PEER_UID", "FDPASS_PEER_GID" };

	if (environment_begin(stale, sizeof(stale) / sizeof(stale[0]), NUMBER_PREFIX) == -1)
		return fail_errno(fail, "cannot create the environment");
	return 0;
}

/*
 * Writes the name of the variable for descriptor I. snprintf(3) is not used because it would double the time for
 * setting the variables.
 */
static void
number_name(char *name, size_t i)
{
	(void)num_write(name, NUMBER_PREFIX, i, 10, 1);
}

static int
set_numbers(const struct handover *h, const int *numbers, int socket_number, struct fail *fail)
{
	char name[64];
	size_t i;

	if (variable_set_number("FDPASS_COUNT", (intmax_t)h->count, fail) == -1)
		return -1;
	for (i = 0; i < h->count; i++) {
		number_name(name, i);
		if (variable_set_number(name, numbers[i], fail) == -1)
			return -1;
		if (i < h->place_count && h->places[i].variable != NULL &&
		    variable_set_number(h->places[i].variable, numbers[i], fail) == -1)
			return -1;
	}
	if (socket_number != -1)
		return variable_set_number("FDPASS_SOCKET", socket_number, fail);
	return 0;
}

static int
set_peer(const struct ucred *peer, struct fail *fail)
{
	if (peer == NULL)
		return 0;
	/*
	 * A pid of 0 means that the peer is not visible in this pid namespace. FDPASS_PEER_PID is then not set, because
	 * "kill 0" would send a signal to the whole process group.
	 */
	if (peer->pid > 0 && variable_set_number("FDPASS_PEER_PID", peer->pid, fail) == -1)
		return -1;
	if (variable_set_number("FDPASS_PEER_UID", peer->uid, fail) == -1)
		return -1;
	return variable_set_number("FDPASS_PEER_GID", peer->gid, fail);
}

/* Sets the variables in the member "variables" of HANDOVER. Sequences such as {fd} in the values are not replaced. */
static int
set_given(const char *const *variables, struct fail *fail)
{
	for (; variables != NULL && *variables != NULL; variables += 2)
		if (variables[1][0] == '\0')
			environment_unset(variables[0]);
		else if (variable_set(variables[0], variables[1], fail) == -1)
			return -1;
	return 0;
}

int
variables_set(const struct handover *h, const int *numbers, int socket_number, struct fail *fail)
{
	size_t i;

	if (forget_outer(fail) == -1)
		return -1;
	if (set_numbers(h, numbers, socket_number, fail) == -1 || set_peer(h->peer, fail) == -1 ||
	    set_given(h->variables, fail) == -1)
		return -1;
	if (h->count > 0 && listen_fds_set(h, numbers, fail) == -1)
		return -1;
	if (h->data_name != NULL && variable_set(h->data_name, h->data_value, fail) == -1)
		return -1;
	for (i = 0; h->setenv != NULL && h->setenv[i] != NULL; i++)
		if (setenv_expand(h, numbers, h->setenv[i], fail) == -1)
			return -1;
	return 0;
}
