/* SPDX-License-Identifier: ISC */
/* Describes anonymous inodes: counters, timers, signals, rings, and inodes of device drivers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/no_auto_init.h"
#include "describe/kind.h"
#include "describe/names.h"
#include "describe/text_only.h"

#define NANOSECONDS 1000000000ULL
#define SIGNALS	    64

void
describe_eventfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	uint64_t count = 0, id = 0, semaphore = 0;
	bool has_count = false, has_id = false, has_semaphore = false;

	fdinfo_begin(&line, &d->info);
	while (fdinfo_next(&line)) {
		if (strcmp(line.key, "eventfd-count") == 0)
			has_count = fdinfo_number(line.value, 16, &count);
		else if (strcmp(line.key, "eventfd-id") == 0)
			has_id = fdinfo_number(line.value, 10, &id);
		else if (strcmp(line.key, "eventfd-semaphore") == 0)
			has_semaphore = fdinfo_number(line.value, 10, &semaphore);
	}
	emit_object(e, f->kind->word, NULL);
	describe_number(e, "count", ", count %", has_count, count);
	describe_number(e, "id", ", id %", has_id, id);
	if (has_semaphore)
		emit_bool(e, "semaphore", ", a semaphore", semaphore != 0);
	else
		emit_null(e, "semaphore");
	emit_end(e, NULL);
}

/* Parses "(SECONDS, NANOSECONDS)" in fdinfo, and converts the time to nanoseconds. */
static bool
parse_time(const char *text, uint64_t *value)
{
	unsigned long long seconds, rest;

	if (sscanf(text, "(%llu, %llu)", &seconds, &rest) != 2)
		return false;
	*value = seconds * NANOSECONDS + rest;
	return true;
}

/* Formats a time in seconds. Omits the fraction if it is zero. */
static void
headline_seconds(struct emit *e, const char *before, uint64_t value)
{
	char fraction[16] = "";
	size_t n;

	if (value % NANOSECONDS != 0) {
		(void)snprintf(fraction, sizeof(fraction), ".%09llu", (unsigned long long)(value % NANOSECONDS));
		for (n = strlen(fraction); n > 0 && fraction[n - 1] == '0'; n--)
			fraction[n - 1] = '\0';
	}
	text_only(e, "%s%llu%s s", before, (unsigned long long)(value / NANOSECONDS), fraction);
}

struct timer {
	bool has_clock, has_ticks, has_flags, has_value, has_interval;
	uint64_t clock, ticks, flags, value, interval;
};

static void
timer_read(const struct fdinfo *info, struct timer *t)
{
	NO_AUTO_INIT struct fdinfo_lines line;

	memset(t, 0, sizeof(*t));
	fdinfo_begin(&line, info);
	while (fdinfo_next(&line)) {
		if (strcmp(line.key, "clockid") == 0)
			t->has_clock = fdinfo_number(line.value, 10, &t->clock);
		else if (strcmp(line.key, "ticks") == 0)
			t->has_ticks = fdinfo_number(line.value, 10, &t->ticks);
		else if (strcmp(line.key, "settime flags") == 0)
			t->has_flags = fdinfo_number(line.value, 8, &t->flags);
		else if (strcmp(line.key, "it_value") == 0)
			t->has_value = parse_time(line.value, &t->value);
		else if (strcmp(line.key, "it_interval") == 0)
			t->has_interval = parse_time(line.value, &t->interval);
	}
}

void
describe_timerfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	static const struct bit_name flags[] = { { 1, "TFD_TIMER_ABSTIME" }, { 2, "TFD_TIMER_CANCEL_ON_SET" } };
	struct timer t;
	bool late, armed;

	timer_read(&d->info, &t);
	/*
	 * For an interval timer, the kernel calculates the number of expirations only when a process reads the timer,
	 * so the number of expirations is unknown if "late" is true.
	 */
	late = t.ticks > 0 && t.interval > 0 && t.value == 0;
	armed = late || t.value > 0;
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "clock", ", %", t.has_clock ? name_clock((int)t.clock) : NULL);
	describe_number(e, "clock_value", NULL, t.has_clock, t.clock);
	describe_number(e, "ticks", t.ticks > 0 ? plural(t.ticks, ", % tick to read", ", % ticks to read") : NULL,
	    t.has_ticks && !late, t.ticks);
	if (late)
		emit_words(e, ", ticks to read");
	if (t.has_flags)
		describe_bits(e, "settime_flags", NULL, flags, sizeof(flags) / sizeof(flags[0]), t.flags, 0);
	else
		emit_null(e, "settime_flags");
	describe_number(e, "remaining_ns", NULL, t.has_value && !late, t.value);
	describe_number(e, "interval_ns", NULL, t.has_interval, t.interval);
	describe_bool(e, "armed", NULL, t.has_value, armed);
	if (t.has_value && !armed && t.ticks == 0)
		emit_words(e, ", not set");
	else if (t.value > 0)
		headline_seconds(e, ", fires in ", t.value);
	if (armed && t.interval > 0)
		headline_seconds(e, t.value > 0 ? ", then every " : ", fires every ", t.interval);
	emit_end(e, NULL);
}

void
describe_signalfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	uint64_t mask = 0;
	bool known = false;
	const char *name;
	char number[16];
	int i;

	fdinfo_begin(&line, &d->info);
	while (fdinfo_next(&line))
		if (strcmp(line.key, "sigmask") == 0)
			known = fdinfo_number(line.value, 16, &mask);
	emit_object(e, f->kind->word, NULL);
	if (!known)
		emit_null(e, "signals");
	else {
		emit_array(e, "signals", ", of ", " ");
		for (i = 1; i <= SIGNALS; i++) {
			if ((mask >> (i - 1) & 1) == 0)
				continue;
			(void)num_write(number, "", (uint64_t)i, 10, 1);
			name = name_signal(i);
			emit_string(e, NULL, "%", name != NULL ? name : number);
		}
		emit_end(e, NULL);
	}
	emit_end(e, NULL);
}

static bool
is_generic(const char *key)
{
	static const char keys[][8] = { "pos", "flags", "mnt_id", "ino", "lock" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

void
describe_info(struct emit *e, struct fdinfo_lines *line)
{
	if (line->info->err != 0) {
		emit_null(e, "info");
		return;
	}
	emit_array(e, "info", NULL, NULL);
	while (fdinfo_next(line)) {
		if (is_generic(line->key))
			continue;
		emit_object(e, NULL, NULL);
		emit_bytes(e, "key", NULL, line->key, strlen(line->key));
		emit_bytes(e, "value", NULL, line->value, strlen(line->value));
		emit_end(e, NULL);
	}
	emit_end(e, NULL);
}

void
describe_listed(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;

	fdinfo_begin(&line, &d->info);
	emit_object(e, f->kind->word, NULL);
	describe_info(e, &line);
	emit_end(e, NULL);
}

void
describe_perf_event(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;

	fdinfo_begin(&line, &d->info);
	emit_object(e, f->kind->word, NULL);
	describe_info(e, &line);
	describe_number(e, "id", ", id %", d->as.perf.has_id, d->as.perf.id);
	emit_end(e, NULL);
}

void
describe_io_uring(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	uint64_t sq = 0, cq = 0, thread = 0, files = 0, buffers = 0;
	bool has_sq = false, has_cq = false, has_thread = false, has_files = false, has_buffers = false;

	fdinfo_begin(&line, &d->info);
	while (fdinfo_next(&line)) {
		if (strcmp(line.key, "SqMask") == 0)
			has_sq = fdinfo_number(line.value, 16, &sq);
		else if (strcmp(line.key, "CqMask") == 0)
			has_cq = fdinfo_number(line.value, 16, &cq);
		else if (strcmp(line.key, "SqThread") == 0)
			has_thread = line.value[0] != '-' && fdinfo_number(line.value, 10, &thread);
		else if (strcmp(line.key, "UserFiles") == 0)
			has_files = fdinfo_number(line.value, 10, &files);
		else if (strcmp(line.key, "UserBufs") == 0)
			has_buffers = fdinfo_number(line.value, 10, &buffers);
	}
	emit_object(e, f->kind->word, NULL);
	describe_number(e, "sq_entries", ", % submission entries", has_sq, sq + 1);
	describe_number(e, "cq_entries", ", % completion entries", has_cq, cq + 1);
	describe_number(e, "sq_thread", ", polled by thread %", has_thread && thread > 0, thread);
	describe_number(e, "registered_files", NULL, has_files, files);
	describe_number(e, "registered_buffers", NULL, has_buffers, buffers);
	emit_end(e, NULL);
}

void
describe_userfaultfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	uint64_t pending = 0, total = 0;
	bool has_pending = false, has_total = false;
	char api[48] = "";

	fdinfo_begin(&line, &d->info);
	while (fdinfo_next(&line)) {
		if (strcmp(line.key, "pending") == 0)
			has_pending = fdinfo_number(line.value, 10, &pending);
		else if (strcmp(line.key, "total") == 0)
			has_total = fdinfo_number(line.value, 10, &total);
		else if (strcmp(line.key, "API") == 0)
			(void)strlcpy(api, line.value, sizeof(api));
	}
	emit_object(e, f->kind->word, NULL);
	describe_number(e, "pending", pending > 0 ? plural(pending, ", % fault to read", ", % faults to read") : NULL,
	    has_pending, pending);
	describe_number(e, "total",
	    total > 0 ? plural(total, ", % fault not resolved", ", % faults not resolved") : NULL, has_total, total);
	emit_string(e, "api", NULL, api[0] != '\0' ? api : NULL);
	emit_end(e, NULL);
}

/*
 * Describes KVM files. Their /proc links are "anon_inode:kvm-vm" for a virtual machine, "anon_inode:kvm-vcpu:3" for a
 * virtual CPU, and "anon_inode:kvm-…" for a device.
 */
void
describe_kvm(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	static const char prefix[] = "anon_inode:kvm-", vcpu[] = "vcpu:";
	const char *what = f->link + sizeof(prefix) - 1;
	uint64_t number = 0;
	bool numbered = strncmp(what, vcpu, sizeof(vcpu) - 1) == 0 &&
	    fdinfo_number(what + sizeof(vcpu) - 1, 10, &number);

	(void)d;
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "object", numbered ? NULL : ", %", numbered ? "vcpu" : what);
	describe_number(e, "vcpu", ", virtual processor %", numbered, number);
	emit_end(e, NULL);
}
