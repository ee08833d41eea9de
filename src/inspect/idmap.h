/* SPDX-License-Identifier: ISC */
/*
 * Determines which user and group IDs are mapped in the user namespace of this process. For an unmapped ID, the kernel
 * returns the overflow ID instead.
 */
#ifndef INSPECT_IDMAP_H
#define INSPECT_IDMAP_H

#include <stdint.h>

enum id_state {
	ID_MAPPED,
	ID_UNMAPPED, /* the ID is the overflow ID, and the overflow ID itself is not mapped */
	ID_UNCLEAR   /* the ID is the overflow ID, and the overflow ID is mapped: either this ID or an unmapped ID */
};

/* Return the state of an ID. The ID maps are read on the first call. */
enum id_state idmap_uid(uint32_t uid);
enum id_state idmap_gid(uint32_t gid);

/*
 * Returns ID_UNMAPPED if UID or GID is unmapped, otherwise ID_UNCLEAR if one of them is unclear, otherwise ID_MAPPED.
 */
enum id_state idmap_ids(uint32_t uid, uint32_t gid);

/* The overflow IDs and their states. All IDs except the overflow IDs are mapped. */
struct idmap {
	uint32_t uid, gid;
	enum id_state uid_state, gid_state;
};

/* Returns the overflow IDs of this process and their states. */
struct idmap idmap_get(void);

/* Returns the same as idmap_ids(), from a struct idmap and without a system call. */
static inline enum id_state
idmap_find(const struct idmap *map, uint32_t uid, uint32_t gid)
{
	enum id_state user = uid == map->uid ? map->uid_state : ID_MAPPED;
	enum id_state group = gid == map->gid ? map->gid_state : ID_MAPPED;

	if (user == ID_UNMAPPED || group == ID_UNMAPPED)
		return ID_UNMAPPED;
	return user != ID_MAPPED ? user : group;
}

#endif
