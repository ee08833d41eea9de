/* SPDX-License-Identifier: ISC */
/* Reads the addresses of the msghdrs of a system call from the registers of a stopped thread. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "inspect/process.h"
#include "watch/internal.h"

/*
 * The range of return values of system calls that will be restarted. The program never gets an error in the range from
 * ERESTART_FIRST to ERESTART_LAST.
 */
#define ERESTART_FIRST 512
#define ERESTART_LAST  516

/*
 * Reads the arguments of socketcall(2), which the program stores in memory. Returns 0, or -1 if the arguments cannot be
 * read.
 */
static int
read_socketcall(const struct abi *abi, struct memory *memory, uint64_t address, uint64_t args[6])
{
	uint64_t wide[5];
	uint32_t narrow[5];
	size_t i, n;

	/* Each traced call that socketcall(2) can select has at least three arguments. */
	if (abi->word == 8)
		n = memory_read(memory, address, wide, sizeof(wide)) / sizeof(wide[0]);
	else
		n = memory_read(memory, address, narrow, sizeof(narrow)) / sizeof(narrow[0]);
	for (i = 0; i < n; i++)
		args[i] = abi->word == 8 ? wide[i] : narrow[i];
	return n >= 3 ? 0 : -1;
}

static uint64_t
pointer(const struct abi *abi, uint64_t value)
{
	return abi->word == 8 ? value : (uint32_t)value;
}

static void
call_fill(struct watch *w, struct tracee *tracee, const struct abi *abi, enum call_kind kind, const uint64_t args[6])
{
	struct call *call = &tracee->call;
	struct memory *memory = &w->capture.memory;
	struct header header;

	*call = (struct call){
		.kind = kind, .abi = abi, .socket = (int)(uint32_t)args[0], .messages = pointer(abi, args[1])
	};
	switch (kind) {
	case CALL_SENDMSG:
		call->flags = (uint32_t)args[2];
		if (!report_sending(w, tracee))
			call->kind = CALL_OTHER;
		break;
	case CALL_RECVMSG:
		call->flags = (uint32_t)args[2];
		if (header_read(abi, memory, call->messages, &header) == 0)
			call->ancbufsize = header.control != 0 ? header.control_length : 0;
		break;
	case CALL_SENDMMSG:
	case CALL_RECVMMSG:
		call->count = (uint32_t)args[2];
		call->flags = (uint32_t)args[3];
		break;
	case CALL_IO_URING_SETUP:
	case CALL_SOCKETCALL:
	case CALL_OTHER:
		break;
	}
}

void
call_begin(struct watch *w, struct tracee *tracee, const struct call_info *info)
{
	uint64_t args[6];
	enum call_kind kind;
	const struct abi *abi = abi_find(info->arch, info->entry.nr, &kind);

	tracee->call.kind = CALL_OTHER;
	if (abi == NULL)
		return;
	memory_begin(&w->capture.memory, tracee->tid);
	memcpy(args, info->entry.args, sizeof(args));
	if (kind == CALL_SOCKETCALL) {
		kind = abi_socketcall((uint32_t)args[0]);
		if (kind == CALL_OTHER || read_socketcall(abi, &w->capture.memory, pointer(abi, args[1]), args) == -1)
			return;
	}
	call_fill(w, tracee, abi, kind, args);
}

/* Prints a warning about the process to which TRACEE belongs. */
static void
warn(struct watch *w, struct tracee *tracee, const char *message, const char *detail)
{
	char text[256], comm[PROC_COMM_SIZE];
	pid_t pid = tracee_pid(tracee);
	int n;

	proc_pid_comm(pid, comm);
	n = snprintf(text, sizeof(text), "process %d (%s) ", (int)pid, comm);
	(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", message, detail);
	w->options->warn(w->options->arg, text);
}

void
call_warn_memory(struct watch *w, struct tracee *tracee)
{
	const char *why = memory_strerror(errno);

	/* ESRCH means that the thread was killed, so its memory no longer exists. */
	if (errno == ESRCH)
		return;
	if (!tracee->warned_memory)
		warn(w, tracee,
		    "sent or received a message that is not shown, because its msghdr cannot be read: ", why);
	tracee->warned_memory = true;
}

void
call_warn_uring(struct watch *w, struct tracee *tracee)
{
	if (!tracee_process_uses_uring(w, tracee_pid(tracee)))
		warn(w, tracee, "uses io_uring; messages sent or received with io_uring are not shown", "");
	tracee->uses_uring = true;
}

void
call_end(struct watch *w, struct tracee *tracee, int64_t result, bool is_error)
{
	const struct call *call = &tracee->call;
	uint64_t address = call->messages;
	uint32_t length;
	int64_t i;

	if (is_error && -result >= ERESTART_FIRST && -result <= ERESTART_LAST) {
		report_drop_held(tracee);
		return;
	}
	switch (call->kind) {
	case CALL_SENDMSG:
		report_sent(w, tracee, result);
		break;
	case CALL_RECVMSG:
		report_message(w, tracee, address, result);
		break;
	case CALL_SENDMMSG:
	case CALL_RECVMMSG:
		/*
		 * If sendmmsg(2) or recvmmsg(2) has failed, no message was transferred, and the error belongs to the
		 * first message.
		 */
		if (is_error)
			report_message(w, tracee, address, result);
		for (i = 0; i < result && i < call->count; i++) {
			address = header_element(call->abi, call->messages, (size_t)i);
			memory_begin(&w->capture.memory, tracee->tid);
			if (header_element_length(call->abi, &w->capture.memory, address, &length) == 0)
				report_message(w, tracee, address, length);
			else
				call_warn_memory(w, tracee);
		}
		break;
	case CALL_IO_URING_SETUP:
		if (!is_error)
			call_warn_uring(w, tracee);
		break;
	case CALL_SOCKETCALL:
	case CALL_OTHER:
		break;
	}
}
