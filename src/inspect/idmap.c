/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "inspect/idmap.h"
#include "inspect/proc.h"

#define OVERFLOW_DEFAULT 65534
#define ALL_IDS		 UINT32_MAX /* number of valid IDs, because 4294967295 is not a valid ID */

struct map {
	const char *map, *overflow; /* file names relative to /proc/self */
	bool read;
	uint32_t id;	     /* the overflow ID */
	enum id_state state; /* what the overflow ID means in this user namespace */
};

/*
 * The maps are cached, because the maps of a user namespace can be written only once and this process does not change
 * its user namespace.
 */
static struct map uids = { .map = "uid_map", .overflow = "../sys/kernel/overflowuid" };
static struct map gids = { .map = "gid_map", .overflow = "../sys/kernel/overflowgid" };

static FILE *
open_text(const char *path)
{
	int fd = proc_open(path);
	FILE *file = fd != -1 ? fdopen(fd, "r") : NULL;

	if (file == NULL && fd != -1)
		(void)close(fd);
	return file;
}

/* Reads an ID map and the overflow ID. If /proc is not available, assumes that all IDs are mapped. */
static void
map_read(struct map *m)
{
	unsigned long long first, outside, count, mapped = 0;
	bool has_overflow = false;
	FILE *file;

	m->read = true;
	m->id = OVERFLOW_DEFAULT;
	m->state = ID_MAPPED;
	if ((file = open_text(m->overflow)) != NULL) {
		if (fscanf(file, "%llu", &first) == 1)
			m->id = (uint32_t)first;
		(void)fclose(file);
	}
	if ((file = open_text(m->map)) == NULL)
		return;
	while (fscanf(file, "%llu %llu %llu", &first, &outside, &count) == 3) {
		mapped += count;
		has_overflow |= m->id >= first && m->id - first < count;
	}
	(void)fclose(file);
	if (mapped < ALL_IDS)
		m->state = has_overflow ? ID_UNCLEAR : ID_UNMAPPED;
}

static enum id_state
state_of(struct map *m, uint32_t id)
{
	if (!m->read)
		map_read(m);
	return id == m->id ? m->state : ID_MAPPED;
}

enum id_state
idmap_uid(uint32_t uid)
{
	return state_of(&uids, uid);
}

enum id_state
idmap_gid(uint32_t gid)
{
	return state_of(&gids, gid);
}

struct idmap
idmap_get(void)
{
	if (!uids.read)
		map_read(&uids);
	if (!gids.read)
		map_read(&gids);
	return (struct idmap){ .uid = uids.id, .gid = gids.id, .uid_state = uids.state, .gid_state = gids.state };
}

enum id_state
idmap_ids(uint32_t uid, uint32_t gid)
{
	const struct idmap map = idmap_get();

	return idmap_find(&map, uid, gid);
}
