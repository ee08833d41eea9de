/* SPDX-License-Identifier: ISC */
/*
 * Timestamps. The data of the old timestamp types consists of numbers of the kernel's type long. The data of the new
 * types consists of 64-bit numbers on all architectures.
 */
#include <sys/socket.h>

#include "base/compat.h"
#include "base/rfc3339.h"
#include "describe/cmsg.h"

/* On 64-bit sparc, tv_usec is an int, not a long. */
#if defined(__sparc__) && defined(__arch64__)
#define OLD_MICROSECONDS_WIDTH 4
#else
#define OLD_MICROSECONDS_WIDTH KERNEL_LONG
#endif

struct moment {
	int64_t seconds, nanoseconds;
	unsigned int digits;
};

static int64_t
moment_number(const unsigned char *data, size_t width)
{
	uint64_t value = cmsg_number(data, width);

	return width == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

static bool
is_old(const struct cmsg_type *type)
{
	return type->type != SO_TIMESTAMP_NEW && type->type != SO_TIMESTAMPNS_NEW && type->type != SO_TIMESTAMPING_NEW;
}

/* Reads the timestamp at OFFSET, which consists of two numbers. Returns false if the data is too short. */
static bool
moment_get(const struct cmsg_item *item, size_t offset, bool micro, struct moment *moment)
{
	size_t width = 8, part = 8;

	if (is_old(item->type)) {
		width = KERNEL_LONG;
		part = micro ? OLD_MICROSECONDS_WIDTH : width;
	}
	if (offset + width + part > item->length)
		return false;
	moment->seconds = moment_number(item->data + offset, width);
	moment->nanoseconds = moment_number(item->data + offset + width, part);
	moment->digits = micro ? 6 : 9;
	if (micro && moment->nanoseconds >= 0 && moment->nanoseconds < 1000000)
		moment->nanoseconds *= 1000;
	else if (micro)
		moment->nanoseconds = -1;
	return true;
}

static void
moment_describe(struct emit *e, const char *key, const char *before, const struct moment *moment, const char *clock)
{
	char text[RFC3339_SIZE];
	const char *time = rfc3339_format(text, moment->seconds, moment->nanoseconds, moment->digits);

	emit_object(e, key, before);
	emit_i64(e, "seconds", time == NULL ? "% seconds after 1970" : NULL, moment->seconds);
	emit_i64(e, "nanoseconds", NULL, moment->nanoseconds);
	emit_string(e, "time", "%", time);
	emit_string(e, "clock", " (%)", clock);
	emit_end(e, NULL);
}

void
cmsg_describe_time(struct emit *e, const struct cmsg_item *item)
{
	bool micro = item->type->type != SO_TIMESTAMPNS_OLD && item->type->type != SO_TIMESTAMPNS_NEW;
	struct moment moment;

	if (moment_get(item, 0, micro, &moment))
		moment_describe(e, item->type->key, ": ", &moment, "CLOCK_REALTIME");
	else
		emit_null(e, item->type->key);
}

void
cmsg_describe_timestamping(struct emit *e, const struct cmsg_item *item)
{
	static const struct {
		const char *key, *before, *clock;
	} slots[] = {
		{ "software", "software ", "CLOCK_REALTIME" },
		{ "legacy", ", legacy ", "CLOCK_REALTIME" },
		{ "hardware", ", hardware ", "the network device's" },
	};
	struct moment moment;
	size_t each = 16, i;
	bool has_text = false;

	if (is_old(item->type))
		each = 2 * KERNEL_LONG;
	emit_object(e, item->type->key, ": ");
	for (i = 0; i < CMSG_COUNT(slots); i++) {
		/* In SCM_TIMESTAMPING, timestamps that are not available are zero. */
		if (!moment_get(item, i * each, false, &moment) || (moment.seconds == 0 && moment.nanoseconds == 0)) {
			emit_null(e, slots[i].key);
			continue;
		}
		moment_describe(e, slots[i].key,
		    slots[i].before +
			(has_text     ? 0 :
				i > 0 ? 2 :
					0),
		    &moment, slots[i].clock);
		has_text = true;
	}
	emit_end(e, NULL);
}
